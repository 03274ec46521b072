// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.time.Timers;
import io.pktkit.wg.internal.noise.ResponderKeys;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Strangers, peers whose time is over, and identities that share a port. */
class UnknownPeerTest {

    private final World world = new World(6);
    private final List<String> events = new ArrayList<>();
    private Host server;
    private Host client;

    @BeforeEach
    void meet() {
        server = world.host("192.0.2.1", world.config().maxUnknownPeers(3).listener(new WgPeerListener() {
            @Override
            public void handshakeCompleted(WgPeer peer) {
                events.add("handshake");
            }

            @Override
            public void endpointChanged(WgPeer peer, WgEndpoint endpoint) {
                events.add("endpoint");
            }

            @Override
            public void sessionLost(WgPeer peer) {
                events.add("lost");
            }

            @Override
            public void peerExpired(WgPeer peer) {
                events.add("expired");
                throw new IllegalStateException("on purpose");
            }
        }));
        client = world.host("192.0.2.2");
        client.peer = client.identity.addPeer(server.identity.publicKey(), World.options(server), world.now);
        server.identity.askAboutUnknown(true);
    }

    @Test
    void shouldRefuseSilentlyUnlessToldToAsk() {
        server.identity.askAboutUnknown(false);
        client.send(server, 1);
        world.run(Duration.ofSeconds(1));
        assertEquals(0, server.sent.size());
        assertEquals(0, server.strangers.size());
        assertEquals(1, server.engine.drops(WgDrop.UNKNOWN_PEER));
    }

    @Test
    void shouldLetAStrangerInWithTheInitiationThatHeKnockedWith() {
        client.send(server, 1);
        world.run(Duration.ofSeconds(2));
        assertEquals(1, server.strangers.size());
        UnknownPeer stranger = server.strangers.get(0);
        assertEquals(client.identity.publicKey(), stranger.publicKey());
        assertEquals(client.endpoint, stranger.endpoint());
        WgPeer peer = accept(stranger);
        assertTrue(peer.isDynamic());
        world.run(Duration.ofSeconds(1));
        assertEquals(1, client.count(1), "without a second initiation");
        assertEquals(1, server.packets.size());
        assertEquals(List.of("handshake"), events);
        assertNull(server.engine.accept(stranger, World.options(client), world.now, server), "once");
    }

    @Test
    void shouldAnswerTheLastInitiationOfAStrangerWhoWaits() {
        client.send(server, 1);
        world.run(Duration.ofSeconds(11));
        assertEquals(3, client.count(1));
        assertEquals(1, server.strangers.size(), "asked once");
        server.engine.accept(server.strangers.get(0), World.options(client), world.now, server);
        world.run(Duration.ofSeconds(1));
        assertTrue(client.peer.hasSession(world.now));
    }

    @Test
    void shouldForgetWhoKnockedUnderAKeyThatIsReplaced() {
        client.send(server, 1);
        world.run(Duration.ofSeconds(1));
        assertEquals(1, server.strangers.size());
        server.identity.setPrivateKey(WgPrivateKey.generate(new FixedRandom(31)));
        assertNull(server.engine.accept(server.strangers.get(0), World.options(client), world.now, server));
        assertEquals(0, server.identity.peers().size());
    }

    @Test
    void shouldNotAnswerAStrangerWhoHasGone() {
        client.connected = true;
        client.send(server, 1);
        world.run(Duration.ofMillis(500));
        client.connected = false;
        world.run(Duration.ofSeconds(16));
        assertNull(server.engine.accept(server.strangers.get(0), World.options(client), world.now, server));
        assertEquals(0, server.sent.size());
        assertEquals(0, server.identity.peers().size());
    }

