// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The first thing that a newcomer runs. */
@NeedsPeer(root = false)
class DemoTest {
    @Test
    void shouldLeaseResolveAndDownload() {
        String output = PktkitCommand.run("demo").expectSuccess().output();

        assertTrue(output.contains("lease") && output.contains("resolve") && output.contains("sha256"), output);
    }
}
