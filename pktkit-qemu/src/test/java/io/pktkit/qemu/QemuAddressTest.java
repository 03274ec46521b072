// SPDX-License-Identifier: MIT
package io.pktkit.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.AddressFormatException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QemuAddressTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unix:q.sock",
                "unix:/run/a b,c.sock",
                "tcp:127.0.0.1:9000",
                "tcp:[::1]:0",
                "tcp:host.example:65535"
            })
    void shouldPrintWhatItReads(String text) {
        assertEquals(text, QemuAddress.parse(text).toString());
        assertEquals(QemuAddress.parse(text), QemuAddress.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "q.sock",
                "unix:",
                "unix:a\0b",
                "tcp:",
                "tcp:9000",
                "tcp::9000",
                "tcp:host",
                "tcp:host:",
                "tcp:host:x",
                "tcp:host:-1",
                "tcp:host:65536",
                "tcp:host:123456",
                "tcp:host:٣",
                "tcp:::1:9000",
                "tcp:[::1:9000",
                "tcp:[127.0.0.1]:9000",
                "udp:host:1"
            })
    void shouldRefuseAndSayWhatItWants(String text) {
        AddressFormatException refused = assertThrows(AddressFormatException.class, () -> QemuAddress.parse(text));

        assertTrue(
                String.valueOf(refused.getMessage()).contains("expected unix:PATH or tcp:HOST:PORT"),
                refused.getMessage());
    }

    @Test
    void shouldTellItsParts() {
        QemuAddress tcp = QemuAddress.parse("tcp:[fe80::1]:7");

        assertEquals(QemuAddress.tcp("fe80::1", 7), tcp);
        assertEquals("fe80::1", tcp.host());
        assertEquals(7, tcp.port());
        assertThrows(IllegalStateException.class, tcp::path);
        assertEquals(Path.of("q.sock"), QemuAddress.parse("unix:q.sock").path());
    }
}
