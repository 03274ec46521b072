// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class IpProtocolTest {

    private static final Map<Integer, String> ASSIGNED = Map.of(
            1, "ICMP", 2, "IGMP", 4, "IP-in-IP", 6, "TCP", 17, "UDP", 47, "GRE", 50, "ESP", 51, "AH", 58, "ICMPv6");

    @Property
    void namesAsAssignedOrByNumber(@ForAll @IntRange(max = 255) int protocol) {
        assertEquals(ASSIGNED.getOrDefault(protocol, "proto(" + protocol + ")"), IpProtocol.name(protocol));
    }
}
