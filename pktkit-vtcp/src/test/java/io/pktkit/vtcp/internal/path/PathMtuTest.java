// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpFamily;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathMtuTest {
    @ParameterizedTest(name = "{0}: told {1} of a packet of {2}")
    @CsvSource({
        "IPV4, 1400, 1500, 1400",
        "IPV4, 552, 1500, 552",
        "IPV4, 551, 1500, 552",
        "IPV4, 68, 1500, 552",
        "IPV4, 9000, 1500, 9000", // credible; that it does not raise is for lower() to see to
        "IPV6, 1400, 1500, 1400",
        "IPV6, 1280, 1500, 1280",
        // RFC 1191 section 7.1, the plateau below what was refused
        "IPV4, 67, 1500, 1492",
        "IPV4, 0, 1492, 1006",
        "IPV4, 0, 1006, 552",
        "IPV4, 0, 552, 552",
        "IPV4, 0, 65535, 32000",
        "IPV4, 0, 9000, 8166"
    })
    void shouldBelieveWithinBounds(IpFamily family, int told, int refused, int expected) {
        assertEquals(expected, new PathMtu(family, 65_535).credible(told, refused));
    }

    @ParameterizedTest
    @CsvSource({
        "IPV4, 0, true",
        "IPV4, 68, true",
        "IPV6, 1280, true",
        "IPV6, 1279, false",
        "IPV6, 68, false",
        "IPV6, 0, false"
    })
    void shouldBelieveNoRouterThatTellsOfLessThanEveryLinkOfIpv6Takes(IpFamily family, int told, boolean expected) {
        assertEquals(expected, new PathMtu(family, 1500).isCredible(told));
    }

    @Test
    void shouldOnlyBeLowered() {
        PathMtu path = new PathMtu(IpFamily.IPV4, 1500);

        assertFalse(path.lower(9000));
        assertFalse(path.lower(1500));
        assertTrue(path.lower(1400));
        assertFalse(path.lower(1450));
        assertEquals(1400, path.mtu());
        assertEquals(1360, path.segmentRoom());
    }

    /** RFC 4821 section 7.2: segments of 1024 bytes over IPv4, and what every link takes over IPv6. */
    @ParameterizedTest
    @CsvSource({
        "IPV4, 65535, 1064",
        "IPV4, 1500, 1064",
        "IPV4, 1064, 552",
        "IPV4, 1000, 552",
        "IPV4, 552, 552",
        "IPV6, 65535, 1280",
        "IPV6, 1500, 1280",
        "IPV6, 1281, 1280",
        "IPV6, 1280, 1280"
    })
    void shouldFallBackInTwoSteps(IpFamily family, int vanished, int expected) {
        assertEquals(expected, new PathMtu(family, 65_535).fallback(vanished));
    }

    @Test
    void shouldLetOnlyWhatIsBelowTheFloorBeFragmented() {
        PathMtu path = new PathMtu(IpFamily.IPV4, 1500);
        path.noteTold(0);
        path.noteTold(67);
        path.noteTold(552);
        assertFalse(path.mayFragment());

        path.noteTold(551);
        assertTrue(path.mayFragment());
        path.raise(1500);
        assertFalse(path.mayFragment());
    }
}
