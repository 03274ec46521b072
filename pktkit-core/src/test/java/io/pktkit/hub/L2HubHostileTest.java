// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.time.ManualTime;
import io.pktkit.wire.Frame;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class L2HubHostileTest {

    private static final int RANDOM_FRAMES = 1_000_000;
    private static final long SEED = 20_261_122;

    private final ManualTime time = new ManualTime();
    private final L2Hub hub = new L2Hub(time);

    @Test
    void shouldSurviveAMillionRandomFrames() {
        Random random = new Random(SEED);
        Probe[] probes = new Probe[5];
        HubPort[] ports = new HubPort[5];
        for (int i = 0; i < probes.length; i++) {
            probes[i] = new Probe(frame -> {});
            ports[i] = hub.connect(probes[i]);
        }
        ports[1].setMode(PortMode.access(10));
        ports[2].setMode(PortMode.trunk(VlanSet.of(10, 20), 10));
        ports[3].setSecurity(PortSecurity.sticky(10));
        ports[4].setMacLimit(8000);
        ByteBuffer buffer = ByteBuffer.allocate(80);
        Frame frame = new Frame();

        for (int n = 0; n < RANDOM_FRAMES; n++) {
            mutate(buffer, random);
            int from = random.nextInt(probes.length);
            assertTrue(probes[from].inject(frame.wrap(buffer, 0, random.nextInt(80))), "seed=" + SEED + " n=" + n);
            if (n % 100_000 == 0) {
                time.advance(Duration.ofMinutes(2));
            }
        }

        assertEquals(RANDOM_FRAMES, hub.stats().received());
        assertEquals(0, hub.stats().refused());
        assertTrue(hub.macTableSize() <= ForwardingTable.MAX_ENTRIES, "size=" + hub.macTableSize());
        int sum = 0;
        for (HubPort port : ports) {
            assertTrue(port.macCount() <= port.macLimit());
            sum += port.macCount();
        }
        assertEquals(hub.macTableSize(), sum);
        assertTrue(ports[3].macCount() <= 10);
    }

    private static void mutate(ByteBuffer buffer, Random random) {
        for (int at = 0; at < 24; at += 4) {
            buffer.putInt(at, random.nextInt());
        }
        switch (random.nextInt(6)) {
            case 0 -> buffer.putLong(0, 0xFFFF_FFFF_FFFF_0200L);
            case 1 -> buffer.putShort(12, (short) 0x8100).putShort(14, (short) (random.nextInt(4) * 10));
            case 2 -> buffer.putInt(12, 0x8100_000A).putInt(16, 0x8100_0014);
            case 3 -> buffer.putShort(0, (short) 0x0200).putInt(2, random.nextInt(64));
            case 4 -> buffer.putShort(6, (short) 0x0200).putInt(8, random.nextInt(64));
            default -> buffer.putShort(12, (short) 0x88A8);
        }
    }
}
