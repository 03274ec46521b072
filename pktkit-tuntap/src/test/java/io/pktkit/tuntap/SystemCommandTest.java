// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class SystemCommandTest {

    @Test
    void shouldRunACommandAsItsArgumentsAndTellWhatItComplainsOf() throws IOException {
        SystemCommand real = new SystemCommand.Real();

        assertEquals("", real.run(List.of("/bin/sh", "-c", "echo fine")));
        assertEquals("no", real.run(List.of("/bin/sh", "-c", "echo no >&2")));
        assertEquals("no", real.run(List.of("/bin/sh", "-c", "echo no >&2; exit 3")));
        assertEquals("exit status 3", real.run(List.of("/bin/sh", "-c", "exit 3")));
        assertEquals("$HOME; exit 1", real.run(List.of("/bin/sh", "-c", "printf %s \"$1\" >&2", "-", "$HOME; exit 1")));
        String much = real.run(List.of("/bin/sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x >&2"));
        assertEquals(4096, much.length());
        assertThrows(IOException.class, () -> real.run(List.of("/no/such/program")));
    }
}
