// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.AddressState;
import io.pktkit.iphost.HostAddresses.Scope;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostAddressesTest {
    private final HostAddresses addresses = new HostAddresses();

    @BeforeEach
    void setUp() {
        addresses.setPrefix(IpPrefix.parse("10.0.0.1/24"));
        addresses.setPrefix(IpPrefix.parse("2001:db8::1/64"));
        addresses.put(IpAddress.parse("fe80::1"), AddressState.GOOD);
        addresses.join(IpAddress.parse("ff02::fb"));
        addresses.join(IpAddress.parse("224.0.0.251"));
    }

    static Packet to(String destination) {
        IpAddress to = IpAddress.parse(destination);
        IpAddress from = IpAddress.parse(to.isIpv4() ? "10.0.0.9" : "2001:db8::9");
        return new Packet().wrap(PacketBuilder.udp(from, 1, to, 2, ByteBuffer.allocate(0)));
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1, OWN",
        "10.0.0.2, OTHER",
        "10.0.0.255, BROADCAST",
        "255.255.255.255, BROADCAST",
        "10.0.1.255, OTHER",
        "127.0.0.1, LOOPBACK",
        "224.0.0.1, GROUP",
        "224.0.0.251, GROUP",
        "224.0.0.2, OTHER_GROUP",
        "2001:db8::1, OWN",
        "2001:db8::2, OTHER",
        "fe80::1, OWN",
        "fe80::2, OTHER",
        "::1, LOOPBACK",
        "ff02::1, GROUP",
        "ff01::1, GROUP",
        "ff02::1:ff00:1, GROUP",
        "ff02::1:ff00:2, OTHER_GROUP",
        "ff02::fb, GROUP",
        "ff02::2, OTHER_GROUP",
    })
    void shouldTellWhoseADestinationIs(String destination, Scope scope) {
        assertEquals(scope, addresses.scope(to(destination)));
    }

    @ParameterizedTest
    @CsvSource({
        "10.9.9.9, 10.0.0.1",
        "2001:db8:1::9, 2001:db8::1",
        "fe80::9, fe80::1",
        "ff02::1, fe80::1",
        "ff0e::1, 2001:db8::1",
    })
    void shouldSendFromAnAddressOfTheScope(String destination, String source) {
        assertEquals(IpAddress.parse(source), addresses.sourceFor(IpAddress.parse(destination)));
    }

    @Test
    void shouldUseNoAddressThatIsTentativeOrADuplicate() {
        for (String text : new String[] {"10.0.0.1", "2001:db8::1"}) {
            IpAddress address = IpAddress.parse(text);
            for (AddressState state : new AddressState[] {AddressState.TENTATIVE, AddressState.DUPLICATE}) {
                addresses.put(address, state);
                assertFalse(addresses.isOwn(address), state + " " + text);
                assertEquals(Scope.OTHER, addresses.scope(to(text)));
            }
            assertEquals(
                    address.isIpv4() ? null : IpAddress.parse("fe80::1"),
                    addresses.sourceFor(IpAddress.parse(address.isIpv4() ? "10.0.0.9" : "2001:db8::9")));
            addresses.put(address, AddressState.GOOD);
            assertTrue(addresses.isOwn(address));
            assertEquals(address, addresses.sourceFor(address));
        }
        assertEquals(IpPrefix.parse("10.0.0.1/24"), addresses.prefix(IpFamily.IPV4), "the subnet is not forgotten");
    }

    @Test
    void shouldReplaceTheMainAddress() {
        addresses.setPrefix(IpPrefix.parse("10.0.0.7/24"));
        assertFalse(addresses.isOwn(IpAddress.parse("10.0.0.1")));
        assertTrue(addresses.isOwn(IpAddress.parse("10.0.0.7")));

        addresses.setPrefix(IpPrefix.unset(IpFamily.IPV4));
        assertNull(addresses.sourceFor(IpAddress.parse("10.0.0.9")));
        assertEquals(Scope.OTHER, addresses.scope(to("10.0.0.255")));
    }

    @Test
    void shouldForgetOthersAndGroups() {
        addresses.remove(IpAddress.parse("fe80::1"));
        addresses.remove(IpAddress.parse("10.0.0.1")); // the main one stays
        addresses.leave(IpAddress.parse("ff02::fb"));

        assertEquals(Scope.OTHER, addresses.scope(to("fe80::1")));
        assertEquals(Scope.OWN, addresses.scope(to("10.0.0.1")));
        assertEquals(Scope.OTHER_GROUP, addresses.scope(to("ff02::fb")));
        assertThrows(IllegalArgumentException.class, () -> addresses.join(IpAddress.parse("10.0.0.3")));
    }

    @Test
    void shouldHaveNoBroadcastAddressOnAPairOfHosts() {
        addresses.setPrefix(IpPrefix.parse("10.0.0.0/31"));
        assertEquals(Scope.OTHER, addresses.scope(to("10.0.0.1")));
    }
}
