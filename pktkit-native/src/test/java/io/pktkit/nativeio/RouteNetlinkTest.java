// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What any user may ask the kernel; changes are tested with real interfaces, by the TUN and TAP module. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RouteNetlinkTest {

    @Test
    void shouldFindTheLoopbackByNameAndByIndex() throws IOException {
        try (RouteNetlink netlink = RouteNetlink.open()) {
            LinkInfo byName = netlink.link("lo");

            assertEquals("lo", byName.name());
            assertTrue(byName.index() > 0 && byName.mtu() > 0, byName::toString);
            assertEquals(byName, netlink.link(byName.index()));
        }
    }

    @Test
    void shouldNameAnInterfaceThatIsNotThere() throws IOException {
        try (RouteNetlink netlink = RouteNetlink.open()) {
            NativeIoException failure = assertThrows(NativeIoException.class, () -> netlink.link("pknosuch"));

            assertEquals(Errno.ENODEV, failure.errno());
            assertTrue(failure.toString().contains("look up interface pknosuch: ENODEV"), failure::toString);
            // the socket still answers the next request
            assertEquals("lo", netlink.link("lo").name());
        }
    }

    @Test
    void shouldReportWhatTheKernelRefuses() throws IOException {
        byte[] address = {10, 1, 2, 3};
        try (RouteNetlink netlink = RouteNetlink.open()) {
            NativeIoException failure = assertThrows(
                    NativeIoException.class, () -> netlink.addAddress(Integer.MAX_VALUE, address, 24, null, true));

            // ENODEV for root, EPERM for everybody else
            assertTrue(failure.errno() == Errno.ENODEV || failure.errno() == Errno.EPERM, failure::toString);
            assertTrue(
                    failure.toString().contains("add address 10.1.2.3/24 to interface number 2147483647: E"),
                    failure::toString);
        }
    }

    @Test
    void shouldRefuseRequestsOnceClosed() throws IOException {
        RouteNetlink netlink = RouteNetlink.open();
        netlink.close();
        netlink.close();

        assertEquals(
                Errno.EBADF,
                assertThrows(NativeIoException.class, () -> netlink.link("lo")).errno());
    }
}
