// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.device.Offload;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A Tun on what a utun is to it: a socket of which each message is four bytes and a packet. Here it is a UDP socket, and the
 * commands of macOS are noted instead of run; all between is what runs on a Mac.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UtunTest {

    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;

    private static final String IPV4 = "00000002";
    private static final String IPV6 = "0000001e";

    private final List<String> commands = new ArrayList<>();
    private final List<String> complaints = new ArrayList<>();
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private DatagramChannel kernel;
    private NativeFd fd;
    private @Nullable Tun tun;

    @BeforeEach
    void connect() throws IOException {
        kernel = bound();
        fd = NativeFd.socket(AF_INET, SOCK_DGRAM, 0);
        fd.setNonBlocking();
        int port = ((InetSocketAddress) kernel.getLocalAddress()).getPort();
        ByteBuffer address = ByteBuffer.allocateDirect(16)
                .order(ByteOrder.nativeOrder())
                .putShort(0, (short) AF_INET)
                .order(ByteOrder.BIG_ENDIAN)
                .putShort(2, (short) port)
                .putInt(4, 0x7f000001);
        assertEquals(0, fd.connect(address));
        // so that the other side knows who is here
        assertEquals(1, fd.write(ByteBuffer.allocateDirect(1), 0, 1));
        kernel.connect(kernel.receive(ByteBuffer.allocate(1)));
    }

    private static DatagramChannel bound() throws IOException {
        return DatagramChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @AfterEach
    void close() throws IOException {
        if (tun != null) {
            tun.close();
        }
        fd.close();
        kernel.close();
    }

    private Tun open(TunConfig config) throws IOException {
        UtunInterface made = new UtunInterface(fd, "utun7", new InterfaceCalls(), this::run);
        tun = UtunInterface.open(made, config, opened -> Tun.started(opened, config));
        return tun;
    }

    /** Notes a command, and answers with the next complaint for it. */
    private String run(List<String> command) {
        String text = String.join(" ", command);
        commands.add(text.replace("/sbin/ifconfig utun7", "ifconfig").replace("/sbin/route -n", "route"));
        return complaints.isEmpty() ? "" : complaints.remove(0);
    }

    private Tun receiving() throws IOException {
        Tun opened = open(TunConfig.builder().build());
        opened.attach(packet -> {
            byte[] bytes = new byte[packet.length()];
            packet.buffer().get(packet.offset(), bytes);
            received.add(HexFormat.of().formatHex(bytes));
        });
        return opened;
    }

    private void write(String hex) throws IOException {
        kernel.write(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
    }

    private String read() throws IOException {
        ByteBuffer message = ByteBuffer.allocate(70_000);
        kernel.read(message);
        return HexFormat.of().formatHex(message.array(), 0, message.position());
    }

    private static ByteBuffer udp(String from, String to, int length) {
        ByteBuffer payload = ByteBuffer.allocate(length);
        for (int i = 0; i < length; i++) {
            payload.put(i, (byte) i);
        }
        return PacketBuilder.udp(IpAddress.parse(from), 1, IpAddress.parse(to), 2, payload);
    }

    private static String hex(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(bytes.position(), copy);
        return HexFormat.of().formatHex(copy);
    }

    @Test
    void shouldReadPacketsBehindTheirFamily() throws Exception {
        Tun opened = receiving();
        String four = hex(udp("10.0.0.1", "10.0.0.2", 100));
        String six = hex(udp("fd00::1", "fd00::2", 40_000));

        write(IPV4 + four);
        write(IPV6 + six);
        write(IPV4 + four);

        assertEquals(four, received.poll(30, SECONDS));
        assertEquals(six, received.poll(30, SECONDS));
        assertEquals(four, received.poll(30, SECONDS));
        // The last is counted only when whoever received it has returned.
        long counted = opened.stats().snapshot().receivedPackets();
        assertTrue(counted == 2 || counted == 3, "counted " + counted);
    }

    /** What is no packet, or not what the four bytes say, is counted; what comes after it is read. */
    @Test
    void shouldIgnoreWhatIsNoPacket() throws Exception {
        Tun opened = receiving();
        String four = hex(udp("10.0.0.1", "10.0.0.2", 20));
        for (String nothing :
                List.of("02", "000002", IPV4, IPV4 + "45", IPV6 + four, IPV4 + "50" + four.substring(2))) {
            write(nothing);
        }

        write(IPV4 + four);

        assertEquals(four, received.poll(30, SECONDS));
        assertTrue(received.isEmpty(), received::toString);
        assertEquals(2, opened.stats().dropped(DropReason.TRUNCATED), "shorter than four bytes");
        assertEquals(4, opened.stats().dropped(DropReason.MALFORMED));
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1, 10.0.0.2, " + IPV4, "fd00::1, fd00::2, " + IPV6})
    void shouldWriteTheFamilyBeforeEachPacket(String from, String to, String family) throws Exception {
        Tun opened = open(TunConfig.builder().build());
        for (int length : new int[] {0, 100, 2000, 40_000}) {
            ByteBuffer bytes = udp(from, to, length);
            ByteBuffer direct = ByteBuffer.allocateDirect(bytes.remaining() + 6);
            direct.put(3, bytes, bytes.position(), bytes.remaining());

            assertTrue(opened.send(new Packet().wrap(bytes)));
            assertEquals(family + hex(bytes), read(), "on the heap, length=" + length);
            assertTrue(opened.send(new Packet().wrap(direct, 3, bytes.remaining())));
            assertEquals(family + hex(bytes), read(), "direct, length=" + length);
        }
        assertEquals(8, opened.stats().snapshot().sentPackets());
    }

    @Test
    void shouldRefuseOtherVersions() throws Exception {
        Tun opened = open(TunConfig.builder().build());
        byte[] five = new byte[40];
        five[0] = 0x50;

        assertFalse(opened.send(new Packet().wrap(ByteBuffer.wrap(five))));

        assertEquals(1, opened.stats().dropped(DropReason.MALFORMED));
    }

    /** macOS takes nothing unfinished: what comes as one is cut and summed here. */
    @Test
    void shouldCutAndSumWhatIsUnfinished() throws Exception {
        Tun opened = open(TunConfig.builder().build());
        ByteBuffer whole = PacketBuilder.tcp(
                IpAddress.parse("10.0.0.1"),
                1,
                IpAddress.parse("10.0.0.2"),
                2,
                7,
                1,
                TcpSegment.ACK,
                1000,
                ByteBuffer.allocate(2500));

        assertTrue(opened.send(new Packet().wrap(whole).segmentSize(1000).checksumPending(true)));

        assertEquals(Set.<Offload>of(), opened.offloads());
        for (int payload : new int[] {1000, 1000, 500}) {
            byte[] message = HexFormat.of().parseHex(read());
            Packet piece = new Packet().wrap(ByteBuffer.wrap(message), 4, message.length - 4);
            assertEquals(40 + payload, piece.totalLength());
            assertEquals(ChecksumStatus.VALID, piece.verifyTransportChecksum());
        }
        assertFalse(opened.setSegmentation(true));
        assertEquals("offload off (macOS has none for TUN)", opened.describeOffloads());
    }

    @Test
    void shouldReadNothingWhileNobodyIsAttached() throws Exception {
        Tun opened = open(TunConfig.builder().build());
        String four = hex(udp("10.0.0.1", "10.0.0.2", 20));
        write(IPV4 + four);
        assertEquals(0, opened.stats().snapshot().receivedPackets());

        opened.attach(packet -> received.add("packet"));

        assertEquals("packet", received.poll(30, SECONDS));
    }

    @Test
    void shouldCloseItselfWhenItCannotBeReadAnyMore() throws Exception {
        Tun opened = receiving();

        kernel.close(); // the next datagram is refused, which the socket then tells
        opened.send(new Packet().wrap(udp("10.0.0.1", "10.0.0.2", 20)));

        opened.done().toCompletableFuture().get(30, SECONDS);
        DeviceStats.Snapshot stats = opened.stats().snapshot();
        assertEquals(1, stats.errors());
        fd.awaitReleased();
        assertFalse(opened.send(new Packet().wrap(udp("10.0.0.1", "10.0.0.2", 20))));
    }

    @Test
    void shouldCloseTheSocketWithTheDevice() throws Exception {
        Tun opened = receiving();

        opened.close();

        fd.awaitReleased();
        assertTrue(opened.done().toCompletableFuture().isDone());
        assertEquals(List.of(), commands);
    }

    @Test
    void shouldConfigureInTheOrderThatTheKernelNeeds() throws Exception {
        Tun opened = open(TunConfig.builder()
                .mtu(1420)
                .address(IpPrefix.parse("10.77.0.1/24"))
                .address(IpPrefix.parse("fd77::1/64"))
                .route(IpPrefix.parse("10.88.0.0/16"), IpAddress.parse("10.77.0.2"))
                .build());

        assertEquals(
                List.of(
                        "ifconfig mtu 1420",
                        "ifconfig inet 10.77.0.1/24 10.77.0.1 alias",
                        "route add -inet 10.77.0.0/24 -interface utun7",
                        "ifconfig inet6 fd77::1 prefixlen 64 alias",
                        "route add -inet6 fd77::/64 -interface utun7",
                        "route add -inet 10.88.0.0/16 10.77.0.2"),
                commands);
        assertEquals("utun7", opened.name());
        assertEquals(1420, opened.mtu());
        assertEquals(IpPrefix.parse("10.77.0.1/24"), opened.prefix(IpFamily.IPV4));
    }

    /** It is up from the start, so that nothing says so; and 1500 is what it has. */
    @Test
    void shouldLeaveAloneWhatIsSoAlready() throws Exception {
        assertEquals(1500, open(TunConfig.builder().mtu(1500).build()).mtu());

        assertEquals(List.of(), commands);
    }

    @Test
    void shouldGoDownWhereItIsNotToBeUp() throws Exception {
        open(TunConfig.builder().up(false).build()).setUp(true);

        assertEquals(List.of("ifconfig down", "ifconfig up"), commands);
    }

    @Test
    void shouldReplaceTheAddressOfItsFamily() throws Exception {
        Tun opened =
                open(TunConfig.builder().address(IpPrefix.parse("10.77.0.1/24")).build());
        commands.clear();

        opened.setAddress(IpPrefix.parse("10.78.0.1/32"));
        opened.setAddress(IpPrefix.parse("fd77::1/64"));

        assertEquals(
                List.of(
                        "route delete -inet 10.77.0.0/24 -interface utun7",
                        "ifconfig inet 10.77.0.1 -alias",
                        "ifconfig inet 10.78.0.1/32 10.78.0.1 alias",
                        "ifconfig inet6 fd77::1 prefixlen 64 alias",
                        "route add -inet6 fd77::/64 -interface utun7"),
                commands);
        assertEquals(IpPrefix.parse("10.78.0.1/32"), opened.prefix(IpFamily.IPV4));
    }

    @Test
    void shouldGiveTheOldAddressBackWhenTheNewIsRefused() throws Exception {
        IpPrefix old = IpPrefix.parse("10.77.0.1/24");
        Tun opened = open(TunConfig.builder().address(old).build());
        commands.clear();
        complaints.addAll(List.of("", "", "ifconfig: ioctl (SIOCAIFADDR): File exists"));

        IOException failure = assertThrows(IOException.class, () -> opened.setAddress(IpPrefix.parse("10.78.0.1/24")));

        assertTrue(String.valueOf(failure.getMessage()).contains("10.78.0.1"), failure.getMessage());
        assertEquals(
                List.of(
                        "route delete -inet 10.77.0.0/24 -interface utun7",
                        "ifconfig inet 10.77.0.1 -alias",
                        "ifconfig inet 10.78.0.1/24 10.78.0.1 alias",
                        "ifconfig inet 10.77.0.1/24 10.77.0.1 alias",
                        "route add -inet 10.77.0.0/24 -interface utun7"),
                commands);
        assertEquals(old, opened.prefix(IpFamily.IPV4));
        commands.clear();
        opened.setAddress(IpPrefix.parse("10.79.0.1/32"));
        assertEquals("ifconfig inet 10.77.0.1 -alias", commands.get(1), "it is known to be there");
    }

    @Test
    void shouldTakeWhatIsGoneForTaken() throws Exception {
        Tun opened =
                open(TunConfig.builder().address(IpPrefix.parse("10.77.0.1/24")).build());
        complaints.add("route: writing to routing socket: not in table");
        complaints.add("ifconfig: ioctl (SIOCDIFADDR): Can't assign requested address");

        opened.setAddress(IpPrefix.parse("10.78.0.1/24"));

        assertEquals(IpPrefix.parse("10.78.0.1/24"), opened.prefix(IpFamily.IPV4));
        assertTrue(complaints.isEmpty());
    }

    @Test
    void shouldReplaceARoute() throws Exception {
        Tun opened = open(TunConfig.builder().build());
        complaints.add("route: writing to routing socket: File exists");

        opened.addRoute(IpPrefix.parse("fd88::/32"), null);

        assertEquals(
                List.of(
                        "route add -inet6 fd88::/32 -interface utun7",
                        "route change -inet6 fd88::/32 -interface utun7"),
                commands);
    }

    @Test
    void shouldSayWhatFailedAndByWhichCommand() throws Exception {
        Tun opened = open(TunConfig.builder().build());
        complaints.add("route: must be root to alter routing table");

        IOException failure =
                assertThrows(IOException.class, () -> opened.addRoute(IpPrefix.parse("10.88.0.0/16"), null));

        assertEquals(
                "route 10.88.0.0/16 through utun7: /sbin/route -n add -inet 10.88.0.0/16 -interface utun7:"
                        + " route: must be root to alter routing table",
                failure.getMessage());
    }

    /** An address without its route would be one that nobody can be reached by. */
    @Test
    void shouldTakeAnAddressBackThatCannotBeRouted() throws Exception {
        Tun opened = open(TunConfig.builder().build());
        complaints.addAll(List.of("", "route: writing to routing socket: Network is unreachable"));

        assertThrows(IOException.class, () -> opened.setAddress(IpPrefix.parse("10.77.0.1/24")));

        assertEquals("ifconfig inet 10.77.0.1 -alias", commands.get(2));
        assertFalse(opened.prefix(IpFamily.IPV4).equals(IpPrefix.parse("10.77.0.1/24")));
    }

    @Test
    void shouldLeaveNothingBehindWhenASettingIsRefused() throws Exception {
        complaints.add("ifconfig: ioctl (set mtu): Invalid argument");

        IOException failure = assertThrows(
                IOException.class, () -> open(TunConfig.builder().mtu(68).build()));

        assertEquals(
                "set the MTU of utun7 to 68: /sbin/ifconfig utun7 mtu 68: ifconfig: ioctl (set mtu): Invalid argument",
                failure.getMessage());
        fd.awaitReleased();
    }
}
