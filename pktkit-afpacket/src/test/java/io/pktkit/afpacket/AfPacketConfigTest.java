// SPDX-License-Identifier: MIT
package io.pktkit.afpacket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AfPacketConfigTest {

    @Test
    void shouldDisturbNobodyUnlessTold() {
        AfPacketConfig config = AfPacketConfig.builder("eth0").build();

        assertEquals("eth0", config.interfaceName());
        assertFalse(config.promiscuous());
        assertFalse(config.outgoing());
        assertTrue(config.offload());
        assertEquals(1, config.threads());
        assertEquals(4 << 20, config.receiveBuffer());
    }

    @Test
    void shouldKeepWhatItIsTold() {
        AfPacketConfig config = AfPacketConfig.builder("eth0")
                .promiscuous(true)
                .outgoing(true)
                .offload(false)
                .threads(4)
                .receiveBuffer(8192)
                .build();

        assertTrue(config.promiscuous());
        assertTrue(config.outgoing());
        assertFalse(config.offload());
        assertEquals(4, config.threads());
        assertEquals(8192, config.receiveBuffer());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sixteen-bytes-xx", "a/b", "eth%d", "a b"})
    void shouldRefuseNamesThatNoInterfaceHas(String name) {
        assertThrows(IllegalArgumentException.class, () -> AfPacketConfig.builder(name));
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, 0, 65})
    void shouldRefuseThreadsOutOfRange(int threads) {
        AfPacketConfig.Builder builder = AfPacketConfig.builder("eth0");

        String told = assertThrows(IllegalArgumentException.class, () -> builder.threads(threads))
                .toString();

        assertTrue(told.contains("threads=" + threads), told);
    }

    @Test
    void shouldRefuseABufferForNothing() {
        AfPacketConfig.Builder builder = AfPacketConfig.builder("eth0");

        assertThrows(IllegalArgumentException.class, () -> builder.receiveBuffer(4095));
    }
}
