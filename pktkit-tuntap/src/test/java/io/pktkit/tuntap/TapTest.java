// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A TAP interface of the real kernel, in a namespace of its own. */
@Timeout(value = 300, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TapTest {

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
        TapConfig config = TapConfig.builder()
                .name(name)
                .mtu(1400)
                .address(IpPrefix.parse("10.77.0.1/24"))
                .address(IpPrefix.parse("fd77::1/64"))
                .build();

        try (Tap tap = open(config)) {
            String addresses = namespace.run("ip", "addr", "show", "dev", name);

            assertContains("mtu 1400", addresses);
            assertContains("link/ether " + tap.kernelMacAddress() + " ", addresses);
            assertContains("inet 10.77.0.1/24 brd 10.77.0.255 ", addresses);
            assertContains("inet6 fd77::1/64 ", addresses);
            assertEquals(1400, tap.mtu());
            assertEquals("Tap[" + name + "]", tap.toString());
        }
        assertFalse(namespace.interfaces().contains(name));
    }

    @Test
    void shouldBeAStationOfItsOwn() throws Exception {
        try (Tap tap = open(TapConfig.builder().name(name).build())) {
            assertTrue(tap.macAddress().isUnicast() && tap.macAddress().isLocal(), tap.macAddress()::toString);
            assertNotEquals(MacAddress.ZERO, tap.kernelMacAddress());
            assertNotEquals(tap.kernelMacAddress(), tap.macAddress());
        }
    }

    @Test
    void shouldUseTheAddressThatItWasGiven() throws Exception {
        MacAddress own = MacAddress.parse("02:00:00:00:00:01");
        try (Tap tap = open(TapConfig.builder().name(name).macAddress(own).build())) {
            assertEquals(own, tap.macAddress());
        }
    }

    /** The kernel speaks from its link-local address only once duplicate address detection let it (RFC 4862). */
    @Test
    void shouldLetDuplicateAddressDetectionPass() throws Exception {
        CountDownLatch spoke = new CountDownLatch(1);
        try (Tap tap = open(TapConfig.builder().name(name).build())) {
            tap.attach(frame -> {
                if (frame.etherType() == EtherType.IPV6
                        && frame.packet().source().isLinkLocal()) {
                    spoke.countDown();
                }
            });

            assertTrue(spoke.await(60, SECONDS));
            String addresses = namespace.run("ip", "-6", "addr", "show", "dev", name);
            assertContains("inet6 fe80::", addresses);
            assertFalse(addresses.contains("dadfailed"), addresses);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"p", "pk-has-15-bytes"})
    void shouldTakeNamesUpToFifteenBytes(String longName) throws Exception {
        try (Tap tap = open(TapConfig.builder().name(longName).build())) {
            assertEquals(longName, tap.name());
            assertContains(longName + " ", namespace.interfaces());
        }
    }

    @Test
    void shouldRefuseANameThatIsInUse() throws Exception {
        try (Tap first = open(TapConfig.builder().name(name).build())) {
            String tap = refusal(TapConfig.builder().name(name).build());
            assertContains("open TAP interface " + name + ": EBUSY: ", tap);
            assertContains("choose another name", tap);

            String tun = assertThrows(
                            IOException.class,
                            () -> namespace.call(() ->
                                    Tun.open(TunConfig.builder().name(name).build())))
                    .toString();
            assertContains("open TUN interface " + name + ": EINVAL: ", tun);
            assertContains("choose another name", tun);

            assertContains(first.name(), namespace.interfaces());
        }
        assertContains("lo: ", namespace.run("ip", "link"));
        assertContains(
                "the name lo is that of an interface of another kind",
                refusal(TapConfig.builder().name("lo").build()));
    }

    @Test
    void shouldLeaveNothingBehindWhenASettingIsRefused() throws Exception {
        // a gateway that no subnet reaches
        String refusal = refusal(TapConfig.builder()
                .name(name)
                .route(IpPrefix.parse("10.9.0.0/16"), IpAddress.parse("10.200.0.1"))
                .build());

        assertContains("route 10.9.0.0/16 via 10.200.0.1 through " + name + ": ", refusal);
        assertFalse(namespace.interfaces().contains(name));
        assertContains(
                "MTU of " + name,
                refusal(TapConfig.builder().name(name).mtu(65535).build()));
        assertFalse(namespace.interfaces().contains(name));
    }

    @Test
    void shouldTakeAPersistentInterfaceAndLeaveItThere() throws Exception {
        namespace.run("ip", "tuntap", "add", "dev", name, "mode", "tap");

        open(TapConfig.builder().name(name).build()).close();

        assertContains(name, namespace.interfaces());
    }

    /** What its owner without privilege relies on: nothing is configured that is as wanted already. */
    @Test
    void shouldLeaveAPersistentInterfaceAsItIs() throws Exception {
        namespace.run("ip", "tuntap", "add", "dev", name, "mode", "tap");
        namespace.run("ip", "link", "set", name, "mtu", "1400", "up");

        try (Tap tap = open(TapConfig.builder().name(name).build())) {
            assertEquals(1400, tap.mtu());
        }
        try (Tap tap = open(TapConfig.builder().name(name).mtu(1300).build())) {
            assertEquals(1300, tap.mtu());
        }
    }

    @Test
    void shouldDropFramesThatAreNone() throws Exception {
        try (Tap tap = open(TapConfig.builder().name(name).build())) {
            Frame frame = new Frame();

            assertFalse(tap.send(frame.wrap(ByteBuffer.allocate(13))));
            assertFalse(tap.send(frame.wrap(ByteBuffer.allocate(70_000))));

            assertEquals(1, tap.stats().dropped(DropReason.MALFORMED));
            assertEquals(1, tap.stats().dropped(DropReason.TOO_BIG));
        }
    }

    /** Two kernels' stacks on one cable: ARP, neighbour discovery, and TCP at speed in both directions. */
    @ParameterizedTest
    @ValueSource(ints = {1280, 1500, 9000})
    void shouldCarryTwoStacksOnOneCable(int mtu) throws Exception {
        try (TestNamespace other = new TestNamespace();
                Tap left = open(station(1, mtu));
                Tap right = other.call(() -> Tap.open(station(2, mtu)))) {
            left.attach(right::send);
            right.attach(left::send);

            String size = Integer.toString(mtu - 28);
            namespace.ping("10.77.0.2", "-M", "do", "-s", size);
            transfer(namespace, other, "10.77.0.2", 20_000_000);
            transfer(other, namespace, "10.77.0.1", 5_000_000);

            assertEquals(
                    0,
                    left.stats().snapshot().errors(),
                    () -> left.stats().snapshot().toString());
            assertEquals(
                    0,
                    right.stats().snapshot().errors(),
                    () -> right.stats().snapshot().toString());
        }
    }

    private TapConfig station(int number, int mtu) {
        return TapConfig.builder()
                .name(name)
                .mtu(mtu)
                .address(IpPrefix.parse("10.77.0." + number + "/24"))
                .build();
    }

    /** Sends random bytes over TCP from one namespace to the other and compares what arrives. */
    private static void transfer(TestNamespace from, TestNamespace to, String address, int bytes) throws Exception {
        long seed = 0x7461_70L;
        ServerSocket server = to.call(() -> new ServerSocket(0));
        try (server) {
            FutureTask<Boolean> sent = from.start(() -> {
                try (Socket socket = new Socket(InetAddress.getByName(address), server.getLocalPort());
                        OutputStream out = socket.getOutputStream()) {
                    Random random = new Random(seed);
                    byte[] piece = new byte[50_000];
                    for (int done = 0; done < bytes; done += piece.length) {
                        random.nextBytes(piece);
                        out.write(piece);
                    }
                }
                return true;
            });
            try (Socket socket = server.accept();
                    InputStream in = socket.getInputStream()) {
                Random random = new Random(seed);
                byte[] expected = new byte[50_000];
                for (int done = 0; done < bytes; done += expected.length) {
                    random.nextBytes(expected);
                    byte[] piece = in.readNBytes(expected.length);
                    assertEquals(ByteBuffer.wrap(expected), ByteBuffer.wrap(piece), "seed=" + seed + " done=" + done);
                }
                assertEquals(-1, in.read());
            }
            assertTrue(sent.get());
        }
    }

    private Tap open(TapConfig config) throws Exception {
        return namespace.call(() -> Tap.open(config));
    }

    private String refusal(TapConfig config) {
        return assertThrows(IOException.class, () -> open(config)).toString();
    }

    private static void assertContains(String expected, String text) {
        assertTrue(text.contains(expected), () -> "expected \"" + expected + "\" in:\n" + text);
    }
}
