// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pktkit.time.ManualTime;
import io.pktkit.time.SystemTimers;
import io.pktkit.vtcp.TcpFailure;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlirpNamespaceTest {
    private static Guest guest(Slirp slirp) throws IOException {
        return new Guest(slirp, Slirps.GUEST, SystemTimers.shared(), 1500);
    }

    private static int openDescriptors() {
        String[] descriptors = new File("/proc/self/fd").list();
        return descriptors == null ? -1 : descriptors.length;
    }

    private static long loopThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("pktkit-slirp"))
                .count();
    }

    @Test
    void shouldKeepGuestsWithTheSameAddressApart() throws Exception {
        try (HostServer server = new HostServer(socket -> {
                    byte[] name = socket.getInputStream().readNBytes(1);
                    socket.getOutputStream().write(name);
                });
                Slirp slirp =
                        Slirp.open(Slirps.config().allowHost(server.port()).build());
                Guest one = guest(slirp);
                Guest two = guest(slirp)) {
            assertNotEquals(one.attachment.namespace(), two.attachment.namespace());
            GuestSocket ofOne = one.connect(Slirps.GATEWAY, server.port());
            GuestSocket ofTwo = two.connect(Slirps.GATEWAY, server.port());

            ofTwo.write(new byte[] {2});
            ofOne.write(new byte[] {1});

            assertArrayEquals(new byte[] {1}, ofOne.read(1));
            assertArrayEquals(new byte[] {2}, ofTwo.read(1));
        }
    }

    @Test
    void shouldKeepDatagramsOfGuestsWithTheSameAddressApart() throws Exception {
        try (DatagramSocket host = new DatagramSocket(0, Slirps.LOOPBACK);
                Slirp slirp = Slirp.open(
                        Slirps.config().allowHost(host.getLocalPort()).build());
                Guest one = guest(slirp);
                Guest two = guest(slirp)) {
            one.sendUdp(1, Slirps.GATEWAY, host.getLocalPort(), new byte[] {1});
            DatagramPacket ofOne = new DatagramPacket(new byte[8], 8);
            host.receive(ofOne);
            two.sendUdp(1, Slirps.GATEWAY, host.getLocalPort(), new byte[] {2});
            DatagramPacket ofTwo = new DatagramPacket(new byte[8], 8);
            host.receive(ofTwo);

            assertNotEquals(ofOne.getSocketAddress(), ofTwo.getSocketAddress());
            host.send(new DatagramPacket(new byte[] {3}, 1, ofTwo.getSocketAddress()));
            assertEquals(3, two.receive().toBytes()[28]);
            assertEquals(0, one.inbox.size());
        }
    }

    @Test
    void shouldFreeEverythingOfADetachedGuestAndTellBothSides() throws Exception {
        assumeTrue(new File("/proc/self/fd").isDirectory(), "needs /proc");
        try (HostServer server = new HostServer(socket -> {
                    InputStream in = socket.getInputStream();
                    assertEquals(1, in.read());
                    in.read();
                });
                DatagramSocket host = new DatagramSocket(0, Slirps.LOOPBACK);
                Slirp slirp = Slirp.open(Slirps.config()
                        .allowHost(server.port())
                        .allowHost(host.getLocalPort())
                        .build())) {
            int before = openDescriptors();
            Guest guest = guest(slirp);
            GuestSocket socket = guest.connect(Slirps.GATEWAY, server.port());
            socket.write(new byte[] {1});
            guest.sendUdp(1, Slirps.GATEWAY, host.getLocalPort(), new byte[] {1});
            host.receive(new DatagramPacket(new byte[8], 8));
            Await.until(() -> slirp.snapshot().udpMappings() == 1);

            guest.attachment.close();

            assertFalse(guest.device.hasStack());
            assertEquals(TcpFailure.RESET, socket.awaitOver());
            assertThrows(ExecutionException.class, server.firstDone::get);
            assertEquals(0, slirp.snapshot().tcpConnections());
            assertEquals(0, slirp.snapshot().udpMappings());
            assertEquals(0, slirp.snapshot().namespaces());
            // The server closes its side of the connection on a thread of its own.
            Await.until(() -> openDescriptors() <= before);
            guest.close();
        }
    }

    /** The guest takes its lock for each segment, so a segment that finds it taken keeps whoever sends it. */
    @Test
    void shouldResetTheConnectionsOfADetachedGuestAlsoWhileAnotherThreadSends() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, Slirps.LOOPBACK);
                Slirp slirp = Slirp.open(
                        Slirps.config().allowHost(server.getLocalPort()).build());
                Guest guest = new Guest(slirp, Slirps.GUEST, new ManualTime(), 1500)) {
            GuestSocket first = guest.connect(Slirps.GATEWAY, server.getLocalPort());
            try (Socket accepted = server.accept()) {
                GuestSocket second = guest.connect(Slirps.GATEWAY, server.getLocalPort());
                Thread closer = new Thread(guest.attachment::close);
                guest.lock.lock();
                try {
                    accepted.getOutputStream().write(1);
                    Await.until(guest.lock::hasQueuedThreads);
                    closer.start();
                    Await.until(() -> guest.attachment.snapshot().namespaces() == 0);
                } finally {
                    guest.lock.unlock();
                }
                closer.join();

                assertEquals(TcpFailure.RESET, first.awaitOver());
                assertEquals(TcpFailure.RESET, second.awaitOver());
            }
        }
    }

    @Test
    void shouldEndTheNamespaceOfADeviceThatIsDone() throws Exception {
        try (Slirp slirp = Slirp.open(Slirps.config().build());
                Guest guest = guest(slirp)) {
            guest.device.close();

            Await.until(() -> slirp.snapshot().namespaces() == 0);
        }
    }

    @Test
    void shouldRefuseNamespacesAboveTheLimitAndAfterTheClose() throws Exception {
        SlirpLimits limits = new SlirpLimits(1, 8, 8, 8, 8);
        Slirp slirp = Slirp.open(Slirps.config().limits(limits).build());
        try (Guest guest = guest(slirp)) {
            assertThrows(IOException.class, () -> guest(slirp));
            guest.attachment.close();
            guest(slirp).close();
        } finally {
            slirp.close();
        }
        assertThrows(IOException.class, () -> guest(slirp));
    }

    @Test
    void shouldLeaveNeitherThreadNorDescriptorBehind() throws Exception {
        assumeTrue(new File("/proc/self/fd").isDirectory(), "needs /proc");
        Slirp.open(Slirps.config().build()).close(); // whatever the JDK keeps once, it has now
        int before = openDescriptors();
        long threads = loopThreads();
        Slirp slirp = Slirp.open(Slirps.config().build());
        Guest guest = guest(slirp);
        assertEquals(threads + 1, loopThreads());

        slirp.close();
        slirp.close();

        assertEquals(threads, loopThreads());
        Await.until(() -> openDescriptors() <= before); // sockets of an earlier test may still be going
        assertFalse(guest.device.hasStack());
    }
}