    @Test
    void shouldAskAboutNobodyWhoHasNotTheKey() {
        client.connected = false;
        client.send(server, 1);
        byte[] forged = client.last(1).clone();
        forged[100] ^= 1;
        byte[] mac1 =
                new ResponderKeys(server.identity.publicKey().toBytes()).mac1().of(forged, 0, 116);
        System.arraycopy(mac1, 0, forged, 116, 16);
        server.receive(forged, client.endpoint);
        assertEquals(0, server.strangers.size());
        assertEquals(1, server.engine.drops(WgDrop.BAD_HANDSHAKE));
    }

    @Test
    void shouldBoundStrangersBySource() {
        for (int i = 0; i < 6; i++) {
            knockWithCookie(i, client.endpoint.address().toString());
        }
        assertEquals(UnknownPeers.MOST_OF_A_SOURCE, server.strangers.size());
        knock(7, "192.0.2.99");
        assertEquals(UnknownPeers.MOST_OF_A_SOURCE + 1, server.strangers.size());
        assertEquals(2, server.engine.drops(WgDrop.UNKNOWN_PEER_LIMIT));
    }

    @Test
    void shouldBoundStrangersInAll() {
        for (int i = 0; i < 300; i++) {
            world.now += 20_000_000L;
            knockWithCookie(i, "198.51." + i / 100 + "." + i % 100);
        }
        assertEquals(UnknownPeers.MOST, server.strangers.size());
        assertEquals(300 - UnknownPeers.MOST, server.engine.drops(WgDrop.UNKNOWN_PEER_LIMIT));
        assertEquals(300 - UnknownPeers.MOST / 2, server.engine.drops(WgDrop.COOKIE_REQUIRED));
    }

    /** Or who has a /64 has 256 places. */
    @Test
    void shouldTakeAllAddressesOfANetworkForOneSource() {
        for (int i = 0; i < UnknownPeers.MOST; i++) {
            world.now += 20_000_000L;
            knockWithCookie(i, "2001:db8::" + Integer.toHexString(1 + i / UnknownPeers.MOST_OF_A_SOURCE));
        }
        assertEquals(UnknownPeers.MOST_OF_A_SOURCE, server.strangers.size());
        knock(1, "2001:db8:0:1::1");
        assertEquals(UnknownPeers.MOST_OF_A_SOURCE + 1, server.strangers.size());
    }

    @Test
    void shouldHearOfAnHonestStrangerAmongForgedSources() {
        for (int i = 0; i < UnknownPeers.MOST; i++) {
            world.now += 20_000_000L;
            knock(i, "198.51." + i / 100 + "." + i % 100);
        }
        assertEquals(UnknownPeers.MOST / 2, server.strangers.size());

        client.send(server, 1);
        world.run(Duration.ofSeconds(1));
        assertEquals(UnknownPeers.MOST / 2, server.strangers.size(), "it is asked for a cookie");
        world.run(Duration.ofSeconds(5));
        assertEquals(2, client.count(1));
        assertEquals(UnknownPeers.MOST / 2 + 1, server.strangers.size());
        assertEquals(0, server.engine.drops(WgDrop.UNKNOWN_PEER_LIMIT));
        accept(server.strangers.get(UnknownPeers.MOST / 2));
        world.run(Duration.ofSeconds(1));
        assertTrue(client.peer.hasSession(world.now));
    }

    @Test
    void shouldHearOfAnHonestStrangerWhoseAddressIsForged() {
        for (int i = 0; i < UnknownPeers.MOST_OF_A_SOURCE; i++) {
            knock(i, client.endpoint.address().toString());
        }
        assertEquals(UnknownPeers.MOST_OF_A_SOURCE / 2, server.strangers.size());

        client.send(server, 1);
        world.run(Duration.ofSeconds(6));
        assertEquals(UnknownPeers.MOST_OF_A_SOURCE / 2 + 1, server.strangers.size());
    }

