// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.Vectors;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sessions of stock clients, recorded by {@link StockSessionRecorder}, happen again without a network and byte for byte. A
 * change that makes the server say something else needs new recordings.
 */
class RecordedSessionTest {

    private static final String LATEST = "2.6.14-tls-crypt";

    private static String tape(String name) {
        return Vectors.text("sessions/" + name + ".txt");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                LATEST,
                "2.6.14-tls-auth",
                "2.5.11-tls-crypt",
                "2.5.11-tls-auth",
                "2.4.12-tls-crypt",
                "2.4.12-tls-auth"
            })
    void shouldSayTheSameAgain(String name) throws Exception {
        String text = tape(name);
        List<String> again = SessionTape.play(text).lines();
        List<String> recorded = text.lines().toList();
        for (int i = 0; i < Math.min(again.size(), recorded.size()); i++) {
            assertEquals(recorded.get(i), again.get(i), "line " + (i + 1) + " of " + name);
        }
        assertEquals(recorded.size(), again.size(), name);
        for (String part : List.of("  connected", "  opened 45", "  sealed 48", "renewal=true", "  closed EXIT")) {
            assertTrue(again.stream().anyMatch(line -> line.contains(part)), () -> name + " has no " + part);
        }
    }

    @Test
    void shouldNotSayTheSameWhenSomethingElseHappens() throws Exception {
        String text = tape(LATEST);
        int second = text.indexOf(" packet ", text.indexOf(" packet ") + 1) + " packet ".length() + 40;
        char other = text.charAt(second) == '0' ? '1' : '0';
        String changed = text.substring(0, second) + other + text.substring(second + 1);
        assertNotEquals(changed.lines().toList(), SessionTape.play(changed).lines());
    }
}
