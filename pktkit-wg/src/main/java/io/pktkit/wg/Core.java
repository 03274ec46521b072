// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.device.FailureLog;
import io.pktkit.device.Quota;
import io.pktkit.time.Timers;
import io.pktkit.wg.internal.cookie.CookieChecker;
import io.pktkit.wg.internal.cookie.LoadMeter;
import io.pktkit.wg.internal.cookie.SourceLimiter;
import io.pktkit.wg.internal.crypto.KeyAgreement;
import io.pktkit.wg.internal.crypto.TransportCipher;
import io.pktkit.wg.internal.session.IndexTable;
import io.pktkit.wg.internal.session.Jitter;
import io.pktkit.wg.internal.session.TimerHeap;
import io.pktkit.wg.internal.session.Tombstones;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What all parts of an engine share. Any thread. */
final class Core {

    final InstantSource wallClock;
    final SecureRandom random;
    final Jitter jitter;
    final WgCipher chosenCipher;
    final TransportCipher cipher;
    final KeyAgreement agreement;
    final IndexTable<WgPeer> indexes = new IndexTable<>();
    final TimerHeap<WgPeer> timers = new TimerHeap<>();
    final CookieChecker cookies;
    final LoadMeter load;
    final SourceLimiter sources = new SourceLimiter();
    final Tombstones<PeerName> tombstones = new Tombstones<>();
    final UnknownPeers unknown = new UnknownPeers();
    final PeerEvents events;
    final Quota peers;
    final Quota dynamicPeers;
    final Quota stagedBytes;
    final FailureLog failures = new FailureLog(WgEngine.class, "WireGuard callback");

    /** Filled at construction and only read then, so it needs no lock. */
    private final Map<WgDrop, LongAdder> drops = new EnumMap<>(WgDrop.class);

    /** A peer by its keys, which outlast it. */
    record PeerName(WgPublicKey identity, WgPublicKey peer) {}

    Core(WgEngineConfig config) {
        this.wallClock = config.wallClock();
        this.random = config.random();
        this.chosenCipher = config.cipher();
        this.cipher = chosenCipher.transport();
        this.agreement = chosenCipher.agreement();
        RandomGenerator given = config.jitter();
        this.jitter = new Jitter(given != null ? given : new SplittableRandom(random.nextLong()));
        this.cookies = new CookieChecker(random);
        this.load = new LoadMeter(config.loadThreshold());
        this.events = new PeerEvents(config.listener(), failures);
        this.peers = new Quota(config.maxPeers());
        this.dynamicPeers = new Quota(config.maxUnknownPeers());
        this.stagedBytes = new Quota(config.stagedBytes());
        for (WgDrop why : WgDrop.values()) {
            drops.put(why, new LongAdder());
        }
    }

    void drop(WgDrop why) {
        drop(why, 1);
    }

    void drop(WgDrop why, int count) {
        LongAdder counter = drops.get(why);
        if (counter != null) {
            counter.add(count);
        }
    }

    long drops(WgDrop why) {
        LongAdder counter = drops.get(why);
        return counter == null ? 0 : counter.sum();
    }

    void emit(WgSink sink, byte[] message, WgEndpoint to) {
        emit(sink, ByteBuffer.wrap(message), 0, message.length, to);
    }

    void emit(WgSink sink, ByteBuffer buffer, int offset, int length, WgEndpoint to) {
        try {
            sink.datagram(buffer, offset, length, to);
        } catch (Throwable failure) {
            failures.record(failure);
        }
    }

    void deliver(WgSink sink, WgPeer peer, ByteBuffer buffer, int offset, int length) {
        try {
            sink.packet(peer, buffer, offset, length);
        } catch (Throwable failure) {
            failures.record(failure);
        }
    }

    void ask(WgSink sink, UnknownPeer stranger) {
        try {
            sink.unknownPeer(stranger);
        } catch (Throwable failure) {
            failures.record(failure);
        }
    }

    /** Tells the heap if the peer wants to be woken up earlier. The lock of the peer is held. */
    void schedule(WgPeer peer) {
        long wakeUp = peer.timers.takeEarlierWakeUp();
        if (wakeUp != Timers.NEVER) {
            timers.put(peer.node, wakeUp);
        }
    }

    @Nullable
    WgPeer wakeDue(long nowNanos) {
        return timers.takeDue(nowNanos);
    }
}
