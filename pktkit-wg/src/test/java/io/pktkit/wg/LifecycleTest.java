// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.time.Timers;
import io.pktkit.wg.internal.crypto.AgreementKey;
import io.pktkit.wg.internal.noise.Tai64n;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Peers, identities and keys that come, change and go. */
class LifecycleTest {

    private final World world = new World(8);
    private Host a;
    private Host b;

    @BeforeEach
    void join() {
        a = world.host("192.0.2.1");
        b = world.host("192.0.2.2");
        World.join(a, b);
    }

    @Test
    void shouldMakeANewSessionAfterTheKeyChanged() {
        a.send(b, 1);
        world.run(Duration.ofSeconds(1));
        b.send(a, 1);
        world.run(Duration.ofSeconds(1));
        a.identity.setPrivateKey(WgPrivateKey.generate(new FixedRandom(31)));
        b.identity.removePeer(b.peer);
        b.peer = b.identity.addPeer(a.identity.publicKey(), World.options(a), world.now);
        assertEquals(SendResult.STAGED, a.send(b, 1));
        world.run(Duration.ofSeconds(1));
        assertEquals(2, b.packets.size());
        assertTrue(a.peer.hasSession(world.now));
        assertTrue(a.engine.indexCount() <= 2);
    }

    @Test
    void shouldRefuseTheResponseToAnInitiationUnderTheOldKey() {
        a.connected = false;
        b.connected = false;
        a.engine.initiate(a.peer, world.now, a);
        b.receive(a.last(1), a.endpoint);
        a.identity.setPrivateKey(WgPrivateKey.generate(new FixedRandom(31)));
        a.receive(b.last(2), b.endpoint);
        assertFalse(a.peer.hasSession(world.now));
        assertEquals(0, a.engine.indexCount());
    }

    @Test
    void shouldRemoveThePeerThatHasOurNewKey() {
        WgPrivateKey key = WgPrivateKey.generate(new FixedRandom(31));
        WgPeer self = a.identity.addPeer(key.publicKey(), WgPeerOptions.create(), world.now);
        a.identity.setPrivateKey(key);
        assertTrue(self.isRemoved());
        assertThrows(
                IllegalArgumentException.class,
                () -> a.identity.addPeer(key.publicKey(), WgPeerOptions.create(), world.now));
    }

    /** Here another thread delivers events at the moment when the keys of a stranger who was let in are wiped. */
    @Test
    void shouldTellOfAPeersEndWhenItIsRemoved() {
        List<String> told = new ArrayList<>();
        Runnable[] meanwhile = {() -> {}};
        WgCipher jca = WgCipher.jca();
        WgCipher watched = new WgCipher(
                "tells when a key is wiped",
                jca.transport(),
                privateKey -> wiping(jca.agreement().key(privateKey), () -> meanwhile[0].run()));
        Host server = world.host("192.0.2.9", world.config().cipher(watched).listener(new WgPeerListener() {
            @Override
            public void peerExpired(WgPeer peer) {
                told.add("expired, removed=" + peer.isRemoved());
            }

            @Override
            public void peerRemoved(WgPeer peer) {
                told.add("removed=" + peer.isRemoved());
            }
        }));
        server.identity.askAboutUnknown(true);
        a.peer = a.identity.addPeer(server.identity.publicKey(), World.options(server), world.now);
        assertEquals(SendResult.STAGED, a.send(server, 1));
        world.run(Duration.ofSeconds(1));
        server.peer = Objects.requireNonNull(
                server.engine.accept(server.strangers.get(0), World.options(a), world.now, server));
        world.run(Duration.ofSeconds(538));
        a.connected = false;
        assertEquals(SendResult.STAGED, server.send(a, 1), "there is a handshake whose key is to be wiped");
        meanwhile[0] = () -> server.receive(new byte[0], a.endpoint);
        world.run(Duration.ofSeconds(3));

        assertEquals(List.of("expired, removed=true", "removed=true"), told);
    }

    private static AgreementKey wiping(AgreementKey key, Runnable deed) {
        return new AgreementKey() {
            @Override
            public byte[] publicKey() {
                return key.publicKey();
            }

            @Override
            public byte @Nullable [] agree(byte[] publicKey) {
                return key.agree(publicKey);
            }

            @Override
            public void wipe() {
                deed.run();
                key.wipe();
            }
        };
    }

