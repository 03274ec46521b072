// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** What comes through the tunnel and is for the server itself. */
class DataReceiverTest {

    private static final byte[] OUT = VirtualServer.packet("10.8.0.2", "192.0.2.99");
    private static final byte[] PING = HexFormat.of().parseHex("2a187bf3641eb4cb07ed2d0a981fc748");

    /** OCC_REQUEST 0, OCC_REPLY 1, and 6 OCC_EXIT, behind occ_magic of OpenVPN's occ.c. */
    private static byte[] occ(int type, String text) {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.writeBytes(HexFormat.of().parseHex("287f346bd4ef7a812d56b8d3afc5459c"));
        message.write(type);
        message.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
        return message.toByteArray();
    }

    @Test
    void shouldAnswerWhichOptionsItHas() {
        try (VirtualServer rig = new VirtualServer()) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            int before = alice.received.size();
            alice.send(alice.client.data(occ(0, ""), true));
            rig.settle();
            assertEquals(before + 1, alice.received.size());
            assertArrayEquals(occ(1, alice.client.options + "\0"), alice.received.get(before));
            assertTrue(rig.delivered.isEmpty());
        }
    }

    @Test
    void shouldHearByDataThatAClientLeaves() {
        try (VirtualServer rig = new VirtualServer()) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            VirtualServer.VirtualPeer bob = rig.connected("192.0.2.11", "bob");
            alice.send(alice.client.data(occ(6, ""), true));
            rig.settle();
            assertEquals(1, rig.server.sessions());
            assertTrue(bob.reaches(VirtualServer.packet("10.8.0.3", "192.0.2.99")));
        }
    }

    @Test
    void shouldDeliverNothingOfItAndPassOverTheRest() {
        try (VirtualServer rig = new VirtualServer()) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            int before = alice.received.size();
            for (int type : new int[] {1, 2, 3, 4, 5, 7, 255}) {
                alice.send(alice.client.data(occ(type, "x"), true));
            }
            alice.send(alice.client.data(PING, true));
            rig.settle();
            assertEquals(0, rig.server.drops(OvpnDrop.SPOOFED), "it is known what that is");
            alice.send(alice.client.data(Arrays.copyOf(occ(0, ""), 16), true));
            rig.settle();
            assertEquals(1, rig.server.drops(OvpnDrop.SPOOFED), "magic alone is neither a message nor a packet");
            assertEquals(before, alice.received.size());
            assertTrue(rig.delivered.isEmpty());
            assertTrue(alice.reaches(OUT));
        }
    }
}