    /** Who has two addresses would have as many places as he likes. */
    @Test
    void shouldCountAStrangerWhereHeFirstCameFrom() {
        List<Host> strangers = new ArrayList<>();
        for (int i = 0; i < UnknownPeers.MOST_OF_A_SOURCE; i++) {
            Host stranger = stranger(i, "198.51.100.1", server);
            knockWithCookie(stranger, server, stranger.endpoint);
            strangers.add(stranger);
        }
        world.now += 1_000_000_000L;
        for (Host stranger : strangers) {
            knockWithCookie(stranger, server, new WgEndpoint(IpAddress.parse("198.51.100.2"), 1));
        }
        assertEquals(
                IpAddress.parse("198.51.100.2"),
                server.strangers.get(0).endpoint().address(),
                "it has moved");
        assertEquals(0, server.engine.drops(WgDrop.UNKNOWN_PEER_LIMIT));
        world.now += 1_000_000_000L;
        knockWithCookie(9, "198.51.100.1");
        assertEquals(UnknownPeers.MOST_OF_A_SOURCE, server.strangers.size());
        assertEquals(1, server.engine.drops(WgDrop.UNKNOWN_PEER_LIMIT));
    }

    @Test
    void shouldForgetStrangersAfterFifteenSeconds() {
        for (int i = 0; i < UnknownPeers.MOST_OF_A_SOURCE; i++) {
            knockWithCookie(i, "198.51.100.1");
        }
        world.now += UnknownPeers.PATIENCE - 1;
        knockWithCookie(8, "198.51.100.1");
        assertEquals(UnknownPeers.MOST_OF_A_SOURCE, server.strangers.size());
        assertNotNull(server.engine.accept(server.strangers.get(0), WgPeerOptions.create(), world.now, server));
        world.now += 1;
        for (int i = 10; i < 10 + UnknownPeers.MOST_OF_A_SOURCE / 2; i++) {
            knock(i, "198.51.100.1");
        }
        for (int i = 20; i < 20 + UnknownPeers.MOST_OF_A_SOURCE / 2; i++) {
            knockWithCookie(i, "198.51.100.1");
        }
        assertEquals(2 * UnknownPeers.MOST_OF_A_SOURCE, server.strangers.size(), "there is room again");
        assertNull(server.engine.accept(server.strangers.get(1), WgPeerOptions.create(), world.now, server));
    }

    @Test
    void shouldCountAStrangersInitiationThatComesAgain() {
        client.connected = false;
        client.send(server, 1);
        byte[] initiation = client.last(1);
        server.receive(initiation, client.endpoint);
        server.receive(initiation, client.endpoint);
        assertEquals(1, server.strangers.size());
        assertEquals(1, server.engine.drops(WgDrop.REPLAYED_INITIATION));
    }

    @Test
    void shouldForgetTheStrangersOfAnIdentityThatGoesAndNoOthers() {
        WgIdentity second = server.engine.addIdentity(WgPrivateKey.generate(new FixedRandom(77)));
        second.askAboutUnknown(true);
        knock(1, "198.51.100.1");
        client.identity.addPeer(
                second.publicKey(),
                WgPeerOptions.create().endpoint(server.endpoint).allowedIp(IpPrefix.parse("10.7.0.0/16")),
                world.now);
        client.send(World.packet(client.inner(), IpAddress.parse("10.7.0.1"), 2));
        world.run(Duration.ofMillis(10));
        assertEquals(2, server.strangers.size());
        server.engine.removeIdentity(second);
        assertNull(server.engine.accept(server.strangers.get(1), WgPeerOptions.create(), world.now, server));
        assertNotNull(server.engine.accept(server.strangers.get(0), WgPeerOptions.create(), world.now, server));
    }

    @Test
    void shouldBoundIdentities() {
        FixedRandom random = new FixedRandom(5);
        for (int i = 1; i < 256; i++) {
            server.engine.addIdentity(WgPrivateKey.generate(random));
        }
        WgPrivateKey more = WgPrivateKey.generate(random);
        assertThrows(IllegalStateException.class, () -> server.engine.addIdentity(more));
    }

