// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.device.Burst;
import io.pktkit.device.FailureLog;
import io.pktkit.device.Mailbox;
import io.pktkit.time.Timers;
import io.pktkit.wg.UnknownPeer;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgEngine;
import io.pktkit.wg.WgEngineConfig;
import io.pktkit.wg.WgIdentity;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerListener;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What all parts of a port share. Any thread.
 *
 * <p>User code is called from three mailboxes, so that one kind does not wait for another: connectors, the listener, and
 * who decides about unknown peers. The resolver has a fourth.
 */
final class PortCore {

    private volatile DatagramEndpoint endpoint;
    private final Timers timers;
    private final WgEngine engine;
    private final Deadline deadline;
    private final FailureLog failures = new FailureLog(WgPort.class, "WireGuard port");
    private final AtomicLong failed = new AtomicLong();
    private final LongAdder undelivered = new LongAdder();
    private final LongAdder unanswerable = new LongAdder();
    private final Map<WgPeer, PeerLink> links = new ConcurrentHashMap<>();
    private final Map<WgIdentity, WgPeers> identities = new ConcurrentHashMap<>();
    private final Mailbox requests;
    private final Mailbox connectorCalls;
    private final Mailbox listenerCalls;
    private final PeerEvents<PeerLink> lifecycle;
    private final PeerEvents<WgPeer> told;
    private final NameService names;
    private volatile boolean closed;

    PortCore(WgPortConfig config, DatagramEndpoint endpoint, Consumer<PortCore> onTime) {
        this.endpoint = endpoint;
        this.timers = config.timers();
        this.requests = new Mailbox(timers.callbacks(), PeerRequestHandler.class);
        this.connectorCalls = new Mailbox(timers.callbacks(), WgTenants.class);
        this.listenerCalls = new Mailbox(timers.callbacks(), WgPeerListener.class);
        this.lifecycle = new PeerEvents<>(connectorCalls, this::lived);
        this.told = new PeerEvents<>(listenerCalls, PeerEvents.teller(config.listener()));
        this.names = new NameService(this, config.resolver());
        WgEngineConfig settings = WgEngineConfig.create(config.wallClock(), config.random());
        config.engine().accept(settings);
        this.engine = new WgEngine(settings.listener(new Events()));
        this.deadline = new Deadline(engine, timers, () -> onTime.accept(this));
    }

    DatagramEndpoint endpoint() {
        return endpoint;
    }

    /** The next datagram is received and sent there; the one before is the caller's to close. */
    void endpoint(DatagramEndpoint next) {
        endpoint = next;
    }

    WgEngine engine() {
        return engine;
    }

    Timers timers() {
        return timers;
    }

    Deadline deadline() {
        return deadline;
    }

    NameService names() {
        return names;
    }

    long nowNanos() {
        return timers.nowNanos();
    }

    boolean isClosed() {
        return closed;
    }

    long undelivered() {
        return undelivered.sum();
    }

    void countUndelivered() {
        undelivered.increment();
    }

    long unanswerable() {
        return unanswerable.sum();
    }

    void countUnanswerable() {
        unanswerable.increment();
    }

    long failures() {
        return failed.get();
    }

    void failed(Throwable failure) {
        failed.incrementAndGet();
        failures.record(failure);
    }

    void runTimers() {
        Burst burst = Burst.open();
        try {
            run(out -> engine.onTimer(nowNanos(), out));
        } finally {
            burst.close();
        }
    }

    /** Calls the engine with this thread's way out. */
    void run(Consumer<Outgoing> call) {
        Outgoing out = Outgoing.take(this);
        try {
            call.accept(out);
        } finally {
            out.giveBack();
            deadline.update();
        }
    }

    void add(WgPeers peers) {
        identities.put(peers.identity(), peers);
        if (closed) {
            peers.closeFace();
            throw new IllegalStateException("the port is closed: closed=true");
        }
    }

    void remove(WgPeers peers) {
        identities.remove(peers.identity(), peers);
        engine.removeIdentity(peers.identity());
    }

    void add(WgPeer peer, PeerLink link) {
        links.put(peer, link);
    }

    void remove(WgPeer peer, PeerLink link) {
        links.remove(peer, link);
    }

    /** What belongs to a peer; null if its identity is gone. */
    @Nullable
    PeerLink link(WgPeer peer) {
        PeerLink link = links.get(peer);
        if (link != null) {
            return link;
        }
        WgPeers owner = identities.get(peer.identity());
        return owner == null ? null : owner.adopt(peer);
    }

    /** Somebody wants to reach a peer that cannot be sent to yet; whether its name tells where it is. */
    boolean want(WgPeer peer) {
        PeerLink link = link(peer);
        if (link == null || link.name() == null) {
            return false;
        }
        link.want();
        return true;
    }

    @Nullable
    TunnelDevice deviceOf(WgPeer peer) {
        PeerLink link = link(peer);
        return link == null ? null : link.device();
    }

    /** Asks whether an unknown peer is to be let in; without a question it is refused. */
    void ask(UnknownPeer unknown) {
        WgPeers owner = identities.get(unknown.identity());
        if (owner != null) {
            requests.post(() -> owner.ask(unknown));
        }
    }

    /** Has the link of a peer that is removed forgotten, where user code may be called for it. */
    void forgetSoon(PeerLink link) {
        lifecycle.note(link, PeerEvents.REMOVED);
    }

    private void lived(PeerLink link, int events) {
        link.owner().lived(link, events);
    }

    /** After the last datagram: ends what calls user code, then what belongs to peers, and wipes the keys. */
    void close() {
        closed = true;
        deadline.close();
        names.close();
        requests.close();
        listenerCalls.close();
        connectorCalls.close();
        for (WgPeers peers : List.copyOf(identities.values())) {
            peers.closeFace();
        }
        engine.close();
    }

    /** Where the engine tells what happens; it is carried on by mailboxes, since this is the way of packets. */
    private final class Events implements WgPeerListener {

        @Override
        public void handshakeCompleted(WgPeer peer) {
            note(peer, PeerEvents.HANDSHAKE);
        }

        @Override
        public void endpointChanged(WgPeer peer, WgEndpoint endpoint) {
            note(peer, PeerEvents.ENDPOINT);
        }

        @Override
        public void unanswered(WgPeer peer) {
            note(peer, PeerEvents.UNANSWERED);
        }

        @Override
        public void sessionLost(WgPeer peer) {
            note(peer, PeerEvents.LOST);
        }

        @Override
        public void peerExpired(WgPeer peer) {
            note(peer, PeerEvents.EXPIRED);
        }

        @Override
        public void peerRemoved(WgPeer peer) {
            note(peer, PeerEvents.REMOVED);
        }

        private void note(WgPeer peer, int event) {
            told.note(peer, event); // with or without a link: that of a peer that is removed may be forgotten already
            PeerLink link = link(peer);
            if (link != null) {
                lifecycle.note(link, event);
            }
        }
    }
}
