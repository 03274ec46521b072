// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.ByteBudget;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is reserved is what the arrays take, the smallest excepted, whatever the sizes that were asked for. */
class BufferLimitTest {
    private final ByteBudget budget = new ByteBudget(16 << 20);

    private BufferLimit limit(int initial, int max) {
        return new BufferLimit(initial, max, budget, true);
    }

    private void assertCovered(int allocated) {
        assertTrue(budget.used() >= Math.max(0, allocated - ByteRing.SMALLEST), budget + " but allocated=" + allocated);
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 4096, 65_536, 65_537, 100_000, 262_144, 300_000})
    void shouldReserveWhatTheSendBufferTakes(int initial) {
        SendSide send = new SendSide(limit(initial, 4 * initial));
        ByteBuffer source = ByteBuffer.allocate(4 * initial);

        send.append(source);
        assertEquals(initial, send.queued());
        assertCovered(send.allocated());
        send.tune(2 * initial);
        send.append(source);
        assertEquals(4 * initial, send.queued());
        assertCovered(send.allocated());

        send.una = send.end - 3000;
        send.trim();
        assertCovered(send.allocated());
        send.una = send.end;
        send.trim();
        assertEquals(0, budget.used());
        send.close();
        assertEquals(0, budget.used());
    }

    @Test
    void shouldReserveWhatTheReceiveBufferTakesUntilItIsRead() {
        ReceiveSide receive = receive(100_000, 400_000);
        receive.accept(1, ByteBuffer.allocate(50_000), 0, 50_000);
        receive.announce(true);
        receive.accept(50_001, ByteBuffer.allocate(50_000), 0, 50_000);
        assertEquals(100_000, receive.readable());
        assertCovered(receive.allocated());

        receive.close();
        assertCovered(receive.allocated());
        receive.skip(100_000);
        receive.trim();

        assertEquals(0, budget.used());
    }

    @Test
    void shouldGiveBackTheTableOfWhatLayBeyondAGap() {
        ReceiveSide receive = receive(100_000, 100_000);
        for (int i = 0; i < 50; i++) {
            receive.accept(2 + 2L * i, ByteBuffer.allocate(1), 0, 1);
        }
        receive.accept(1, ByteBuffer.allocate(200), 0, 200);
        receive.skip(200);
        assertNotEquals(0, receive.beyond().capacity());

        receive.trim();

        assertEquals(0, receive.beyond().capacity());
    }

    private ReceiveSide receive(int initial, int max) {
        ReceiveSide receive = new ReceiveSide(limit(initial, max));
        receive.mss = 1000;
        receive.shift = 3;
        receive.announce(true);
        return receive;
    }
}
