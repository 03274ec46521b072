// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.device.AddressState;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The address that the adapter answers for is the host's too (RFC 4291 section 2.8), as long as it has the adapter. */
class LinkAddressTest {
    @Test
    void shouldTellTheHostOfItsLinkLocalAddress() {
        TestNet net = new TestNet();
        assertEquals(Map.of(TestNet.LINK_LOCAL, AddressState.GOOD), net.host.linkAddresses);

        net.adapter.close();
        assertEquals(Map.of(), net.host.linkAddresses);
    }
}
