// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressesTest {

    private static final ClientSettings SETTINGS = ClientSettings.builder()
            .address(IpPrefix.parse("10.8.0.2/24"), IpAddress.parse("10.8.0.1"))
            .address(IpPrefix.parse("fd08::2/64"), IpAddress.parse("fd08::1"))
            .clientNetwork(IpPrefix.parse("172.16.0.0/16"))
            .clientNetwork(IpPrefix.parse("2001:db8::/32"))
            .build();

    private static Packet packet(String from, String to) {
        ByteBuffer built = PacketBuilder.udp(IpAddress.parse(from), 1, IpAddress.parse(to), 2, ByteBuffer.allocate(4));
        return new Packet().wrap(built, built.position(), built.remaining());
    }

    @ParameterizedTest
    @CsvSource({
        "10.8.0.2,true",
        "10.8.0.3,false",
        "172.16.255.1,true",
        "172.17.0.1,false",
        "0.0.0.2,false",
        "fd08::2,true",
        "fd08::3,false",
        "fd09::2,false",
        "2001:db8:1::1,true",
        "2001:db9::1,false"
    })
    void shouldKnowWhoseAnAddressIs(String address, boolean its) {
        String other = address.contains(":") ? "2001:dead::1" : "192.0.2.1";
        assertEquals(its, Addresses.isFrom(SETTINGS, packet(address, other)));
        assertEquals(its, Addresses.isTo(SETTINGS, packet(other, address)));
        assertFalse(Addresses.isTo(SETTINGS, packet(address, other)));
        assertFalse(Addresses.isFrom(SETTINGS, packet(other, address)));
    }

    @Test
    void shouldGiveNothingToWhoHasNone() {
        ClientSettings none = ClientSettings.builder().build();
        assertFalse(Addresses.isFrom(none, packet("10.8.0.2", "10.8.0.3")));
        assertFalse(Addresses.isFrom(SETTINGS, new Packet().wrap(ByteBuffer.allocate(40), 0, 40)), "no IP packet");
    }
}