    @Test
    void shouldEndAStrangerWhoseTimeIsOver() {
        knock(1, "198.51.100.1");
        WgPeer peer = Objects.requireNonNull(server.engine.accept(
                server.strangers.get(0),
                WgPeerOptions.create().expiresAt(world.now + 1_000_000_000L),
                world.now,
                server));
        world.run(Duration.ofSeconds(2));
        assertTrue(peer.isRemoved());
        assertEquals(List.of(), server.identity.peers());
        assertTrue(events.contains("expired"));
    }

    @Test
    void shouldLeaveNothingToDoForAPeerWhoseTimeIsOver() {
        server.identity.askAboutUnknown(false);
        WgPeer peer = server.identity.addPeer(
                client.identity.publicKey(),
                World.options(client).persistentKeepalive(25).expiresAt(world.now + 2_000_000_000L),
                world.now);
        server.connected = false;
        server.peer = peer;
        assertEquals(SendResult.STAGED, server.send(client, 1));
        world.run(Duration.ofSeconds(3));
        assertTrue(peer.isExpired());
        assertEquals(1, server.engine.drops(WgDrop.STAGED));
        assertEquals(Timers.NEVER, server.engine.nextDeadlineNanos());
    }

    @Test
    void shouldCountWhatWaitsWhenASessionIsWiped() {
        server.peer = server.identity.addPeer(client.identity.publicKey(), World.options(client), world.now);
        client.send(server, 1);
        world.run(Duration.ofSeconds(535));
        server.connected = false;
        assertEquals(SendResult.STAGED, server.send(client, 1));
        world.run(Duration.ofSeconds(10));
        assertEquals(1, server.engine.drops(WgDrop.STAGED));
    }

    @Test
    void shouldLookAtAFewStrangersASecond() {
        for (int i = 0; i < 40; i++) {
            knockWithCookie(i, "198.51.100." + i);
        }
        assertEquals(20, server.strangers.size());
        assertEquals(20, server.engine.drops(WgDrop.UNKNOWN_PEER_LIMIT));
        world.now += 1_000_000_000L;
        for (int i = 40; i < 80; i++) {
            knockWithCookie(i, "198.51.100." + i);
        }
        assertEquals(40, server.strangers.size());
    }

    @Test
    void shouldKeepHalfOfTheLooksForSourcesThatAreProven() {
        for (int i = 0; i < 40; i++) {
            knock(i, "198.51.100." + i);
        }
        assertEquals(10, server.strangers.size());
        assertEquals(30, server.engine.drops(WgDrop.COOKIE_REQUIRED));
        for (int i = 40; i < 60; i++) {
            knockWithCookie(i, "198.51.100." + i);
        }
        assertEquals(20, server.strangers.size());
        assertEquals(10, server.engine.drops(WgDrop.UNKNOWN_PEER_LIMIT));
        world.now += 220_000_000L; // eleven looks
        for (int i = 60; i < 63; i++) {
            knock(i, "198.51.100." + i);
        }
        assertEquals(21, server.strangers.size());
    }

    /** A cookie is worth no more than 20 handshakes a second, 5 at once. */
    @Test
    void shouldLimitASourceThatIsProven() {
        for (int i = 0; i < 10; i++) {
            knockWithCookie(i, "198.51.100.1");
        }
        assertEquals(3, server.engine.drops(WgDrop.SOURCE_LIMIT));
        assertEquals(3, server.engine.drops(WgDrop.UNKNOWN_PEER_LIMIT));
    }

    /** Under load all are asked for a cookie, and it counts once. */
    @Test
    void shouldProveASourceOnce() {
        Host loaded = loaded();
        for (int i = 0; i < 5; i++) {
            knockWithCookie(i, "198.51.100.1", loaded);
        }
        assertEquals(UnknownPeers.MOST_OF_A_SOURCE, loaded.strangers.size());
        assertEquals(0, loaded.engine.drops(WgDrop.SOURCE_LIMIT));
        assertEquals(1, loaded.engine.drops(WgDrop.UNKNOWN_PEER_LIMIT));
        assertEquals(5, loaded.engine.drops(WgDrop.COOKIE_REQUIRED));
    }

