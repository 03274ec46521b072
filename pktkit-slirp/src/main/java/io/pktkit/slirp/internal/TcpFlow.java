// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.slirp.SlirpFlow;
import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.TcpState;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.vtcp.host.HeldSyn;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.vtcp.host.TcpEvents;
import io.pktkit.wire.IpProtocol;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One guest connection: the SYN while the socket is dialled, what happens on the guest's side, which only schedules the socket, and what
 * is told of it. Guarded by the namespace's lock, but for its constants.
 */
final class TcpFlow implements TcpEvents {
    /** What there is to do for a socket, besides operations to wait for. */
    static final int RESET = -1;

    static final int IN_ORDER = -2;

    private final Namespace namespace;
    private final TcpNat nat;
    private final HeldSyn held;
    private final TcpSocket socket;
    private final long startedNanos;

    TcpNat.@Nullable Claim claim;
    private GuestMemory.@Nullable Part memory;
    private boolean dialing = true;

    /** It only waits for the loop to end it. */
    boolean withdrawn;

    /** Of dialling, and then of the guest's handshake. */
    private long deadline;

    private @Nullable HostConnection guest;

    /** Whether it waits for the thread that brings the guest's packets. */
    boolean queued;

    /** The host has sent something since the guest's last data went on without the loop. */
    boolean answered = true;

    /** The host was not read because the guest has not completed the handshake. */
    private boolean heldBack;

    TcpFlow(Namespace namespace, TcpNat nat, HeldSyn held, long dialDeadline) {
        this.namespace = namespace;
        this.nat = nat;
        this.held = held;
        this.deadline = dialDeadline;
        this.startedNanos = namespace.nowNanos();
        this.socket = new TcpSocket(namespace, this);
    }

    @Override
    public void onEstablished(HostConnection connection, long nowNanos) {
        nat.onProven(this);
        if (heldBack) {
            socket.schedule();
        }
    }

    @Override
    public void onReadable(HostConnection connection, long nowNanos) {
        // One request for each answer: who sends on and on has the loop, where the others have their turns.
        if (answered && connection.unacknowledged() == 0 && nat.uplink().offer(this)) {
            answered = false;
        } else {
            socket.schedule();
        }
    }

    @Override
    public void onWritable(HostConnection connection, long nowNanos) {
        socket.schedule();
    }

    @Override
    public void onDelivered(HostConnection connection, long nowNanos) {
        socket.schedule();
    }

    @Override
    public void onClosed(HostConnection connection, long nowNanos) {
        socket.schedule();
    }

    /** Others need the place, and the guest has not completed the handshake: its next SYN is a new one. */
    void evict() {
        held.forget();
        cancelDial();
    }

    /** The guest has lost interest. */
    void cancelDial() {
        dialEnded();
        withdraw();
    }

    private void withdraw() {
        if (nat.onWithdrawn(this)) {
            socket.withdraw();
        }
    }

    /** The host's network does not let us through, or not soon enough. */
    void failDial(long nowNanos) {
        if (dialing) {
            dialEnded();
            held.refuse(nowNanos);
            withdraw();
        }
    }

    /** The host has accepted: now the guest is answered. Null if it has lost interest meanwhile. */
    @Nullable
    HostConnection accept(long nowNanos) {
        dialEnded();
        GuestMemory.Part part = namespace.guestMemory().enter(held.tuple().remoteAddress());
        memory = part;
        guest = held.accept(part.tcp(), this, nowNanos);
        if (guest != null) {
            deadline = nat.onAnswered(this, nowNanos);
        }
        return guest;
    }

    /** When dialling is given up, or the guest's handshake. */
    long deadline() {
        return deadline;
    }

    /** The socket is gone. */
    void onEnded(long nowNanos) {
        dialEnded();
        nat.onEnded(this);
        HostConnection connection = guest;
        if (connection != null && connection.state() == TcpState.SYN_RECEIVED) {
            connection.abort(nowNanos); // nobody is there who would complete it
        } else if (connection != null) {
            connection.release(nowNanos); // what it had to read is nobody's
        }
        GuestMemory.Part part = memory;
        if (part != null) {
            memory = null;
            namespace.guestMemory().leave(part);
        }
    }

    private void dialEnded() {
        if (dialing) {
            dialing = false;
            nat.onDialed(this);
        }
    }

    /** Bytes the guest's send buffer takes; when none, an event is to come that schedules the socket. */
    int roomForHost(HostConnection connection) {
        heldBack = !connection.isEstablished();
        if (heldBack) {
            return 0;
        }
        int room = connection.writable();
        if (room == 0) {
            connection.notifyWhenWritable();
        }
        return room;
    }

    /** What was acknowledged to a host that has reset is the guest's; then it learns that there is no more. */
    int resetDelivered(HostConnection connection) {
        if (connection.unacknowledged() > 0) {
            connection.notifyWhenDelivered();
            return 0;
        }
        connection.abort(namespace.nowNanos());
        return RESET;
    }

    /** What there is to tell. */
    SlirpFlow snapshot(long nowNanos) {
        TcpTuple tuple = held.tuple();
        HostConnection connection = guest;
        TcpInfo info = connection == null ? null : connection.info(nowNanos);
        return new SlirpFlow(
                namespace.namespace(),
                IpProtocol.TCP,
                tuple.remoteAddress(),
                tuple.remotePort(),
                tuple.localAddress(),
                tuple.localPort(),
                info == null ? "DIALING" : info.state().name(),
                info == null ? 0 : info.counters().bytesReceived(),
                info == null ? 0 : info.counters().bytesAcked(),
                Duration.ofNanos(nowNanos - startedNanos));
    }

    /** The guest's address and port, and those it dials. Any thread. */
    TcpTuple tuple() {
        return held.tuple();
    }

    /** Any thread. */
    TcpSocket socket() {
        return socket;
    }
}
