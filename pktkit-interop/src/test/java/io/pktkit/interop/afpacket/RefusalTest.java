// SPDX-License-Identifier: MIT
package io.pktkit.interop.afpacket;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afpacket.AfPacket;
import io.pktkit.afpacket.AfPacketConfig;
import io.pktkit.interop.Descriptors;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.nativeio.NativeFd;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What cannot be opened says what to do, and leaves nothing. */
@NeedsPeer({"ip", "setpriv"})
@Timeout(300)
class RefusalTest {

    private Wire wire;

    @BeforeEach
    void makeWire() throws IOException {
        wire = new Wire();
    }

    @AfterEach
    void removeWire() throws IOException {
        wire.close();
    }

    /** At each point where a descriptor is wanted there is none: told, and nothing is left. */
    @Test
    void shouldLeaveNothingBehindWithoutDescriptors() {
        String told = wire.here
                .exec(Wire.LIMIT, Descriptors.few(400, Exhausted.class))
                .output();

        Descriptors.expectRefusals(6, told);
    }

    /** The program of that test. */
    static final class Exhausted {
        private Exhausted() {}

        private static AfPacket open(int threads) throws IOException {
            return AfPacket.open(
                    AfPacketConfig.builder(Wire.OURS).threads(threads).build());
        }

        public static void main(String[] args) throws Exception {
            // Once each, so that all classes are loaded: that takes descriptors too.
            open(3).close();
            assertThrows(
                    IOException.class,
                    () -> AfPacket.open(AfPacketConfig.builder("absent0").build()));
            assertThrows(IOException.class, () -> NativeFd.open("/absent", NativeFd.O_RDONLY));
            Descriptors.tryWithEachNumberOfThem(() -> open(3));
        }
    }

    @Test
    void shouldSayWhatIsMissing() throws Exception {
        String absent = assertThrows(
                        IOException.class,
                        () -> wire.open(AfPacketConfig.builder("absent0").build()))
                .toString();
        assertTrue(absent.contains("absent0") && absent.contains("ENODEV"), absent);

        wire.here("ip tuntap add mode tun name tun0");
        String kind = assertThrows(
                        IOException.class,
                        () -> wire.open(AfPacketConfig.builder("tun0").build()))
                .toString();
        assertTrue(kind.contains("tun0") && kind.contains("no Ethernet frames"), kind);
    }

    /** What a JVM without the privilege is told; run as this program's child without it. */
    @Test
    void shouldNameThePrivilegeThatIsMissing() {
        String told = wire.here
                .exec(
                        Wire.LIMIT,
                        "setpriv",
                        "--bounding-set=-net_raw",
                        "--inh-caps=-net_raw",
                        ProcessHandle.current().info().command().orElse("java"),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Unprivileged.class.getName())
                .output();

        assertTrue(told.contains("open a packet socket for " + Wire.OURS + ": EPERM"), told);
        assertTrue(told.contains("CAP_NET_RAW"), told);
    }

    /** The program of that test. */
    static final class Unprivileged {
        private Unprivileged() {}

        public static void main(String[] args) {
            try (AfPacket device =
                    AfPacket.open(AfPacketConfig.builder(Wire.OURS).build())) {
                System.out.println("opened " + device);
            } catch (IOException expected) {
                System.out.println(expected.getMessage());
            }
        }
    }
}
