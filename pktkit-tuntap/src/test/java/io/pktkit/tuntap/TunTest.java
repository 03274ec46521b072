// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Attachment;
import io.pktkit.device.DropReason;
import io.pktkit.device.Receiver;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.UdpDatagram;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A TUN interface of the real kernel, in a namespace of its own. */
@Timeout(value = 120, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TunTest {

    private static final IpPrefix KERNEL_4 = IpPrefix.parse("10.77.0.1/24");
    private static final IpPrefix KERNEL_6 = IpPrefix.parse("fd77::1/64");
    private static final IpAddress OWN_4 = IpAddress.parse("10.77.0.2");
    private static final IpAddress OWN_6 = IpAddress.parse("fd77::2");

    private final String name = TestNamespace.randomName("pk");
    private TestNamespace namespace;

    @BeforeEach
    void makeNamespace() throws IOException {
        TestNamespace.require();
        namespace = new TestNamespace();
    }

    @AfterEach
    void removeNamespace() throws IOException {
        if (namespace != null) {
            namespace.close();
        }
    }

    @Test
    void shouldShowItsSettingsInTheKernel() throws Exception {
        TunConfig config = config().mtu(9000)
                .route(IpPrefix.parse("10.88.0.0/16"), null)
                .route(IpPrefix.parse("10.99.0.0/16"), OWN_4)
                .route(IpPrefix.parse("0.0.0.0/0"), OWN_4)
                .route(IpPrefix.parse("fd88::/32"), null)
                .route(IpPrefix.parse("::/0"), OWN_6)
                .build();

        try (Tun tun = open(config)) {
            String addresses = namespace.run("ip", "addr", "show", "dev", name);
            String routes = namespace.run("ip", "route") + namespace.run("ip", "-6", "route");

            assertEquals(name, tun.name());
            assertEquals(9000, tun.mtu());
            assertEquals(KERNEL_4, tun.prefix(IpFamily.IPV4));
            assertEquals(KERNEL_6, tun.prefix(IpFamily.IPV6));
            assertContains("mtu 9000", addresses);
            assertContains("UP", addresses);
            assertContains("inet 10.77.0.1/24 ", addresses);
            assertContains("inet6 fd77::1/64 ", addresses);
            assertContains("10.88.0.0/16 dev " + name + " proto static scope link", routes);
            assertContains("10.99.0.0/16 via 10.77.0.2 dev " + name, routes);
            assertContains("default via 10.77.0.2 dev " + name, routes);
            assertContains("fd88::/32 dev " + name, routes);
            assertContains("default via fd77::2 dev " + name, routes);
        }
        assertFalse(namespace.interfaces().contains(name));
    }

    @Test
    void shouldTakeANameFromTheKernel() throws Exception {
        try (Tun tun = open(TunConfig.builder().build())) {
            assertEquals("tun0", tun.name());
            assertContains("tun0", namespace.interfaces());
        }
    }

    @Test
    void shouldReplaceTheAddressOfItsFamily() throws Exception {
        IpPrefix next = IpPrefix.parse("10.77.0.9/24");
        try (Tun tun = open(config().build())) {
            tun.setAddress(next);
            tun.setAddress(next);

            String addresses = namespace.run("ip", "addr", "show", "dev", name);
            assertContains("inet 10.77.0.9/24 ", addresses);
            assertFalse(addresses.contains("10.77.0.1/24"), addresses);
            assertContains("inet6 fd77::1/64 ", addresses);
            assertEquals(next, tun.prefix(IpFamily.IPV4));
        }
    }

    @Test
    void shouldReplaceARouteAndTheMtu() throws Exception {
        IpPrefix destination = IpPrefix.parse("10.88.0.0/16");
        try (Tun tun = open(config().route(destination, null).build())) {
            tun.addRoute(destination, null);
            tun.setMtu(1280);

            assertEquals(1280, tun.mtu());
            String routes = namespace.run("ip", "route", "show", "10.88.0.0/16");
            assertEquals(1, routes.lines().count(), routes);
        }
    }

    @Test
    void shouldFollowAnMtuThatOthersSet() throws Exception {
        BlockingQueue<Integer> told = new ArrayBlockingQueue<>(100);
        try (Tun tun = open(config().build())) {
            assertEquals(1500, tun.mtu());
            namespace.run("ip", "link", "set", name, "mtu", "1400"); // also while nobody is attached
            tun.attach(new Receiver<>() {
                @Override
                public void receive(Packet packet) {}

                @Override
                public void deviceChanged() {
                    told.add(tun.mtu());
                }
            });
            namespace.run("ip", "link", "set", name, "mtu", "65535");
            namespace.run("ip", "link", "set", "lo", "mtu", "1234");
            assertEquals(65_535, nextAfter(told, 1401));

            tun.setMtu(1300);
            while (tun.mtu() != 1300) { // what was told of the MTU before may still come in between
                Thread.onSpinWait();
            }
            namespace.run("ip", "link", "set", name, "mtu", "68");
            int last;
            do {
                last = Objects.requireNonNull(told.poll(30, SECONDS), "the last change was not told");
            } while (last != 68);
        }
    }

    @ParameterizedTest
    @CsvSource({"10.77.0.2, 56", "fd77::2, 56", "10.77.0.2, 65507", "fd77::2, 1232"})
    void shouldAnswerThePingOfTheKernel(String target, String size) throws Exception {
        try (Tun tun = open(config().mtu(65535).build())) {
            tun.attach(packet -> answerEcho(tun, packet));

            namespace.awaitAddresses();
            namespace.ping(target, "-s", size);

            assertTrue(tun.stats().snapshot().receivedPackets() >= 3);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldPingTheKernelFromHeapAndDirectBuffers(boolean direct) throws Exception {
        BlockingQueue<String> replies = new ArrayBlockingQueue<>(100);
        try (Tun tun = open(config().build())) {
            tun.attach(packet -> {
                IcmpMessage icmp = packet.icmp();
                if (icmp != null && icmp.isEchoReply()) {
                    replies.add(packet.source() + " " + icmp.identifier() + " " + icmp.sequenceNumber());
                }
            });

            ByteBuffer request4 =
                    PacketBuilder.icmpEcho(OWN_4, KERNEL_4.address(), true, 7, 1, ByteBuffer.allocate(1000));
            ByteBuffer request6 =
                    PacketBuilder.icmpEcho(OWN_6, KERNEL_6.address(), true, 7, 2, ByteBuffer.allocate(1000));

            assertTrue(ping(tun, place(request4, direct), replies, "10.77.0.1 7 1"));
            assertTrue(ping(tun, place(request6, direct), replies, "fd77::1 7 2"));
        }
    }

    /** The request in the middle of a larger buffer of either kind. */
    private static Packet place(ByteBuffer request, boolean direct) {
        int length = request.remaining();
        ByteBuffer larger = direct ? ByteBuffer.allocateDirect(length + 9) : ByteBuffer.allocate(length + 9);
        larger.put(5, request, request.position(), length);
        return new Packet().wrap(larger, 5, length);
    }

    /** Asks until there is an answer: the kernel answers for a new IPv6 address a moment after it has taken it. */
    private static boolean ping(Tun tun, Packet request, BlockingQueue<String> replies, String expected)
            throws InterruptedException {
        for (int i = 0; i < 300; i++) {
            assertTrue(tun.send(request), () -> tun.stats().snapshot().toString());
            assertEquals(0, request.buffer().position());
            if (expected.equals(replies.poll(100, MILLISECONDS))) {
                return true;
            }
        }
        return false;
    }

    @Test
    void shouldHoldPacketsUntilSomebodyIsAttached() throws Exception {
        BlockingQueue<Integer> received = new ArrayBlockingQueue<>(100);
        try (Tun tun = open(config().build())) {
            sendFromKernel(0, 5);
            Attachment<Packet> first = tun.attach(packet -> noteUdp(packet, received));
            for (int i = 0; i < 5; i++) {
                assertEquals(i, received.poll(30, SECONDS));
            }

            first.close();
            sendFromKernel(5, 10);
            tun.attach(packet -> noteUdp(packet, received));
            // One that was being read as the first one left may have been dropped; the rest was held.
            for (int i = 6; i < 10; i++) {
                assertTrue(nextAfter(received, i) >= i);
            }
            assertTrue(tun.stats().dropped(DropReason.NO_HANDLER) <= 1);
        }
    }

    @Test
    void shouldDropAndCountWhatTheKernelCannotTake() throws Exception {
        try (Tun tun = open(config().build())) {
            Packet packet = new Packet();
            ByteBuffer udp = PacketBuilder.udp(OWN_4, 1, KERNEL_4.address(), 2, ByteBuffer.allocate(4));

            assertFalse(tun.send(packet.wrap(ByteBuffer.allocate(20))));
            assertTrue(tun.send(packet.wrap(udp).checksumPending(true)));
            tun.setUp(false);
            assertFalse(tun.send(packet.wrap(udp)));

            assertEquals(1, tun.stats().dropped(DropReason.MALFORMED));
            assertEquals(1, tun.stats().dropped(DropReason.IO_ERROR));
            assertEquals(0, tun.stats().snapshot().errors());
            tun.setUp(true);
            assertTrue(tun.send(packet.wrap(udp)));
        }
    }

    @Test
    void shouldSurviveAReceiverThatThrows() throws Exception {
        try (Tun tun = open(config().build())) {
            BlockingQueue<Integer> received = new ArrayBlockingQueue<>(100);
            tun.attach(packet -> {
                noteUdp(packet, received);
                throw new IllegalStateException("thrown on purpose");
            });

            sendFromKernel(0, 2);

            assertEquals(0, received.poll(30, SECONDS));
            assertEquals(1, received.poll(30, SECONDS));
            assertTrue(tun.stats().dropped(DropReason.HANDLER_FAILED) >= 1);
        }
    }

    private TunConfig.Builder config() {
        return TunConfig.builder().name(name).address(KERNEL_4).address(KERNEL_6);
    }

    private Tun open(TunConfig config) throws Exception {
        return namespace.call(() -> Tun.open(config));
    }

    /** Makes the kernel send datagrams, each of one byte, to this program's end. */
    private void sendFromKernel(int from, int to) throws Exception {
        namespace.call(() -> {
            try (DatagramSocket socket = new DatagramSocket()) {
                for (int i = from; i < to; i++) {
                    socket.send(new DatagramPacket(
                            new byte[] {(byte) i}, 1, InetAddress.getByName(OWN_4.toString()), 9999));
                }
            }
            return true;
        });
    }

    private static void noteUdp(Packet packet, BlockingQueue<Integer> received) {
        UdpDatagram udp = packet.udp();
        if (udp != null && udp.destinationPort() == 9999) {
            received.add((int) packet.buffer().get(udp.payloadOffset()));
        }
    }

    private static int nextAfter(BlockingQueue<Integer> received, int least) throws InterruptedException {
        Integer next;
        do {
            next = received.poll(30, SECONDS);
            assertNotNull(next, "least=" + least);
        } while (next < least);
        return next;
    }

    private static void answerEcho(Tun tun, Packet request) {
        IcmpMessage icmp = request.icmp();
        if (icmp == null || !icmp.isEchoRequest()) {
            return;
        }
        ByteBuffer payload = ByteBuffer.allocate(icmp.payloadLength());
        payload.put(0, request.buffer(), icmp.payloadOffset(), icmp.payloadLength());
        IpAddress asker = request.source();
        IpAddress asked = request.destination();
        ByteBuffer reply =
                PacketBuilder.icmpEcho(asked, asker, false, icmp.identifier(), icmp.sequenceNumber(), payload);
        tun.send(new Packet().wrap(reply));
    }

    private static void assertContains(String expected, String text) {
        assertTrue(text.contains(expected), () -> "expected \"" + expected + "\" in:\n" + text);
    }
}