    @Test
    void shouldForgetStrangersAndLookAtOthersUnderLoad() {
        Host loaded = loaded();
        for (int i = 0; i < 21; i++) {
            knockWithCookie(i, "198.51.100." + i / UnknownPeers.MOST_OF_A_SOURCE, loaded);
        }
        assertEquals(20, loaded.strangers.size());
        assertEquals(1, loaded.engine.drops(WgDrop.UNKNOWN_PEER_LIMIT));
        world.now += 20_000_000L;
        knockWithCookie(21, "198.51.100.9", loaded);
        assertEquals(21, loaded.strangers.size());
        world.now += UnknownPeers.PATIENCE;
        knockWithCookie(22, "198.51.100.1", loaded);
        assertEquals(22, loaded.strangers.size());
    }

    private Host loaded() {
        Host loaded = world.host("192.0.2.3", world.config().loadThreshold(0));
        loaded.identity.askAboutUnknown(true);
        return loaded;
    }

    @Test
    void shouldBoundPeersThatWereLetInAndForgetThemWithTheirSession() {
        for (int i = 0; i < 5; i++) {
            knock(i, "198.51.100." + i);
        }
        int in = 0;
        for (UnknownPeer stranger : server.strangers) {
            in += server.engine.accept(stranger, WgPeerOptions.create(), world.now, server) == null ? 0 : 1;
        }
        assertEquals(3, in);
        assertEquals(2, server.engine.drops(WgDrop.UNKNOWN_PEER_LIMIT));
        world.run(Duration.ofSeconds(541));
        assertEquals(0, server.identity.peers().size());
        assertEquals(0, server.engine.indexCount());
        assertEquals(3, Collections.frequency(events, "expired"));
        knock(9, "198.51.100.9");
        UnknownPeer last = server.strangers.get(server.strangers.size() - 1);
        assertNotNull(server.engine.accept(last, WgPeerOptions.create(), world.now, server));
    }

    @Test
    void shouldNotTakeAnOldInitiationOfAPeerThatWasRemoved() {
        client.send(server, 1);
        byte[] initiation = client.last(1);
        world.run(Duration.ofSeconds(1));
        WgPeer peer = accept(server.strangers.get(0));
        server.identity.removePeer(peer);
        world.run(Duration.ofMillis(100));
        server.receive(initiation, client.endpoint);
        assertEquals(1, server.strangers.size());
        assertTrue(server.engine.drops(WgDrop.REPLAYED_INITIATION) > 0);
    }

    @Test
    void shouldEndAPeerWhoseTimeIsOverAndTakeItBack() {
        server.identity.askAboutUnknown(false);
        WgPeer peer = server.identity.addPeer(
                client.identity.publicKey(), World.options(client).expiresAt(world.now + 10_000_000_000L), world.now);
        client.send(server, 1);
        world.run(Duration.ofMillis(9_999));
        assertTrue(peer.hasSession(world.now));
        assertEquals(SendResult.SENT, client.send(server, 1));
        world.run(Duration.ofMillis(2));
        assertFalse(peer.hasSession(world.now));
        assertTrue(peer.isExpired());
        assertEquals(0, server.engine.indexCount());
        assertEquals(List.of("handshake", "expired"), events);
        client.engine.initiate(client.peer, world.now, client);
        world.run(Duration.ofSeconds(1));
        assertEquals(1, server.engine.drops(WgDrop.PEER_EXPIRED));
        assertEquals(1, server.identity.peers().size(), "a configured peer stays");
        peer.setExpiresAt(world.now + 1_000_000_000_000L, world.now);
        world.run(Duration.ofSeconds(6));
        assertTrue(peer.hasSession(world.now));
    }

