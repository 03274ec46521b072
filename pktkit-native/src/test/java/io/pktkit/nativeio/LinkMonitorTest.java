// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What any user sees of it; that it hears of changes is tested with real interfaces, by the TUN and TAP module. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LinkMonitorTest {

    @Test
    void shouldTellNothingOfAnInterfaceThatIsNotThere() throws IOException {
        try (LinkMonitor monitor = LinkMonitor.open()) {
            assertFalse(monitor.hasChanged(Integer.MAX_VALUE));
            assertFalse(monitor.hasChanged(Integer.MAX_VALUE), "and does not wait");
            assertFalse(monitor.fd().isClosed());
        }
    }

    @Test
    void shouldTellNothingOnceClosed() throws IOException {
        LinkMonitor monitor = LinkMonitor.open();
        monitor.close();
        monitor.close();

        assertFalse(monitor.hasChanged(1));
        assertTrue(monitor.fd().isClosed());
    }
}
