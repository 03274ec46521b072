// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class ClientHistoryTest {
    private final ClientHistory history = new ClientHistory();

    private static ClientKey client(int number) {
        byte[] bytes = new DhcpWriter(300)
                .op(1)
                .hardware(1, 6, new byte[] {2, 0, 0, (byte) (number >> 16), (byte) (number >> 8), (byte) number})
                .finish();
        return ClientKey.of(new DhcpMessage().wrap(ByteBuffer.wrap(bytes), 0, bytes.length), number);
    }

    private void remember(int number, int address, boolean proven) {
        Binding binding = new Binding(address, client(number));
        binding.proven = proven;
        history.remember(binding);
    }

    @Test
    void shouldKnowTheLastAddressOfEach() {
        remember(1, 10, true);
        remember(2, 11, false);
        remember(2, 12, false);

        assertEquals(10, history.addressOf(client(1)));
        assertEquals(12, history.addressOf(client(2)));
        assertEquals(0, history.addressOf(client(3)));
        assertTrue(history.isProven(client(1)));
        assertFalse(history.isProven(client(2)));
        assertEquals(2, history.size());
    }

    @Test
    void shouldMoveAClientFromOneKindToTheOther() {
        remember(1, 10, false);
        remember(1, 11, true);
        assertEquals(11, history.addressOf(client(1)));
        assertEquals(1, history.size());

        remember(1, 12, false);
        assertEquals(12, history.addressOf(client(1)));
        assertEquals(1, history.size());
    }

    @Test
    void shouldForgetTheLongestGoneOfAKind() {
        remember(1, 7, true);
        remember(0, 8, false);
        for (int i = 1000; i < 1000 + ClientHistory.MAX_CLIENTS - 1; i++) {
            remember(i, i, false);
        }
        assertEquals(8, history.addressOf(client(0)), "as many as fit");
        remember(0, 9, false); // back, and gone again

        remember(5000, 1, false);

        assertEquals(9, history.addressOf(client(0)));
        assertEquals(0, history.addressOf(client(1000)), "the longest gone");
        assertEquals(1001, history.addressOf(client(1001)));
        assertEquals(7, history.addressOf(client(1)), "the proven are not pushed out by the others");
        assertEquals(ClientHistory.MAX_CLIENTS + 1, history.size());
    }
}
