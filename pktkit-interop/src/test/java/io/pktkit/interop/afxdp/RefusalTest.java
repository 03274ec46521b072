// SPDX-License-Identifier: MIT
package io.pktkit.interop.afxdp;

import static io.pktkit.interop.afxdp.XdpWire.LIMIT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afxdp.AfXdp;
import io.pktkit.afxdp.AfXdpConfig;
import io.pktkit.afxdp.ZeroCopy;
import io.pktkit.device.DropReason;
import io.pktkit.interop.Descriptors;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What cannot be opened says what to do, and what cannot be sent is counted. */
@NeedsPeer({"ip", "setpriv"})
@Timeout(400)
class RefusalTest {

    private XdpWire wire;

    @BeforeEach
    void makeWire() {
        wire = new XdpWire();
    }

    @AfterEach
    void removeWire() throws IOException {
        wire.close();
    }

    /** At each point where a descriptor is wanted there is none: told, and nothing is left. */
    @Test
    void shouldLeaveNothingBehindWithoutDescriptors() {
        String told =
                wire.here.exec(LIMIT, Descriptors.few(400, Exhausted.class)).output();

        Descriptors.expectRefusals(6, told);
        assertFalse(wire.link().contains("xdp"), wire.link());
    }

    /** The program of that test. */
    static final class Exhausted {
        private Exhausted() {}

        public static void main(String[] args) throws Exception {
            // Once each, so that all classes are loaded: that takes descriptors too.
            AfXdp.open(XdpWire.config().build()).close();
            assertThrows(
                    IOException.class,
                    () -> AfXdp.open(XdpWire.config().queues(7).build()));
            assertThrows(IOException.class, () -> NativeFd.open("/absent", NativeFd.O_RDONLY));
            Descriptors.tryWithEachNumberOfThem(
                    () -> AfXdp.open(XdpWire.config().build()));
        }
    }

    @Test
    void shouldSayWhatIsMissing() throws Exception {
        expect(AfXdpConfig.builder("absent0").build(), "absent0", "ENODEV", "ip link");
        expect(XdpWire.config().zeroCopy(ZeroCopy.REQUIRE).build(), XdpWire.OURS, "do without zero-copy");
        expect(XdpWire.config().queues(7).build(), "queue 7", "ethtool -l");
        try (AfXdp device = wire.open(XdpWire.config().build())) {
            assertFalse(device.isZeroCopy());
            expect(XdpWire.config().build(), "queue 0", "EBUSY", "another AF_XDP socket");
        }
        wire.there("ip link set " + XdpWire.THEIRS + " mtu 9000");
        wire.here("ip link set " + XdpWire.OURS + " mtu 9000");
        expect(XdpWire.config().build(), "MTU", "9000", "chunk", "3818");
        wire.here("ip link set " + XdpWire.OURS + " mtu 1800");
        expect(XdpWire.config().chunkSize(2048).build(), "MTU", "1800", "chunks of 4096");
        assertFalse(wire.link().contains("xdp"), wire.link());
        assertThrows(
                IllegalArgumentException.class,
                () -> wire.open(XdpWire.config()
                        .capture(IpPrefix.parse("0.0.0.0/1"))
                        .capture(IpPrefix.parse("128.0.0.0/1"))
                        .build()));
    }

    private void expect(AfXdpConfig config, String... words) {
        String told = assertThrows(IOException.class, () -> wire.open(config)).toString();
        for (String word : words) {
            assertTrue(told.contains(word), told);
        }
    }

    /** What a JVM without a privilege, or with little memory to lock, is told; run as this program's child. */
    @ParameterizedTest
    @EnumSource(Missing.class)
    void shouldNameThePrivilegeThatIsMissing(Missing missing) {
        String told = openWith("--bounding-set=-" + missing.capability + " --inh-caps=-" + missing.capability);

        assertTrue(told.contains(missing.word) && told.lines().count() == 1, told);
    }

    /** Those that the page and the errors name. */
    @Test
    void shouldOpenWithThePrivilegesThatAreNamed() {
        String told = openWith("--inh-caps=-all --bounding-set=-all,+net_raw,+net_admin,+bpf,+perfmon,+ipc_lock");

        assertTrue(told.startsWith("opened "), told);
    }

    private String openWith(String privileges) {
        return wire.here
                .exec(
                        LIMIT,
                        "sh",
                        "-c",
                        "ulimit -l 64; exec setpriv " + privileges + " "
                                + ProcessHandle.current().info().command().orElse("java")
                                + " --enable-native-access=ALL-UNNAMED -cp "
                                + System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                                + " '" + Unprivileged.class.getName() + "'")
                .output();
    }

    /** A capability, and what is told without it. */
    enum Missing {
        SOCKET("net_raw", "CAP_NET_RAW"),
        PROGRAM("bpf,-sys_admin", "CAP_BPF"),
        ITS_HEADERS("perfmon,-sys_admin", "CAP_PERFMON"),
        MEMORY("ipc_lock", "LimitMEMLOCK");

        final String capability;
        final String word;

        Missing(String capability, String word) {
            this.capability = capability;
            this.word = word;
        }
    }

    /** The program of that test. */
    static final class Unprivileged {
        private Unprivileged() {}

        public static void main(String[] args) {
            try (AfXdp device = AfXdp.open(XdpWire.config().build())) {
                System.out.println("opened " + device);
            } catch (IOException expected) {
                System.out.println(expected.getMessage());
            }
        }
    }

    @Test
    void shouldCountWhatItDoesNotSend() throws Exception {
        AfXdp device = wire.open(XdpWire.config().build());
        Frame frame = XdpWire.broadcast();
        assertTrue(device.send(frame));
        assertFalse(device.send(new Frame().wrap(ByteBuffer.allocate(13))));
        assertFalse(device.send(new Frame().wrap(ByteBuffer.allocate(1500 + 14 + 8 + 1))));
        assertFalse(device.send(XdpWire.broadcast().checksumPending(true)));
        device.close();
        assertFalse(device.send(frame));

        assertEquals(1, device.stats().snapshot().sentPackets());
        assertEquals(1, device.stats().dropped(DropReason.MALFORMED));
        assertEquals(1, device.stats().dropped(DropReason.TOO_BIG));
        assertEquals(1, device.stats().dropped(DropReason.UNSUPPORTED));
        assertEquals(1, device.stats().dropped(DropReason.CLOSED));
    }
}
