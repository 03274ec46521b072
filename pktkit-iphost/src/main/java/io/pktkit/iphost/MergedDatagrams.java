// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.device.ForwardingDepth;
import io.pktkit.device.Sender;
import io.pktkit.internal.OffloadFinisher;
import io.pktkit.internal.ThreadState;
import io.pktkit.wire.Packet;
import org.jspecify.annotations.Nullable;

/** Datagrams that came as one super-segment: a port and a gateway are told of them one by one. Owned like the host. */
final class MergedDatagrams implements Sender<Packet> {
    /** Why something is refused is told by the answer; nobody reads these. */
    private static final DeviceStats UNREAD = new DeviceStats();

    private final UdpPorts ports;
    private HostAddresses.Scope scope = HostAddresses.Scope.OTHER;
    private long nowNanos;
    private @Nullable DropReason refused;

    MergedDatagrams(UdpPorts ports) {
        this.ports = ports;
    }

    /** Takes all of them; answers why the last of those that were dropped was, or null. */
    @Nullable
    DropReason onPacket(Packet packet, HostAddresses.Scope itsScope, long now) {
        ThreadState thread = ThreadState.current();
        if (!thread.enter(ForwardingDepth.DEFAULT_LIMIT)) {
            return DropReason.LOOP;
        }
        scope = itsScope;
        nowNanos = now;
        refused = null;
        try {
            boolean all = OffloadFinisher.sendFinished(this, UNREAD, true, packet, thread);
            return all || refused != null ? refused : DropReason.MALFORMED;
        } finally {
            thread.leave();
        }
    }

    @Override
    public boolean send(Packet datagram) {
        DropReason reason = ports.onPacket(datagram, scope, nowNanos);
        refused = reason == null ? refused : reason;
        return reason == null;
    }
}
