// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.L3Device;
import io.pktkit.ovpn.client.AuthAttempt;
import io.pktkit.ovpn.client.ClientListener;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.client.ConnectedClient;
import io.pktkit.ovpn.internal.session.TestCerts;
import io.pktkit.ovpn.internal.session.TestClient;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OvpnServerTest {

    private static final byte[] OUT = VirtualServer.packet("10.8.0.2", "192.0.2.99");
    private static final byte[] IN = VirtualServer.packet("192.0.2.99", "10.8.0.2");

    @Test
    void shouldCarryPacketsOfATenant() {
        try (VirtualServer rig = new VirtualServer()) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            assertTrue(alice.reaches(OUT));
            assertArrayEquals(OUT, rig.delivered.get(0));
            assertTrue(rig.sent(rig.devices.get(0), IN, alice));
            ConnectedClient client = rig.server.clients().get(0);
            assertEquals("alice", client.identity().name());
            assertEquals("192.0.2.10:4000", client.remoteAddress());
            assertEquals(OUT.length, client.bytesReceived());
            assertEquals(IN.length, client.bytesSent());
            assertEquals(IpPrefix.parse("10.8.0.2/24"), client.settings().address(IpFamily.IPV4));
            assertEquals(IpPrefix.parse("10.8.0.2/32"), rig.devices.get(0).prefix(IpFamily.IPV4));
        }
    }

    @Test
    void shouldTakeNothingFromASourceThatIsNotTheClients() {
        ClientSettings behind = ClientSettings.builder()
                .clientNetwork(IpPrefix.parse("172.16.0.0/16"))
                .build();
        try (VirtualServer rig = new VirtualServer(config -> config.push(behind))) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            for (String source : List.of("10.8.0.3", "10.8.0.1", "172.17.0.1", "127.0.0.1", "0.0.0.0")) {
                assertFalse(alice.reaches(VirtualServer.packet(source, "192.0.2.99")), source);
            }
            assertEquals(5, rig.server.drops(OvpnDrop.SPOOFED));
            assertTrue(alice.reaches(VirtualServer.packet("172.16.3.4", "192.0.2.99")), "a network behind it");
            assertFalse(alice.reaches(VirtualServer.packet("2001:db8::1", "2001:db8::2")));
            assertFalse(alice.reaches(new byte[] {1, 2, 3}), "no packet at all");
        }
    }

    @Test
    void shouldSendToAClientOnlyWhatIsForIt() {
        try (VirtualServer rig = new VirtualServer()) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            assertFalse(rig.sent(rig.devices.get(0), VirtualServer.packet("192.0.2.99", "10.8.0.3"), alice));
            assertTrue(rig.sent(rig.devices.get(0), IN, alice));
        }
    }

    @Test
    void shouldKeepClientsApartUnlessAsked() {
        for (boolean asked : new boolean[] {false, true}) {
            try (VirtualServer rig = new VirtualServer(config -> config.clientToClient(asked))) {
                VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
                rig.connected("192.0.2.11", "bob");
                assertEquals(asked, alice.reaches(VirtualServer.packet("10.8.0.2", "10.8.0.3")));
                assertEquals(asked ? 0 : 1, alice.received.size(), "a refusal comes back");
                assertTrue(alice.reaches(VirtualServer.packet("10.8.0.2", "10.8.0.1")), "the server's address");
            }
        }
    }

    @Test
    void shouldGiveEachAnAddressAndTheSameAgain() {
        try (VirtualServer rig = new VirtualServer()) {
            rig.connected("192.0.2.10", "alice");
            VirtualServer.VirtualPeer bob = rig.connected("192.0.2.11", "bob");
            assertEquals("10.8.0.3 255.255.255.0", bob.client.pushed("ifconfig"));
            bob.client.say("EXIT");
            bob.client.flush(rig.time.nowNanos());
            rig.settle();
            assertEquals(1, rig.server.clients().size());
            assertEquals(
                    "10.8.0.3 255.255.255.0",
                    rig.connected("192.0.2.12", "bob").client.pushed("ifconfig"));
        }
    }

    @Test
    void shouldGiveWhoComesBackUnnoticedItsAddressAgain() {
        try (VirtualServer rig = new VirtualServer()) {
            rig.connected("192.0.2.10", "alice");
            VirtualServer.VirtualPeer again = rig.connected("192.0.2.11", "alice");
            assertEquals("10.8.0.2 255.255.255.0", again.client.pushed("ifconfig"));
            assertTrue(again.reaches(OUT));
            assertTrue(rig.sent(rig.devices.get(1), IN, again));
            assertTrue(rig.devices.get(0).done().toCompletableFuture().isDone(), "nothing is left of what it was");
        }
    }

    @Test
    void shouldChangeWhatWasPushedToWhoCan() {
        try (VirtualServer rig = new VirtualServer()) {
            VirtualServer.VirtualPeer alice = rig.peer("192.0.2.10", 0x77);
            alice.client.certificate = TestCerts.client("alice");
            alice.client.peerInfo = TestClient.PEER_INFO.replace("IV_PROTO=478", "IV_PROTO=" + (478 | 1 << 12));
            alice.client.start(rig.time.nowNanos());
            rig.settle();
            ConnectedClient client = rig.server.clients().get(0);
            assertTrue(client.update(List.of("route 10.1.0.0 255.255.0.0", "-dhcp-option")));
            rig.advance(1);
            assertEquals("PUSH_UPDATE,route 10.1.0.0 255.255.0.0,-dhcp-option", last(alice.client.messages));
            assertTrue(client.update(Collections.nCopies(60, "route 10.1.0.0 255.255.0.0")));
            rig.advance(1);
            assertTrue(last(alice.client.messages).startsWith("PUSH_UPDATE,route"));
            assertTrue(last(alice.client.messages).endsWith(",push-continuation 1"), "in two messages");
            assertThrows(IllegalArgumentException.class, () -> client.update(List.of("route 1,peer-id 3")));

            VirtualServer.VirtualPeer bob = rig.connected("192.0.2.11", "bob");
            int heard = bob.client.messages.size();
            assertFalse(rig.server.clients().get(1).update(List.of("-route")));
            rig.advance(1);
            assertEquals(heard, bob.client.messages.size());
        }
    }

    private static String last(List<String> messages) {
        return messages.get(messages.size() - 1);
    }

    @Test
    void shouldTellInOrderWhoComesAndGoes() {
        List<String> told = new ArrayList<>();
        ClientListener listener = new ClientListener() {
            @Override
            public void connected(ConnectedClient client) {
                told.add("+" + client.identity() + " " + client.remoteAddress());
            }

            @Override
            public void disconnected(ConnectedClient client, String reason) {
                told.add("-" + client.identity() + " " + client.remoteAddress());
                throw new IllegalStateException("on purpose");
            }
        };
        try (VirtualServer rig = new VirtualServer(config -> config.listener(listener))) {
            rig.connected("192.0.2.10", "alice");
            rig.connected("192.0.2.11", "alice");
            rig.advance(7);
            assertEquals(1, rig.server.clients().size(), "the latest of a name");
        }
        assertEquals(
                List.of(
                        "+alice 192.0.2.10:4000",
                        "+alice 192.0.2.11:4000",
                        "-alice 192.0.2.10:4000",
                        "-alice 192.0.2.11:4000"),
                told);
    }

    /** 100 000 resets from as many addresses: nothing is kept, and a hundred are answered. */
    @Test
    void shouldKeepNothingOfAFloodOfResets() {
        try (VirtualServer rig = new VirtualServer()) {
            VirtualServer.VirtualPeer flood = rig.peer("192.0.2.66", 1);
            flood.silent = true;
            for (int i = 0; i < 100_000; i++) {
                TestClient stranger = new TestClient(i + 1L);
                stranger.start(rig.time.nowNanos());
                flood.send(stranger.out.get(0));
                if (i % 200 == 0) {
                    rig.settle();
                }
            }
            rig.settle();
            assertEquals(0, rig.server.sessions());
            assertEquals(
                    25, flood.endpoint.stats().snapshot().receivedPackets(), "a source has a quarter of the budget");
            assertTrue(rig.server.drops(OvpnDrop.RESET_RATE) > 90_000);
            rig.advance(11);
            rig.connected("192.0.2.10", "alice");
        }
    }

    @Test
    void shouldNotLetASpoofedResetHarmALiveClient() {
        try (VirtualServer rig = new VirtualServer()) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            for (int i = 0; i < 20; i++) {
                TestClient spoofer = new TestClient(0x6666 + i);
                spoofer.start(rig.time.nowNanos());
                alice.send(spoofer.out.get(0));
                // Nor one that guesses our session id.
                spoofer.serverSessionId = i;
                alice.send(new byte[] {
                    4 << 3, 0, 0, 0, 0, 0, 0, 0x66, 0x66, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) i, 0, 0, 0, 1
                });
                rig.endpointDrain(alice);
            }
            assertEquals(1, rig.server.sessions());
            assertTrue(alice.reaches(OUT));
            assertEquals(20, rig.server.drops(OvpnDrop.BAD_COOKIE));
        }
    }

    @Test
    void shouldTakeAClientThatBeginsAnewFromItsAddress() {
        try (VirtualServer rig = new VirtualServer()) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            alice.endpoint.close();
            VirtualServer.VirtualPeer again = rig.connected("192.0.2.10", "alice");
            assertEquals(1, rig.server.clients().size());
            assertTrue(again.reaches(
                    VirtualServer.packet(again.client.pushed("ifconfig").split(" ", 2)[0], "192.0.2.99")));
        }
    }

    @Test
    void shouldTakeDataOnceAndOnlyFromItsOwner() {
        try (VirtualServer rig = new VirtualServer()) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            VirtualServer.VirtualPeer bob = rig.connected("192.0.2.11", "bob");
            byte[] packet = alice.client.data(OUT, true);
            alice.send(packet);
            alice.send(packet);
            rig.settle();
            assertEquals(1, rig.delivered.size());
            assertEquals(1, rig.server.drops(OvpnDrop.REPLAY));
            // Bob's packet under Alice's peer id, and one of a peer that is not there.
            for (int i = 0; i < 5; i++) {
                bob.client.data(OUT, true);
            }
            byte[] stolen = bob.client.data(VirtualServer.packet("10.8.0.3", "192.0.2.99"), true);
            stolen[3] = 0;
            bob.send(stolen);
            stolen[3] = 77;
            bob.send(stolen);
            // A key that is not in use, and packet id 0.
            byte[] otherKey = alice.client.data(OUT, true);
            otherKey[0] ^= 3;
            alice.send(otherKey);
            byte[] zero = alice.client.data(OUT, true);
            Arrays.fill(zero, 4, 8, (byte) 0);
            alice.send(zero);
            byte[] forged = alice.client.data(OUT, true);
            forged[10] ^= 1;
            alice.send(forged);
            rig.settle();
            assertEquals(1, rig.delivered.size());
            assertEquals(3, rig.server.drops(OvpnDrop.FORGED));
            assertEquals(2, rig.server.drops(OvpnDrop.REPLAY));
            assertEquals(1, rig.server.drops(OvpnDrop.UNKNOWN_PEER));
            assertTrue(alice.reaches(OUT));
        }
    }

    @Test
    void shouldFollowAClientThatMoves() {
        try (VirtualServer rig = new VirtualServer()) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            rig.advance(2);
            alice.move("192.0.2.20", 5000);
            assertTrue(alice.reaches(OUT));
            assertEquals("192.0.2.20:5000", rig.server.clients().get(0).remoteAddress());
            assertTrue(rig.sent(rig.devices.get(0), IN, alice));
            alice.move("192.0.2.21", 5000);
            assertTrue(alice.reaches(OUT));
            assertEquals("192.0.2.20:5000", rig.server.clients().get(0).remoteAddress(), "not twice in a second");
            rig.advance(2);
            assertTrue(alice.reaches(OUT));
            assertEquals("192.0.2.21:5000", rig.server.clients().get(0).remoteAddress());
            alice.client.renegotiate(rig.time.nowNanos());
            rig.settle();
            assertEquals(1, alice.client.keyId());
            assertTrue(alice.client.isUp(), "the control channel has moved along");
        }
    }

    @Test
    void shouldNotLetAForgedOrReplayedPacketMoveAClient() {
        try (VirtualServer rig = new VirtualServer()) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            rig.advance(2);
            byte[] replay = alice.client.data(OUT, true);
            alice.send(replay);
            rig.settle();
            VirtualServer.VirtualPeer mallory = rig.peer("192.0.2.66", 66);
            mallory.send(replay);
            byte[] forged = alice.client.data(OUT, true);
            forged[20] ^= 1;
            mallory.send(forged);
            rig.settle();
            assertEquals("192.0.2.10:4000", rig.server.clients().get(0).remoteAddress());
        }
    }

    @Test
    void shouldNotLetAClientMoveToWhereAnotherIs() {
        try (VirtualServer rig = new VirtualServer()) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            VirtualServer.VirtualPeer bob = rig.connected("192.0.2.11", "bob");
            rig.advance(2);
            bob.send(alice.client.data(OUT, true));
            rig.settle();
            assertEquals(1, rig.server.drops(OvpnDrop.FLOAT_REFUSED));
            assertEquals(2, rig.server.clients().size());
            assertTrue(bob.reaches(VirtualServer.packet("10.8.0.3", "192.0.2.99")));
        }
    }

    /** The address of a packet of data proves nothing: whom it names is not sent away for it, on its way in either. */
    @Test
    void shouldNotLetAClientMoveToWhereAnotherComesIn() {
        List<AuthAttempt> asked = new ArrayList<>();
        try (VirtualServer rig = new VirtualServer(config -> config.authenticator(attempt -> {
            if (attempt.identity().commonName().equals("bob")) {
                asked.add(attempt);
            } else {
                attempt.accept();
            }
        }))) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            VirtualServer.VirtualPeer bob = rig.peer("192.0.2.11", 2);
            bob.client.certificate = TestCerts.client("bob");
            bob.client.start(rig.time.nowNanos());
            rig.settle();
            rig.advance(2);
            bob.send(alice.client.data(OUT, true));
            rig.settle();
            assertEquals(1, rig.server.drops(OvpnDrop.FLOAT_REFUSED));
            asked.get(0).accept();
            rig.advance(3);
            assertTrue(bob.client.isUp(), () -> bob.client.messages.toString());
        }
    }

    /** Who has no name is nobody's like. */
    @Test
    void shouldNotLetOneWithoutANameMoveToWhereAnotherIs() {
        try (VirtualServer rig =
                new VirtualServer(config -> config.noClientCertificates().authenticator(AuthAttempt::accept))) {
            VirtualServer.VirtualPeer one = rig.connected("192.0.2.10", "alice");
            VirtualServer.VirtualPeer two = rig.connected("192.0.2.11", "bob");
            assertEquals("", rig.server.clients().get(0).identity().name());
            rig.advance(2);
            two.send(one.client.data(OUT, true));
            rig.settle();
            assertEquals(1, rig.server.drops(OvpnDrop.FLOAT_REFUSED));
            assertEquals(2, rig.server.clients().size());
        }
    }

    /** Ids are in the clear and peer ids are small numbers: a stranger could make all clients renegotiate for ever. */
    @Test
    void shouldNotRenegotiateBecauseOfAStranger() {
        try (VirtualServer rig = new VirtualServer()) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            byte[] forged = alice.client.data(OUT, true);
            Arrays.fill(forged, 4, forged.length, (byte) 0xff);
            rig.peer("192.0.2.66", 0x666).send(forged);
            rig.settle();
            assertEquals(1, rig.server.drops(OvpnDrop.FORGED));
            rig.advance(15);
            assertEquals(0, alice.client.keyId());
            assertTrue(alice.reaches(OUT));
        }
    }

    /** Of one source one at a time may be on its way in; those who are in do not count for that. */
    @Test
    void shouldLetInNoMoreThanItMay() {
        try (VirtualServer rig = new VirtualServer(config -> config.limits(new OvpnLimits(1, 9, 9, 1, 100, 1, 1)))) {
            rig.connected("192.0.2.10", "alice");
            VirtualServer.VirtualPeer bob = rig.peer("192.0.2.10", 0x2222, 4001);
            bob.client.certificate = TestCerts.client("bob");
            bob.client.start(rig.time.nowNanos());
            rig.settle();
            assertEquals("AUTH_FAILED,TEMP:the server is full", last(bob.client.messages));
            assertEquals(1, rig.server.clients().size());
            VirtualServer.VirtualPeer again = rig.connected("192.0.2.11", "alice");
            assertTrue(again.reaches(OUT), "who comes back is not one more");
            again.client.say("EXIT");
            again.client.flush(rig.time.nowNanos());
            rig.settle();
            rig.connected("192.0.2.12", "bob");
        }
    }

    /** Both messages are in one record; the listener hears of one end. */
    @Test
    void shouldTellOnceOfWhoLeavesTwice() {
        List<String> told = new ArrayList<>();
        ClientListener listener = new ClientListener() {
            @Override
            public void connected(ConnectedClient client) {
                told.add("+" + client.identity().name());
            }

            @Override
            public void disconnected(ConnectedClient client, String reason) {
                told.add("-" + client.identity().name());
            }
        };
        try (VirtualServer rig = new VirtualServer(config -> config.listener(listener))) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            alice.client.say("EXIT\0EXIT\0PUSH_REQUEST");
            alice.client.flush(rig.time.nowNanos());
            rig.settle();
            assertEquals(List.of("+alice", "-alice"), told);
            assertEquals(0, rig.server.sessions());
        }
    }

    @Test
    void shouldBoundSessionsOfASource() {
        try (VirtualServer rig = new VirtualServer(config -> config.limits(new OvpnLimits(40, 40, 20, 4, 100, 1, 1)))) {
            List<VirtualServer.VirtualPeer> many = new ArrayList<>();
            for (int port = 0; port < 12; port++) {
                VirtualServer.VirtualPeer peer = rig.peer("192.0.2.66", 100 + port, 5000 + port);
                // Neither in nor gone: a slow one.
                peer.client.sendsKeyMethod = false;
                peer.client.start(rig.time.nowNanos());
                rig.settle();
                many.add(peer);
            }
            assertEquals(4, rig.server.sessions());
            assertTrue(rig.server.drops(OvpnDrop.NO_ROOM) >= 8);
            rig.connected("192.0.2.10", "alice");
            // They fall silent: those who found no room would come in when there is some.
            rig.peers.removeAll(many);
            rig.advance(62);
            assertEquals(1, rig.server.sessions(), "who does not come in goes");
        }
    }

    @Test
    void shouldMakeRoomForNewcomersByTheLeastProven() {
        try (VirtualServer rig = new VirtualServer(config -> config.limits(new OvpnLimits(40, 40, 3, 4, 100, 1, 1)))) {
            for (int i = 0; i < 3; i++) {
                VirtualServer.VirtualPeer peer = rig.peer("192.0.2." + (60 + i), 100 + i);
                peer.client.sendsKeyMethod = false;
                peer.client.start(rig.time.nowNanos());
                rig.settle();
            }
            assertEquals(3, rig.server.sessions());
            rig.connected("192.0.2.10", "alice");
            assertEquals(3, rig.server.sessions());
        }
    }

    /** Peer ids begin anew, so the lowest is not of the oldest; who just came stays, to have a chance. */
    @Test
    void shouldMakeRoomByTheOldestOfThem() {
        try (VirtualServer rig = new VirtualServer(config -> config.limits(new OvpnLimits(4, 4, 3, 4, 100, 1, 1)))) {
            for (int i = 0; i < 6; i++) {
                VirtualServer.VirtualPeer peer = rig.peer("192.0.2." + (60 + i), 100 + i);
                peer.client.sendsKeyMethod = false;
                peer.client.start(rig.time.nowNanos());
                rig.settle();
                // It begins once, and is not heard of again.
                rig.peers.remove(peer);
            }
            VirtualServer.VirtualPeer slow = rig.peer("192.0.2.10", 200);
            slow.client.sendsKeyMethod = false;
            slow.client.start(rig.time.nowNanos());
            rig.settle();
            for (int i = 0; i < 2; i++) {
                VirtualServer.VirtualPeer peer = rig.peer("192.0.2." + (70 + i), 300 + i);
                peer.client.sendsKeyMethod = false;
                peer.client.start(rig.time.nowNanos());
                rig.settle();
                rig.peers.remove(peer);
            }
            assertEquals(3, rig.server.sessions());
            slow.client.sayKeyMethod();
            slow.client.flush(rig.time.nowNanos());
            rig.settle();
            assertTrue(slow.client.isUp(), "two came after it, and three older ones were there");
        }
    }

    @Test
    void shouldMakeRoomInAFullHouse() {
        try (VirtualServer rig = new VirtualServer(config -> config.limits(new OvpnLimits(3, 3, 3, 3, 100, 1, 1)))) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            for (int i = 0; i < 2; i++) {
                VirtualServer.VirtualPeer peer = rig.peer("192.0.2." + (60 + i), 100 + i);
                peer.client.sendsKeyMethod = false;
                peer.client.start(rig.time.nowNanos());
                rig.settle();
            }
            assertEquals(3, rig.server.sessions());
            rig.connected("192.0.2.11", "bob");
            assertEquals(3, rig.server.sessions());
            assertTrue(alice.reaches(OUT), "who is in stays");
        }
    }

    /** A client of a fixed port that is started again and again finds its own beginnings before it. */
    @Test
    void shouldMakeRoomAtAnAddressForWhoBeginsAnew() {
        try (VirtualServer rig = new VirtualServer()) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            for (int i = 0; i < 3; i++) {
                alice.endpoint.close();
                rig.peers.remove(alice);
                alice = rig.peer("192.0.2.10", 0x100 + i);
                alice.client.sendsKeyMethod = i == 2;
                alice.client.start(rig.time.nowNanos());
                rig.settle();
            }
            assertTrue(alice.client.isUp());
            assertEquals(1, rig.server.sessions());
        }
    }

    @Test
    void shouldRefuseWhomTheNetworkCannotTakeAndWhoseQuestionFails() {
        try (VirtualServer rig = new VirtualServer(config -> config.authenticator(attempt -> {
            throw new IllegalStateException("on purpose");
        }))) {
            VirtualServer.VirtualPeer alice = rig.peer("192.0.2.10", 1);
            alice.client.start(rig.time.nowNanos());
            rig.settle();
            assertEquals(List.of("AUTH_FAILED"), alice.client.messages);
            assertEquals(1, rig.server.failures());
        }
        try (VirtualServer rig =
                new VirtualServer(config -> config.authenticator(attempt -> attempt.accept(ClientSettings.builder()
                        .address(IpPrefix.parse("10.8.0.2/24"), IpAddress.parse("10.8.0.1"))
                        .build())))) {
            rig.connected("192.0.2.10", "alice");
            VirtualServer.VirtualPeer bob = rig.peer("192.0.2.11", 2);
            bob.client.certificate = TestCerts.client("bob");
            bob.client.start(rig.time.nowNanos());
            rig.settle();
            assertEquals(List.of("AUTH_FAILED,TEMP:no address is free"), bob.client.messages);
        }
    }

    /** User code that fails half-way, by an error, too: the client hears of it, and what it had been given is free. */
    @Test
    void shouldTakeBackWhatWasGivenWhenTheRestFails() {
        boolean[] broken = {true};
        IpAddress only = IpAddress.parse("10.8.0.2");
        try (VirtualServer rig = new VirtualServer(config -> config.subnet(IpPrefix.parse("fd00::1/64"))
                .pool(only, only)
                .freeAddresses(address -> {
                    if (broken[0] && !address.isIpv4()) {
                        throw new AssertionError("on purpose");
                    }
                    return true;
                }))) {
            VirtualServer.VirtualPeer alice = rig.peer("192.0.2.10", 1);
            alice.client.start(rig.time.nowNanos());
            rig.settle();
            assertEquals(List.of("AUTH_FAILED"), alice.client.messages);
            assertEquals(1, rig.server.failures());
            broken[0] = false;
            assertEquals(
                    "10.8.0.2 255.255.255.0",
                    rig.connected("192.0.2.11", "bob").client.pushed("ifconfig"));
        }
    }

    /** Mutants of all that a client sends, and junk, at a server that has a client, all from that client's address. */
    @Test
    void shouldBeHarmedByNothing() {
        for (int seed = 0; seed < 3; seed++) {
            Random random = new Random(seed);
            try (VirtualServer rig = new VirtualServer()) {
                VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
                TestClient other = new TestClient(5);
                other.start(rig.time.nowNanos());
                List<byte[]> seeds =
                        List.of(other.out.get(0), alice.client.data(OUT, true), Vectors.PLAIN, Vectors.CRYPT);
                for (int i = 0; i < 30_000; i++) {
                    byte[] mutant = seeds.get(random.nextInt(seeds.size())).clone();
                    for (int flips = random.nextInt(4) + 1; flips > 0; flips--) {
                        mutant[random.nextInt(mutant.length)] ^= (byte) (1 << random.nextInt(8));
                    }
                    if (random.nextInt(8) == 0) {
                        mutant = Arrays.copyOf(mutant, random.nextInt(2 * mutant.length));
                    }
                    alice.send(mutant);
                    if (i % 100 == 0) {
                        rig.endpointDrain(alice);
                    }
                }
                rig.endpointDrain(alice);
                assertEquals(0, rig.server.failures(), "seed " + seed);
                assertTrue(rig.server.sessions() <= 2, "seed " + seed + " sessions " + rig.server.sessions());
                assertTrue(alice.reaches(OUT), "seed " + seed);
            }
        }
    }

    @Test
    void shouldCloseWithItsClients() {
        VirtualServer rig = new VirtualServer();
        rig.connected("192.0.2.10", "alice");
        rig.server.close();
        rig.server.close();
        assertEquals(0, rig.server.sessions());
        assertTrue(rig.server.done().toCompletableFuture().isDone());
        assertTrue(rig.devices.get(0).done().toCompletableFuture().isDone());
        assertEquals(0, rig.time.pending(), "no alarm is left");
    }

    /** Threads for callbacks are busy elsewhere: what waits for them when the server is closed is done by then all the same. */
    @Test
    void shouldTakeOffAndTellOfAllWhenItIsClosed() {
        List<String> told = new ArrayList<>();
        ClientListener listener = new ClientListener() {
            @Override
            public void connected(ConnectedClient client) {
                told.add("+" + client.identity());
            }

            @Override
            public void disconnected(ConnectedClient client, String reason) {
                told.add("-" + client.identity());
            }
        };
        VirtualServer rig = new VirtualServer(config -> config.listener(listener));
        VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
        alice.client.say("EXIT");
        alice.client.flush(rig.time.nowNanos());
        alice.pumpOut();
        rig.poll();
        assertEquals(0, rig.server.sessions());
        VirtualServer.VirtualPeer bob = rig.peer("192.0.2.11", 0x22);
        bob.client.certificate = TestCerts.client("bob");
        bob.client.start(rig.time.nowNanos());
        while (rig.devices.size() == 1) {
            rig.time.runCallbacks();
            bob.pump();
            rig.poll();
        }
        assertEquals(1, rig.server.clients().size());
        rig.server.close();
        assertEquals(List.of("+alice", "-alice", "+bob", "-bob"), told);
        for (L3Device device : rig.devices) {
            assertTrue(device.done().toCompletableFuture().isDone(), device.toString());
        }
    }

    @Test
    void shouldNotBeSetUpSoThatAnybodyComesIn() {
        var own = TestCerts.server();
        String message = String.valueOf(assertThrows(
                        IllegalStateException.class,
                        () -> OvpnServerConfig.builder(own.chain(), own.key()).build())
                .getMessage());
        assertTrue(message.contains("anybody could come in"), message);
    }
}
