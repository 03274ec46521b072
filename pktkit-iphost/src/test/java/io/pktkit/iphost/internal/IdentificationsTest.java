// SPDX-License-Identifier: MIT
package io.pktkit.iphost.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpAddress;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class IdentificationsTest {
    private static final IpAddress SELF = IpAddress.parse("10.0.0.1");
    private static final IpAddress PEER = IpAddress.parse("10.0.0.2");

    private final Identifications identifications = new Identifications();

    @Test
    void shouldCountOnForOneDestination() {
        int first = identifications.next(SELF, PEER, 1);
        assertEquals(first + 1, identifications.next(SELF, PEER, 5));
        assertEquals(first + 6, identifications.next(SELF, PEER, 1));
    }

    /** Else whoever gets one packet knows which number the next one of somebody else has (RFC 7739 section 3). */
    @Test
    void shouldTellOneDestinationNothingOfTheNumbersOfOthers() {
        Set<Integer> distances = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            int here = identifications.next(SELF, PEER, 1);
            int there = identifications.next(SELF, IpAddress.ofIpv4(0x0B00_0000 + i), 1);
            distances.add(there - here & 0xFFFF);
        }
        assertTrue(distances.size() > 900, "of 1000 random ones about 992 differ: " + distances.size());
    }

    /** Of 256 counters, a single other destination shares one in 256 times. */
    @Test
    void shouldNotTellOneDestinationHowMuchOthersGet() {
        int counted = 0;
        for (int i = 0; i < 1000; i++) {
            int before = identifications.next(SELF, PEER, 1);
            identifications.next(SELF, IpAddress.ofIpv4(0x0B00_0000 + i), 1);
            counted += identifications.next(SELF, PEER, 1) - before - 1;
        }
        assertTrue(counted < 50, "about 4: " + counted);
    }
}
