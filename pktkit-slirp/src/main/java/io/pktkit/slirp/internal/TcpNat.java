// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.DropReason;
import io.pktkit.iphost.TenantQuota;
import io.pktkit.time.Timers;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.vtcp.host.HeldSyn;
import io.pktkit.vtcp.host.UnclaimedSynHandler;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The guest connections of one namespace that go out to the host's network. A SYN is held while the real connection is dialled,
 * and the outcome of that is what the guest sees. Guarded by the namespace's lock.
 */
final class TcpNat implements UnclaimedSynHandler {
    /** For a round trip to the guest, and for what is lost of it three times over. */
    private static final long HANDSHAKE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Namespace namespace;
    private final TenantQuota.Tenant connections;
    private final TenantQuota.Tenant dialing;
    private final TcpUplink uplink;
    private final Set<TcpFlow> flows = new HashSet<>();

    /** Those of them that have given their places back and wait for the loop to end them. */
    private int withdrawn;

    /** The places of the SYN that is just being held. */
    private @Nullable Claim claimed;

    /** Those being dialled, in the order of their deadlines. */
    private final Set<TcpFlow> dials = new LinkedHashSet<>();

    /** Those whose guest has been answered and has not completed the handshake, in the order of their deadlines. */
    private final Set<TcpFlow> answered = new LinkedHashSet<>();

    TcpNat(Namespace namespace, TenantQuota.Tenant connections, TenantQuota.Tenant dialing) {
        this.namespace = namespace;
        this.connections = connections;
        this.dialing = dialing;
        this.uplink = new TcpUplink(namespace);
    }

    TcpUplink uplink() {
        return uplink;
    }

    @Override
    public Verdict onUnclaimedSyn(TcpTuple tuple, long nowNanos) {
        Destinations destinations = namespace.stack().destinations();
        if (destinations.isLocal(tuple.localAddress())
                && !destinations.isHostPort(tuple.localAddress(), tuple.localPort())) {
            return Verdict.REFUSE;
        }
        if (withdrawn >= namespace.stack().config().limits().dialing()) {
            namespace.dropped(DropReason.QUEUE_FULL); // what the loop has not got to is not in the quotas any more
            return Verdict.IGNORE;
        }
        Claim claim = new Claim();
        TenantQuota.Place dial = dialing.take(tuple.remoteAddress(), claim);
        if (dial == null) {
            namespace.dropped(DropReason.QUEUE_FULL);
            return Verdict.IGNORE; // the guest repeats its SYN, by when others have been dialled
        }
        TenantQuota.Place connection = connections.take(tuple.remoteAddress(), claim);
        if (connection == null) {
            dial.release();
            namespace.dropped(DropReason.TABLE_FULL);
            return Verdict.REFUSE;
        }
        claim.dial = dial;
        claim.connection = connection;
        claimed = claim;
        return Verdict.HOLD;
    }

    @Override
    public void onHeld(HeldSyn held, long nowNanos) {
        long deadline = Timers.after(nowNanos, namespace.stack().config().dialTimeoutNanos());
        TcpFlow flow = new TcpFlow(namespace, this, held, deadline);
        Claim claim = claimed;
        claimed = null;
        if (claim != null) {
            claim.flow = flow;
            flow.claim = claim;
        }
        held.attach(flow);
        flows.add(flow);
        dials.add(flow);
        namespace.stack().loop().execute(flow.socket()::dial);
    }

    @Override
    public void onCancelled(HeldSyn held, long nowNanos) {
        if (held.attachment() instanceof TcpFlow flow) {
            flow.cancelDial();
        }
    }

    /** Refuses what has been dialled for too long, and forgets whom a guest does not go on with. */
    void onTick(long nowNanos) {
        for (TcpFlow first = due(dials, nowNanos); first != null; first = due(dials, nowNanos)) {
            namespace.dropped(DropReason.UNREACHABLE);
            first.failDial(nowNanos);
        }
        for (TcpFlow first = due(answered, nowNanos); first != null; first = due(answered, nowNanos)) {
            answered.remove(first);
            first.cancelDial();
        }
    }

    long nextDeadlineNanos() {
        return Timers.earlier(deadline(first(dials)), deadline(first(answered)));
    }

    private static @Nullable TcpFlow first(Set<TcpFlow> flows) {
        return flows.isEmpty() ? null : flows.iterator().next();
    }

    private static long deadline(@Nullable TcpFlow flow) {
        return flow == null ? Timers.NEVER : flow.deadline();
    }

    private static @Nullable TcpFlow due(Set<TcpFlow> flows, long nowNanos) {
        TcpFlow first = first(flows);
        return first != null && Timers.isDue(first.deadline(), nowNanos) ? first : null;
    }

    /** The guest is answered: when its handshake is given up. */
    long onAnswered(TcpFlow flow, long nowNanos) {
        answered.add(flow);
        return Timers.after(nowNanos, HANDSHAKE_NANOS);
    }

    /** The dial has succeeded, failed or was given up. */
    void onDialed(TcpFlow flow) {
        dials.remove(flow);
        Claim claim = flow.claim;
        if (claim != null && claim.dial != null) {
            claim.dial.release();
        }
    }

    /** The guest has answered the host's answer: its address is no invention. */
    void onProven(TcpFlow flow) {
        answered.remove(flow);
        Claim claim = flow.claim;
        if (claim != null && claim.connection != null) {
            claim.connection.proven();
        }
    }

    /** Dials whose deadline is watched, for tests. */
    int watchedDials() {
        return dials.size();
    }

    /** {@return whether it was not withdrawn before, and has not ended} */
    boolean onWithdrawn(TcpFlow flow) {
        if (flow.withdrawn || !flows.contains(flow)) {
            return false;
        }
        flow.withdrawn = true;
        withdrawn++;
        return true;
    }

    /** The flow holds no socket any more. */
    void onEnded(TcpFlow flow) {
        answered.remove(flow);
        if (!flows.remove(flow)) {
            return;
        }
        withdrawn -= flow.withdrawn ? 1 : 0;
        Claim claim = flow.claim;
        if (claim != null && claim.connection != null) {
            claim.connection.release();
        }
    }

    /** The two places of one connection, while it is dialled and its handshake is not complete. Guarded by the namespace's lock. */
    final class Claim implements TenantQuota.Holder {
        TenantQuota.@Nullable Place dial;
        TenantQuota.@Nullable Place connection;

        @Nullable
        TcpFlow flow;

        @Override
        public void onEvicted() {
            TcpFlow evicted = flow;
            if (evicted != null) {
                namespace.dropped(DropReason.TABLE_FULL);
                evicted.evict();
            }
        }
    }

    List<TcpFlow> flows() {
        return new ArrayList<>(flows);
    }

    int size() {
        return flows.size();
    }

    int dialing() {
        return dialing.used();
    }
}