    @Test
    void shouldRefuseTwoIdentitiesWithOneKey() {
        WgPrivateKey key = WgPrivateKey.generate(new FixedRandom(31));
        a.engine.addIdentity(key);
        assertThrows(IllegalArgumentException.class, () -> a.engine.addIdentity(key));
        assertThrows(IllegalArgumentException.class, () -> a.identity.setPrivateKey(key));
        assertEquals(2, a.engine.identities().size());
    }

    @Test
    void shouldRefusePeersOfSmallOrder() {
        WgPublicKey zero = WgPublicKey.of(new byte[32]);
        WgPublicKey eight = WgPublicKey.parseHex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157");
        for (WgPublicKey key : new WgPublicKey[] {zero, eight}) {
            assertThrows(
                    IllegalArgumentException.class, () -> a.identity.addPeer(key, WgPeerOptions.create(), world.now));
            assertNull(a.identity.peer(key));
        }
    }

    @Test
    void shouldBoundPeers() {
        Host small = world.host("192.0.2.9", world.config().maxPeers(2));
        Random random = new Random(5);
        for (int i = 0; i < 2; i++) {
            small.identity.addPeer(key(random), WgPeerOptions.create(), world.now);
        }
        assertThrows(
                IllegalStateException.class,
                () -> small.identity.addPeer(key(random), WgPeerOptions.create(), world.now));
        WgPeer first = small.identity.peers().get(0);
        assertSame(first, small.identity.addPeer(first.publicKey(), WgPeerOptions.create(), world.now));
        small.identity.removePeer(first);
        small.identity.removePeer(first);
        small.identity.addPeer(key(random), WgPeerOptions.create(), world.now);
    }

    @Test
    @Tag("long")
    void shouldChangeNothingWhenThereIsNoRoomForPrefixes() {
        Host small = world.host("192.0.2.9", world.config().maxPeers(2));
        Random random = new Random(5);
        int most = 1 << 20;
        List<IpPrefix> all = new ArrayList<>();
        for (int i = 0; i < most - 1; i++) {
            all.add(IpPrefix.of(IpAddress.ofIpv4(i), 32));
        }
        WgPeer first = small.identity.addPeer(key(random), WgPeerOptions.create(), world.now);
        first.setAllowedIps(all);
        WgPublicKey other = key(random);
        WgPeer before = small.identity.addPeer(other, WgPeerOptions.create(), world.now);
        before.receivedStamp = Tai64n.of(World.BEGINNING);
        small.identity.removePeer(before);
        IpPrefix taken = all.get(7);
        List<IpPrefix> three = List.of(taken, IpPrefix.parse("10.0.0.0/32"), IpPrefix.parse("10.0.0.1/32"));
        WgPeerOptions options = WgPeerOptions.create();
        three.forEach(options::allowedIp);
        for (int i = 0; i < 3; i++) {
            assertThrows(IllegalStateException.class, () -> small.identity.addPeer(other, options, world.now));
            assertNull(small.identity.peer(other));
        }
        assertSame(first, small.identity.route(taken.address()));

        WgPeer second = small.identity.addPeer(other, WgPeerOptions.create().allowedIp(three.get(1)), world.now);
        assertEquals(Tai64n.of(World.BEGINNING), second.receivedStamp);
        assertThrows(IllegalStateException.class, () -> second.setAllowedIps(three));
        assertSame(first, small.identity.route(taken.address()));
        assertEquals(List.of(three.get(1)), second.allowedIps());
        assertThrows(IllegalStateException.class, () -> second.addAllowedIp(three.get(2)));
        second.setAllowedIps(three.subList(0, 2));
        assertSame(second, small.identity.route(taken.address()));
    }

    @Test
    void shouldForgetEverythingWhenClosed() {
        a.send(b, 1);
        world.run(Duration.ofSeconds(1));
        b.connected = false;
        b.send(a, 1);
        a.engine.close();
        a.engine.close();
        a.forget();
        a.receive(b.last(4), b.endpoint);
        assertEquals(0, a.engine.indexCount());
        assertEquals(0, a.packets.size());
        assertEquals(Timers.NEVER, a.engine.nextDeadlineNanos());
        assertEquals(SendResult.PEER_GONE, a.send(b, 1));
        assertThrows(
                IllegalStateException.class, () -> a.engine.addIdentity(WgPrivateKey.generate(new FixedRandom(1))));
        assertThrows(
                IllegalStateException.class,
                () -> a.identity.addPeer(key(new Random(1)), WgPeerOptions.create(), world.now));
    }

