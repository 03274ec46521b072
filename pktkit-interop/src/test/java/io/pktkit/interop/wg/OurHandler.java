// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import io.pktkit.wg.PresharedKey;
import io.pktkit.wg.SendResult;
import io.pktkit.wg.WgDrop;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgEngine;
import io.pktkit.wg.WgEngineConfig;
import io.pktkit.wg.WgIdentity;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerOptions;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wg.WgSink;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An engine of ours, whose time passes by a second at each call of {@link #tick} and not otherwise. */
final class OurHandler implements Handler, WgSink {
    private static final WgEndpoint SOMEWHERE = new WgEndpoint(IpAddress.parse("192.0.2.99"), 99);
    private static final long SECOND = 1_000_000_000L;
    private static final byte[] NOTHING = {};

    private final Instant began = Instant.now();
    private final Deque<byte[]> sent = new ArrayDeque<>();
    private final Deque<byte[]> packets = new ArrayDeque<>();
    private final WgEngine engine;
    private final WgIdentity identity;
    private long now;

    /** Each peer may send from all inner addresses. */
    OurHandler(WgPrivateKey key, int loadThreshold) {
        engine = new WgEngine(WgEngineConfig.create(() -> began.plusNanos(now), new SecureRandom())
                .loadThreshold(loadThreshold));
        identity = engine.addIdentity(key, true);
    }

    /** A second later, but for the timers, which are not run. */
    void tick() {
        now += SECOND;
    }

    @Override
    public void addPeer(WgPublicKey peer, @Nullable PresharedKey psk) {
        WgPeerOptions options = WgPeerOptions.create()
                .endpoint(SOMEWHERE)
                .allowedIp(IpPrefix.parse("10.0.0.0/8"))
                .allowedIp(IpPrefix.parse("fd00::/8"));
        if (psk != null) {
            options.presharedKey(psk);
        }
        identity.addPeer(peer, options, now);
    }

    @Override
    public void removePeer(WgPublicKey peer) {
        identity.removePeer(find(peer));
    }

    private WgPeer find(WgPublicKey peer) {
        return Objects.requireNonNull(identity.peer(peer), "peer");
    }

    @Override
    public byte @Nullable [] initiate(WgPublicKey peer) {
        sent.clear();
        engine.initiate(find(peer), now, this);
        return sent.poll();
    }

    @Override
    public byte @Nullable [] seal(WgPublicKey peer, byte[] packet) {
        sent.clear();
        if (packet.length == 0) {
            engine.sendKeepalive(find(peer), now, this);
            byte[] keepalive = sent.poll();
            return keepalive == null || keepalive[0] != 4 ? null : keepalive;
        }
        ByteBuffer buffer = ByteBuffer.allocate(WgEngine.HEADROOM + packet.length + WgEngine.TAILROOM);
        buffer.put(WgEngine.HEADROOM, packet);
        SendResult result = engine.send(find(peer), buffer, WgEngine.HEADROOM, packet.length, now, this);
        return result == SendResult.SENT ? sent.poll() : null;
    }

    @Override
    public Outcome take(WgEndpoint from, byte[] datagram) {
        sent.clear();
        packets.clear();
        Map<WgDrop, Long> before = drops();
        engine.receive(ByteBuffer.wrap(datagram.clone()), 0, datagram.length, from, now, this);
        byte[] answer = sent.isEmpty() ? NOTHING : sent.getFirst();
        byte[] packet = packets.isEmpty() ? NOTHING : packets.getFirst();
        String why = reason(before, drops());
        if (why.equals(WgDrop.COOKIE_REQUIRED.toString())) {
            return new Outcome(Kind.COOKIE_REPLY, answer, NOTHING, "");
        }
        Kind kind = why.isEmpty() ? kind(datagram[0], packet) : Kind.REFUSED;
        return new Outcome(kind, answer, packet, why);
    }

    private static Kind kind(byte type, byte[] packet) {
        return switch (type) {
            case 1, 2 -> Kind.HANDSHAKE;
            case 3 -> Kind.COOKIE_RECEIVED;
            default -> packet.length > 0 ? Kind.DATA : Kind.KEEPALIVE;
        };
    }

    private Map<WgDrop, Long> drops() {
        Map<WgDrop, Long> drops = new EnumMap<>(WgDrop.class);
        for (WgDrop why : WgDrop.values()) {
            drops.put(why, engine.drops(why));
        }
        return drops;
    }

    /** The first of which there are more. */
    private static String reason(Map<WgDrop, Long> before, Map<WgDrop, Long> after) {
        for (Map.Entry<WgDrop, Long> one : after.entrySet()) {
            if (!one.getValue().equals(before.get(one.getKey()))) {
                return one.getKey().toString();
            }
        }
        return "";
    }

    @Override
    public void datagram(ByteBuffer buffer, int offset, int length, WgEndpoint to) {
        sent.add(bytes(buffer, offset, length));
    }

    @Override
    public void packet(WgPeer peer, ByteBuffer buffer, int offset, int length) {
        packets.add(bytes(buffer, offset, length));
    }

    private static byte[] bytes(ByteBuffer buffer, int offset, int length) {
        byte[] copy = new byte[length];
        buffer.get(offset, copy, 0, length);
        return copy;
    }

    @Override
    public void close() {
        engine.close();
    }
}