    @Test
    void shouldAskAboutAPeerWhoseTimeIsOver() {
        WgPeer peer = server.identity.addPeer(
                client.identity.publicKey(), World.options(client).expiresAt(world.now), world.now);
        world.run(Duration.ofMillis(1));
        client.send(server, 1);
        world.run(Duration.ofSeconds(1));
        assertEquals(1, server.strangers.size());
        assertEquals(peer, server.engine.accept(server.strangers.get(0), World.options(client), world.now, server));
        world.run(Duration.ofSeconds(1));
        assertTrue(peer.hasSession(world.now));
    }

    @Test
    void shouldKeepIdentitiesApart() {
        WgIdentity second = server.engine.addIdentity(WgPrivateKey.generate(new FixedRandom(77)));
        WgPeer one = server.identity.addPeer(
                client.identity.publicKey(),
                WgPeerOptions.create().allowedIp(IpPrefix.parse("10.0.0.2/32")),
                world.now);
        WgPeer two = second.addPeer(
                client.identity.publicKey(),
                WgPeerOptions.create().allowedIp(IpPrefix.parse("10.0.0.2/32")),
                world.now);
        WgPeer toSecond = client.identity.addPeer(
                second.publicKey(),
                WgPeerOptions.create().endpoint(server.endpoint).allowedIp(IpPrefix.parse("10.7.0.0/16")),
                world.now);
        client.send(server, 1);
        client.send(World.packet(client.inner(), IpAddress.parse("10.7.0.1"), 2));
        world.run(Duration.ofSeconds(1));
        assertEquals(List.of(one, two), server.packetsFrom);
        assertTrue(toSecond.hasSession(world.now));
        server.engine.removeIdentity(second);
        client.send(World.packet(client.inner(), IpAddress.parse("10.7.0.1"), 2));
        client.send(server, 1);
        world.run(Duration.ofSeconds(1));
        assertEquals(List.of(one, two, one), server.packetsFrom);
        assertTrue(two.isRemoved());
        assertEquals(List.of(server.identity), server.engine.identities());
        server.engine.removeIdentity(second);
    }

    @Test
    void shouldTellOfRoamingAndLoss() {
        server.identity.addPeer(client.identity.publicKey(), World.options(client), world.now);
        client.send(server, 1);
        world.run(Duration.ofSeconds(1));
        client.connected = false;
        client.send(server, 1);
        server.receive(client.last(4), new WgEndpoint(IpAddress.parse("198.51.100.1"), 7));
        world.run(Duration.ofMinutes(10));
        assertEquals(List.of("handshake", "endpoint", "lost"), events.subList(0, 3));
    }

    private WgPeer accept(UnknownPeer stranger) {
        return Objects.requireNonNull(server.engine.accept(stranger, World.options(client), world.now, server));
    }

    private void knock(int number, String address) {
        Host stranger = stranger(number, address, server);
        knock(stranger, server, stranger.endpoint);
    }

    /** And again with the cookie, if asked for one. */
    private void knockWithCookie(int number, String address) {
        knockWithCookie(number, address, server);
    }

    private void knockWithCookie(int number, String address, Host at) {
        Host stranger = stranger(number, address, at);
        knockWithCookie(stranger, at, stranger.endpoint);
    }

    private void knockWithCookie(Host stranger, Host at, WgEndpoint from) {
        int before = at.count(3);
        knock(stranger, at, from);
        if (at.count(3) > before) {
            stranger.receive(at.last(3), at.endpoint);
            knock(stranger, at, from);
        }
    }

    private Host stranger(int number, String address, Host at) {
        Host stranger = new Host(world, new WgEndpoint(IpAddress.parse(address), 1000 + number), world.config());
        stranger.connected = false;
        stranger.peer = stranger.identity.addPeer(at.identity.publicKey(), World.options(at), world.now);
        return stranger;
    }

    /** By a clock of its own, as it initiates every 5 s only. */
    private void knock(Host stranger, Host at, WgEndpoint from) {
        stranger.engine.initiate(stranger.peer, world.now + stranger.count(1) * 5_000_000_001L, stranger);
        at.receive(stranger.last(1), from);
    }
}