    @Test
    void shouldCostNothingForIdlePeers() {
        Random random = new Random(9);
        for (int i = 0; i < 300; i++) {
            a.identity.addPeer(key(random), World.options(b), world.now);
        }
        assertEquals(Timers.NEVER, a.engine.nextDeadlineNanos());
    }

    @Test
    void shouldServeManyPeersThatAreDueAtOnce() {
        Random random = new Random(9);
        for (int i = 0; i < 300; i++) {
            a.identity.addPeer(key(random), World.options(b).persistentKeepalive(25), world.now);
        }
        a.engine.onTimer(world.now, a);
        assertEquals(256, a.count(1));
        assertTrue(a.engine.nextDeadlineNanos() - world.now <= 0);
        a.engine.onTimer(world.now, a);
        assertEquals(300, a.count(1));
        assertTrue(a.engine.nextDeadlineNanos() - world.now > 0);
    }

    @Test
    void shouldKeepItsTablesFlatOverManyRekeys() {
        rekey(1000);
    }

    @Test
    @Tag("long")
    void shouldKeepHeapFlatOverAHundredThousandRekeys() {
        rekey(10_000);
        long before = used();
        rekey(90_000);
        long grown = used() - before;
        assertTrue(grown < 4 << 20, "grown by " + grown + " bytes");
    }

    private void rekey(int times) {
        for (int i = 0; i < times; i++) {
            Host from = i % 3 == 0 ? b : a;
            from.engine.initiate(from.peer, world.now, from);
            world.run(Duration.ofSeconds(6));
            assertTrue(from.peer.hasSession(world.now), "rekey " + i);
            assertTrue(a.engine.indexCount() <= 3 && b.engine.indexCount() <= 3, "rekey " + i);
            a.forget();
            b.forget();
        }
    }

    private static long used() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static WgPublicKey key(Random random) {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        return WgPrivateKey.of(bytes).publicKey();
    }

    @Test
    void shouldReadAndWriteKeysStrictly() {
        String base64 = "d6jvSVHWhFMG10YhyMkIMyWQ1dVPoc3ctT+mE2zj1fY=";
        WgPublicKey key = WgPublicKey.parse(base64);
        assertEquals(base64, key.toString());
        assertEquals(key, WgPublicKey.parseHex(key.toHex()));
        assertEquals(key.hashCode(), WgPublicKey.of(key.toBytes()).hashCode());
        for (String bad : new String[] {
            "",
            base64.substring(1),
            base64 + "=",
            base64.replace('=', 'A'),
            // Stray bits behind the last byte.
            base64.replace("fY=", "fZ="),
            base64.replace('+', '-'),
            " " + base64.substring(1),
            "=" + base64.substring(1)
        }) {
            WgKeyFormatException e = assertThrows(WgKeyFormatException.class, () -> WgPrivateKey.parse(bad), bad);
            assertTrue(bad.isEmpty() || !e.toString().contains(bad), "quotes the secret");
        }
        assertThrows(WgKeyFormatException.class, () -> WgPublicKey.parseHex("0".repeat(63) + "g"));
        assertThrows(WgKeyFormatException.class, () -> PresharedKey.parseHex("0".repeat(62)));
        assertThrows(IllegalArgumentException.class, () -> PresharedKey.of(new byte[31]));
    }

    @Test
    void shouldHideClampAndWipeSecrets() {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) 0xFF);
        WgPrivateKey key = WgPrivateKey.of(bytes);
        assertEquals("f8" + "ff".repeat(30) + "7f", key.toHex());
        assertEquals(key, WgPrivateKey.parse(key.toBase64()));
        assertEquals((byte) 0xFF, bytes[0]);
        PresharedKey shared = PresharedKey.of(bytes);
        assertEquals(HexFormat.of().formatHex(bytes), shared.toHex());
        assertFalse(shared.isZero());
        assertTrue(PresharedKey.of(new byte[32]).isZero());
        assertEquals("WgPrivateKey[hidden]", key.toString());
        assertEquals("PresharedKey[hidden]", shared.toString());
        key.wipe();
        shared.wipe();
        assertTrue(key.isWiped() && shared.isWiped());
        assertThrows(IllegalStateException.class, key::toBytes);
        assertThrows(IllegalStateException.class, key::publicKey);
        assertThrows(IllegalStateException.class, shared::toBase64);
    }
}
