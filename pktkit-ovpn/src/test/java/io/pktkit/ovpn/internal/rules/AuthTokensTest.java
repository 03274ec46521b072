// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.client.ClientIdentity;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AuthTokensTest {

    private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
    private static final ClientIdentity ALICE = new ClientIdentity("cert", "alice", List.of(), Map.of());

    private static AuthTokens at(int secret, long seconds) {
        byte[] key = new byte[16];
        key[0] = (byte) secret;
        return new AuthTokens(
                key, Duration.ofHours(1), Clock.fixed(NOW.plusSeconds(seconds), ZoneOffset.UTC), new SecureRandom());
    }

    private static byte[] bytes(String token) {
        return token.getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void shouldTakeItsOwnForAWhile() {
        byte[] token = bytes(at(1, 0).make(ALICE));
        assertTrue(AuthTokens.isToken(token));
        assertTrue(at(1, 0).isValid(token, ALICE), "also of another instance with the secret: a restarted server");
        assertTrue(at(1, 3600).isValid(token, ALICE));
        assertFalse(at(1, 3601).isValid(token, ALICE));
        assertFalse(at(1, -1).isValid(token, ALICE), "of the future");
        assertFalse(at(2, 0).isValid(token, ALICE), "of another secret");
    }

    @Test
    void shouldBeOneUsersAlone() {
        byte[] token = bytes(at(1, 0).make(ALICE));
        assertFalse(at(1, 0).isValid(token, new ClientIdentity("cert", "bob", List.of(), Map.of())));
        assertFalse(at(1, 0).isValid(token, new ClientIdentity("other", "alice", List.of(), Map.of())));
        assertFalse(at(1, 0).isValid(token, new ClientIdentity("ert", "alice\0c", List.of(), Map.of())));
        assertFalse(at(1, 0).isValid(token, new ClientIdentity("ecert", "alic", List.of(), Map.of())));
        assertNotEquals(at(1, 0).make(ALICE), at(1, 0).make(ALICE), "each is another one");
    }

    @Test
    void shouldTakeNothingElse() {
        byte[] token = bytes(at(1, 0).make(ALICE));
        for (int i = "SESS_ID_AT_".length(); i < token.length - 3; i++) {
            // Not the last characters: not all of their bits are of the token.
            byte[] bad = token.clone();
            bad[i] = (byte) (bad[i] == 'A' ? 'B' : 'A');
            assertFalse(at(1, 0).isValid(bad, ALICE), "character " + i);
        }
        for (String junk : List.of("SESS_ID_AT_", "SESS_ID_AT_?", "SESS_ID_AT_AAAA")) {
            assertFalse(at(1, 0).isValid(bytes(junk), ALICE), junk);
        }
        assertFalse(AuthTokens.isToken(bytes("a password")));
        assertEquals("SESS_ID_", new String(token, 0, 8, StandardCharsets.US_ASCII), "what clients keep");
    }
}
