// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.pktkit.device.DropReason;
import io.pktkit.device.Registration;
import io.pktkit.iphost.socket.VirtualSocket;
import io.pktkit.time.SystemTimers;
import io.pktkit.vtcp.TcpFailure;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.net.BindException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the stack itself serves inside the virtual network. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlirpServiceTest {
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    private static Guest guest(Slirp slirp) throws IOException {
        return new Guest(slirp, Slirps.GUEST, SystemTimers.shared(), 1500);
    }

    @Test
    void shouldHandDatagramsToAServiceAndItsAnswersBack() throws Exception {
        try (Slirp slirp = Slirp.open(Slirps.config().build());
                Guest guest = guest(slirp)) {
            Registration service = slirp.bindUdp(53, request -> {
                assertEquals(guest.attachment.namespace(), request.namespace());
                assertEquals(guest.address, request.sourceAddress());
                request.reply(request.payload());
            });
            guest.sendUdp(5000, Slirps.GATEWAY, 53, new byte[] {1, 2, 3});

            Packet answer = guest.receive();
            assertEquals(53, Slirps.udp(answer).sourcePort());
            assertEquals(5000, Slirps.udp(answer).destinationPort());
            assertEquals(3, Slirps.udp(answer).payloadLength());
            assertEquals(0, slirp.snapshot().udpMappings());
            assertThrows(BindException.class, () -> slirp.bindUdp(53, request -> {}));

            service.close();
            guest.sendUdp(5000, Slirps.GATEWAY, 53, new byte[] {1});
            Slirps.icmp(guest.receive());
        }
    }

    @Test
    void shouldAnswerLaterFromAnotherThreadAndNotAfterTheDetach() throws Exception {
        CompletableFuture<UdpRequest> kept = new CompletableFuture<>();
        try (Slirp slirp = Slirp.open(Slirps.config().build());
                Guest guest = guest(slirp)) {
            slirp.bindUdp(IpAddress.parse("10.0.2.3"), 53, kept::complete);
            guest.sendUdp(5000, IpAddress.parse("10.0.2.3"), 53, new byte[] {1});
            UdpRequest request = kept.get();

            assertEquals(true, request.reply(ByteBuffer.wrap(new byte[] {2})));
            assertEquals(IpAddress.parse("10.0.2.3"), guest.receive().source());
            assertEquals(false, request.reply(ByteBuffer.allocate(65508)));
            guest.attachment.close();
            assertEquals(false, request.reply(ByteBuffer.wrap(new byte[] {2})));
        }
    }

    @Test
    void shouldContainAServiceThatThrows() throws Exception {
        try (Slirp slirp = Slirp.open(Slirps.config().build());
                Guest guest = guest(slirp)) {
            slirp.bindUdp(53, request -> {
                if (request.payload().get(0) == 0) {
                    throw new IllegalStateException("on purpose");
                }
                request.reply(request.payload());
            });
            guest.sendUdp(5000, Slirps.GATEWAY, 53, new byte[] {0});
            guest.sendUdp(5000, Slirps.GATEWAY, 53, new byte[] {1});

            assertEquals(1, Slirps.udp(guest.receive()).payloadLength());
            assertEquals(1, slirp.snapshot().traffic().dropped(DropReason.HANDLER_FAILED));
        }
    }

    @Test
    void shouldContainAPolicyThatThrowsAndDeny() throws Exception {
        EgressPolicy broken = (protocol, destination, port) -> {
            throw new IllegalStateException("on purpose");
        };
        try (HostServer server = new HostServer(socket -> {});
                Slirp slirp = Slirp.open(
                        Slirps.config().egress(broken.includingHost()).build());
                Guest guest = guest(slirp)) {
            IOException failure =
                    assertThrows(IOException.class, () -> guest.connect(IpAddress.parse("127.0.0.1"), server.port()));

            assertEquals("REFUSED", failure.getMessage());
            Await.until(() -> slirp.snapshot().traffic().dropped(DropReason.FILTERED) == 1);
        }
    }

    @Test
    void shouldAcceptConnectionsInsideTheVirtualNetwork() throws Exception {
        byte[] content = Slirps.bytes(3 << 20, 1);
        try (Slirp slirp = Slirp.open(Slirps.config().build());
                Guest guest = guest(slirp);
                SlirpServerSocket listener = slirp.listen(53)) {
            GuestSocket socket = guest.connect(Slirps.GATEWAY, 53);
            VirtualSocket stream = listener.accept();
            assertEquals(guest.attachment.namespace(), stream.tenant());
            assertEquals(guest.address.toInetAddress(), stream.getInetAddress());

            socket.write(new byte[] {1, 2, 3});
            assertArrayEquals(new byte[] {1, 2, 3}, stream.getInputStream().readNBytes(3));
            Future<Boolean> writer = threads.submit(() -> {
                stream.getOutputStream().write(content);
                stream.shutdownOutput();
                return true;
            });
            assertArrayEquals(content, socket.readToEnd());
            writer.get();

            socket.shutdownOutput();
            assertEquals(-1, stream.getInputStream().read());
            assertNull(socket.awaitOver());
            assertEquals(content.length, stream.info().counters().bytesAcked());
            assertEquals(3, stream.info().counters().bytesReceived());
        }
    }

    @Test
    void shouldListenForGuestsThatComeLater() throws Exception {
        try (Slirp slirp = Slirp.open(Slirps.config().build());
                SlirpServerSocket listener = slirp.listen(53);
                Guest guest = guest(slirp)) {
            guest.connect(Slirps.GATEWAY, 53);

            assertEquals(guest.attachment.namespace(), listener.accept().tenant());
            assertThrows(BindException.class, () -> slirp.listen(53));
        }
    }

    @Test
    void shouldWakeAndRefuseWhenAListenerIsClosed() throws Exception {
        try (Slirp slirp = Slirp.open(Slirps.config().build());
                Guest guest = guest(slirp)) {
            SlirpServerSocket listener = slirp.listen(53);
            AtomicReference<Thread> acceptor = new AtomicReference<>();
            Future<VirtualSocket> accepting = threads.submit(() -> {
                acceptor.set(Thread.currentThread());
                return listener.accept();
            });
            Await.until(() -> isWaiting(acceptor.get()));
            listener.close();

            assertThrows(ExecutionException.class, accepting::get);
            assertThrows(IOException.class, listener::accept);
            assertThrows(IOException.class, () -> guest.connect(Slirps.GATEWAY, 53));
            slirp.listen(53).close();
        }
    }

    private static boolean isWaiting(@Nullable Thread thread) {
        return thread != null && thread.getState() == Thread.State.WAITING;
    }

    @Test
    void shouldTimeOutAndFailReadsOfAStream() throws Exception {
        try (Slirp slirp = Slirp.open(Slirps.config().build());
                Guest guest = guest(slirp);
                SlirpServerSocket listener = slirp.listen(53)) {
            GuestSocket socket = guest.connect(Slirps.GATEWAY, 53);
            VirtualSocket stream = listener.accept();
            stream.setSoTimeout(5);
            assertThrows(
                    SocketTimeoutException.class, () -> stream.getInputStream().read());

            stream.setSoTimeout(0);
            socket.reset();
            assertThrows(IOException.class, () -> stream.getInputStream().read());
            assertEquals(TcpFailure.ABORTED, socket.awaitOver());
        }
    }
}
