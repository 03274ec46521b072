// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.dhcp.ra.InterfaceIdentifier;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostAddressesTest {

    @ParameterizedTest
    @CsvSource({
        // The example of RFC 4291 appendix A, and both values of the U/L bit
        "34:56:78:9a:bc:de, fe80::3656:78ff:fe9a:bcde",
        "02:00:00:00:00:01, fe80::ff:fe00:1",
        "00:00:5e:ff:ff:ff, fe80::200:5eff:feff:ffff",
        "fe:ff:ff:ff:ff:ff, fe80::fcff:ffff:feff:ffff",
    })
    void shouldDeriveLinkLocalAddressFromMac(String mac, String address) {
        assertEquals(IpAddress.parse(address), InterfaceIdentifier.linkLocal(MacAddress.parse(mac)));
    }

    @ParameterizedTest
    @CsvSource({"2001:db8::12:3456, ff02::1:ff12:3456", "fe80::ffff:ffff, ff02::1:ffff:ffff"})
    void shouldDeriveSolicitedNodeGroup(String address, String group) {
        assertEquals(
                IpAddress.parse(group),
                NdpMessage.solicitedNode(IpAddress.parse(address).low()));
    }
}
