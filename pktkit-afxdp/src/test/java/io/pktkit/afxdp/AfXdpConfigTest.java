// SPDX-License-Identifier: MIT
package io.pktkit.afxdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afxdp.capture.CaptureRule;
import io.pktkit.afxdp.capture.XdpMode;
import io.pktkit.wire.IpPrefix;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AfXdpConfigTest {

    private static void expectRefusal(String word, Consumer<AfXdpConfig.Builder> setting) {
        AfXdpConfig.Builder builder = AfXdpConfig.builder("eth0");
        String told = assertThrows(IllegalArgumentException.class, () -> setting.accept(builder))
                .toString();
        assertTrue(told.contains(word), told);
    }

    @Test
    void shouldCaptureNothingUnlessTold() {
        AfXdpConfig config = AfXdpConfig.builder("eth0").build();

        assertEquals("eth0", config.interfaceName());
        assertEquals(List.of(), config.captured());
        assertEquals(List.of(), config.queues());
        assertEquals(2048, config.ringSize());
        assertEquals(4096, config.chunkSize());
        assertEquals(ZeroCopy.AUTO, config.zeroCopy());
        assertEquals(XdpMode.AUTO, config.mode());
        assertEquals(0, config.busyPollMicros() + config.spins());
        assertNull(config.pin());
    }

    @Test
    void shouldKeepWhatItIsTold() {
        IpPrefix prefix = IpPrefix.parse("10.0.0.0/24");
        AfXdpConfig config = AfXdpConfig.builder("eth0")
                .capture(prefix)
                .capture(prefix, CaptureRule.port(17, 53))
                .queues(3, 1)
                .busyPoll(20, 64)
                .promiscuous(true)
                .build();

        assertEquals(
                List.of(CaptureRule.any(), CaptureRule.port(17, 53)),
                config.captured().stream().map(AfXdpConfig.Captured::rule).toList());
        assertEquals(List.of(1, 3), config.queues());
        assertEquals(20, config.busyPollMicros());
        assertEquals(64, config.busyPollBudget());
        assertEquals(1, config.spins(), "else nobody would poll");
        assertTrue(config.promiscuous());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 32, 63, 100, 1 << 17, -64, Integer.MIN_VALUE})
    void shouldRefuseRingsThatAreNoPowerOfTwo(int size) {
        expectRefusal("ringSize=" + size, builder -> builder.ringSize(size));
    }

    @Test
    void shouldNameWhatItRefuses() {
        expectRefusal("chunkSize=1024", builder -> builder.chunkSize(1024));
        expectRefusal("chunkSize=8192", builder -> builder.chunkSize(8192));
        expectRefusal("queue=-1", builder -> builder.queues(0, -1));
        expectRefusal("queue=2", builder -> builder.queues(2, 2));
        expectRefusal("micros=0", builder -> builder.busyPoll(0, 64));
        expectRefusal("budget=2000", builder -> builder.busyPoll(20, 2000));
        expectRefusal("spins=-1", builder -> builder.spins(-1));
        assertThrows(IllegalArgumentException.class, () -> AfXdpConfig.builder("a/b"));
    }
}
