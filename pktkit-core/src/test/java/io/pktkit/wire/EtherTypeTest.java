// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class EtherTypeTest {

    @Test
    void namesWhatItKnows() {
        assertEquals("IPv4", EtherType.name(0x0800));
        assertEquals("ARP", EtherType.name(0x0806));
        assertEquals("802.1Q", EtherType.name(0x8100));
        assertEquals("IPv6", EtherType.name(0x86dd));
    }

    @Test
    void printsTheRestAsHexOfFourDigitsOrMore() {
        assertEquals("0x88cc", EtherType.name(0x88cc));
        assertEquals("0x0001", EtherType.name(1));
        assertEquals("0x18100", EtherType.name(0x18100));
    }
}
