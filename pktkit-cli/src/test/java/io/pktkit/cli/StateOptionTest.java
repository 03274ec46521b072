// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StateOptionTest {

    /** The XDG Base Directory Specification: the default, and that a relative path is to be ignored. */
    @Test
    void shouldBeWhereXdgSays() {
        assertEquals(Path.of("/home/u/.local/state/pktkit"), StateOption.standard(Map.of(), "/home/u"));
        assertEquals(Path.of("/var/s/pktkit"), StateOption.standard(Map.of("XDG_STATE_HOME", "/var/s"), "/home/u"));
        assertEquals(
                Path.of("/home/u/.local/state/pktkit"), StateOption.standard(Map.of("XDG_STATE_HOME", "s"), "/home/u"));
    }
}
