// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.AddressState;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** RFC 4291 section 2.8: a host lives at its link-local address too. */
class LinkAddressTest {
    private static final IpAddress OWN = IpAddress.parse("fe80::1");
    private static final IpAddress PEER = IpAddress.parse("fe80::2");

    private final VirtualClient client = new VirtualClient();
    private final List<Packet> sent = new ArrayList<>();

    private boolean ping(IpAddress destination) {
        ByteBuffer request = PacketBuilder.icmpEcho(PEER, destination, true, 1, 2, ByteBuffer.allocate(8));
        return client.send(new Packet().wrap(request));
    }

    @Test
    void shouldLiveAtTheAddressOfItsLinkWhileThatIsGood() {
        client.attach(packet -> sent.add(new Packet().wrap(ByteBuffer.wrap(packet.toBytes()))));
        assertFalse(ping(OWN), "not its own yet");

        client.linkAddress(OWN, AddressState.TENTATIVE);
        assertFalse(ping(OWN));
        client.linkAddress(OWN, AddressState.GOOD);
        assertTrue(ping(OWN));
        assertEquals(OWN, sent.get(0).source());
        client.linkAddress(OWN, AddressState.DUPLICATE);
        assertFalse(ping(OWN));

        client.linkAddress(OWN, AddressState.GOOD);
        client.setPrefix(IpPrefix.parse("fd00::1/64"));
        assertTrue(ping(OWN), "beside the main one");
        client.linkAddress(OWN, null);
        assertFalse(ping(OWN), "the link is gone");
        client.close();
    }
}
