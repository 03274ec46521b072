// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SecretsTest {

    @Test
    void shouldCompareAllOfIt() {
        byte[] secret = {1, 2, 3, 4};
        byte[] packet = {9, 1, 2, 3, 9};

        assertTrue(Secrets.same(secret, packet, 1, 3));
        assertFalse(Secrets.same(secret, packet, 1, 4), "the last differs");
        assertFalse(Secrets.same(secret, packet, 0, 3));
        assertFalse(Secrets.same(secret, packet, 1));
        assertTrue(Secrets.same(new byte[] {2, 3}, packet, 2));
    }

    @Test
    void shouldWipeEachSecret() {
        byte[] one = {1, 2};
        byte[] two = {3};

        Secrets.wipe(one, two);

        assertArrayEquals(new byte[2], one);
        assertArrayEquals(new byte[1], two);
    }
}
