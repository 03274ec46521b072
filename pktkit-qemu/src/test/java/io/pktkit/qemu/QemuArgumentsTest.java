// SPDX-License-Identifier: MIT
package io.pktkit.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The forms were read in QEMU's qapi/net.json and net/socket.c of each version. */
class QemuArgumentsTest {

    private static final QemuAddress UNIX = QemuAddress.parse("unix:/run/q.sock");
    private static final QemuAddress TCP = QemuAddress.parse("tcp:127.0.0.1:9000");
    private static final String CARD = " -device virtio-net-pci,netdev=net0";

    private static QemuVersion version(String text) {
        int dot = text.indexOf('.');
        return new QemuVersion(Integer.parseInt(text.substring(0, dot)), Integer.parseInt(text.substring(dot + 1)));
    }

    @ParameterizedTest
    @CsvSource({
        "7.2, ''",
        "8.0, ',reconnect=1'",
        "9.1, ',reconnect=1'",
        "9.2, ',reconnect-ms=1000'",
        "10.2, ',reconnect-ms=1000'",
        "11.0, ',reconnect-ms=1000'"
    })
    void shouldConnectAsTheVersionCan(String version, String reconnect) throws IOException {
        assertEquals(
                "-netdev stream,id=net0,server=off,addr.type=unix,addr.path=/run/q.sock" + reconnect + CARD,
                QemuArguments.connectingTo(UNIX, version(version)).toString());
        assertEquals(
                "-netdev stream,id=net0,server=off,addr.type=inet,addr.host=127.0.0.1,addr.port=9000" + reconnect
                        + CARD,
                QemuArguments.connectingTo(TCP, version(version)).toString());
    }

    @ParameterizedTest
    @CsvSource({"9.0, 1, 1", "9.0, 1000, 1", "9.0, 1001, 2", "9.2, 250, 250"})
    void shouldWaitAtLeastAsLong(String version, long millis, String option) throws IOException {
        String text = QemuArguments.connectingTo(TCP, version(version), Duration.ofMillis(millis))
                .toString();

        assertTrue(text.contains("=" + option + CARD), text);
    }

    @Test
    void shouldUseTheOlderFormBefore() throws IOException {
        assertEquals(
                "-netdev socket,id=net0,connect=127.0.0.1:9000" + CARD,
                QemuArguments.connectingTo(TCP, version("7.1")).toString());
        assertEquals(
                "-netdev socket,id=net0,listen=127.0.0.1:9000" + CARD,
                QemuArguments.listeningAt(TCP, version("2.5")).toString());
    }

    @Test
    void shouldSayWhatAnOlderOneCannot() {
        for (QemuAddress address : List.of(UNIX, QemuAddress.parse("tcp:[::1]:9000"))) {
            IOException refused =
                    assertThrows(IOException.class, () -> QemuArguments.connectingTo(address, version("7.1")));

            assertTrue(String.valueOf(refused.getMessage()).contains("7.2 or newer"), refused.getMessage());
            assertTrue(String.valueOf(refused.getMessage()).contains(address.toString()), refused.getMessage());
            assertThrows(IOException.class, () -> QemuArguments.listeningAt(address, version("7.1")));
        }
    }

    @Test
    void shouldLetQemuListen() throws IOException {
        assertEquals(
                "-netdev stream,id=net0,server=on,addr.type=unix,addr.path=/run/q.sock" + CARD,
                QemuArguments.listeningAt(UNIX, version("9.2")).toString());
    }

    @Test
    void shouldSendDatagrams() {
        QemuAddress ours = QemuAddress.tcp("127.0.0.1", 1);
        QemuAddress theirs = QemuAddress.tcp("127.0.0.1", 2);

        assertEquals(
                "-netdev dgram,id=net0,local.type=inet,local.host=127.0.0.1,local.port=2,"
                        + "remote.type=inet,remote.host=127.0.0.1,remote.port=1" + CARD,
                QemuArguments.datagrams(ours, theirs, version("7.2")).toString());
        assertEquals(
                "-netdev socket,id=net0,udp=127.0.0.1:1,localaddr=127.0.0.1:2" + CARD,
                QemuArguments.datagrams(ours, theirs, version("7.1")).toString());
    }

    @Test
    void shouldDescribeTheCard() throws IOException {
        QemuArguments arguments = QemuArguments.listeningAt(TCP, version("7.2"))
                .id("lan")
                .mac(MacAddress.parse("52:54:00:00:00:01"))
                .mtu(9000);

        assertEquals(
                List.of(
                        "-netdev",
                        "stream,id=lan,server=on,addr.type=inet,addr.host=127.0.0.1,addr.port=9000",
                        "-device",
                        "virtio-net-pci,netdev=lan,mac=52:54:00:00:00:01,host_mtu=9000"),
                arguments.list());
        assertThrows(IllegalArgumentException.class, () -> arguments.id("a,b"));
        assertThrows(IllegalArgumentException.class, () -> arguments.mac(MacAddress.BROADCAST));
        assertThrows(IllegalArgumentException.class, () -> arguments.mtu(67));
    }

    @Test
    void shouldSurviveBothQemuAndTheShell() throws IOException {
        QemuArguments arguments =
                QemuArguments.connectingTo(QemuAddress.parse("unix:/tmp/it's a,b.sock"), version("7.2"));

        assertEquals(
                "stream,id=net0,server=off,addr.type=unix,addr.path=/tmp/it's a,,b.sock",
                arguments.list().get(1));
        assertEquals(
                "-netdev 'stream,id=net0,server=off,addr.type=unix,addr.path=/tmp/it'\\''s a,,b.sock'" + CARD,
                arguments.toString());
    }

    @Test
    void shouldReadWhatQemuSays() throws IOException {
        assertEquals(
                new QemuVersion(7, 2),
                QemuVersion.read("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)\nCopyright", "q"));
        assertEquals(new QemuVersion(10, 2), QemuVersion.read("QEMU emulator version 10.2.50", "q"));
        IOException refused = assertThrows(IOException.class, () -> QemuVersion.read("bash: no\n", "q"));
        assertEquals("q --version tells no version: bash: no", refused.getMessage());
        assertTrue(new QemuVersion(10, 0).isAtLeast(new QemuVersion(9, 2)), "numbers, not text");
    }

    @Test
    void shouldSayThatThereIsNoQemu() {
        IOException missing =
                assertThrows(IOException.class, () -> QemuVersion.installed("/nowhere/qemu-system-x86_64"));

        assertEquals(
                "/nowhere/qemu-system-x86_64 cannot be run: install QEMU, or name its program", missing.getMessage());
    }
}
