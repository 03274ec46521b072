// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.DropReason;
import io.pktkit.time.Timers;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The UDP endpoints of the guests of one namespace, each with a socket of its own: one for each guest address and port, whatever
 * it talks to (endpoint-independent mapping, RFC 4787, REQ-1). Guarded by the namespace's lock.
 */
final class UdpNat {
    private final Namespace namespace;
    private final Share share;
    private final Map<Endpoint, UdpMapping> mappings = new HashMap<>();
    private final long sweepNanos;
    private long nextSweep = Timers.NEVER;

    UdpNat(Namespace namespace, Share share) {
        this.namespace = namespace;
        this.share = share;
        // Looking at all mappings this often keeps each at most a half longer than its time.
        this.sweepNanos = Math.max(
                1,
                Math.min(
                                namespace.stack().config().udpIdleNanos(),
                                namespace.stack().config().dnsIdleNanos())
                        / 2);
    }

    /** Takes a whole datagram with a good checksum towards the outside. */
    @Nullable
    DropReason onDatagram(Packet packet, UdpDatagram udp, long nowNanos) {
        Endpoint guest = new Endpoint(packet.source(), udp.sourcePort());
        UdpMapping mapping = mappings.get(guest);
        if (mapping == null) {
            if (!share.tryAcquire()) {
                return DropReason.TABLE_FULL;
            }
            mapping = new UdpMapping(namespace, this, guest);
            mappings.put(guest, mapping);
            if (nextSweep == Timers.NEVER) {
                nextSweep = Timers.after(nowNanos, sweepNanos);
            }
        }
        return mapping.enqueue(packet.destination(), udp, nowNanos);
    }

    /** Ends what has been idle for its time. */
    void onTick(long nowNanos) {
        if (!Timers.isDue(nextSweep, nowNanos)) {
            return;
        }
        for (Iterator<UdpMapping> all = mappings.values().iterator(); all.hasNext(); ) {
            UdpMapping mapping = all.next();
            if (mapping.isIdle(nowNanos)) {
                all.remove();
                retire(mapping);
            }
        }
        nextSweep = mappings.isEmpty() ? Timers.NEVER : Timers.after(nowNanos, sweepNanos);
    }

    long nextDeadlineNanos() {
        return nextSweep;
    }

    /** The mapping has no socket to work with: the guest's next datagram tries again. */
    void remove(UdpMapping mapping) {
        if (mappings.remove(mapping.guest(), mapping)) {
            retire(mapping);
        }
    }

    List<UdpMapping> mappings() {
        return new ArrayList<>(mappings.values());
    }

    int size() {
        return mappings.size();
    }

    private void retire(UdpMapping mapping) {
        mapping.retire();
        share.release();
        namespace.stack().loop().execute(mapping::end);
    }
}
