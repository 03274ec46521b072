// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.DropReason;
import io.pktkit.iphost.TenantQuota;
import io.pktkit.time.Timers;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The UDP endpoints of the guests of one namespace, each with a socket of its own: one for each guest address and port, whatever
 * it talks to (endpoint-independent mapping, RFC 4787, REQ-1). Guarded by the namespace's lock.
 */
final class UdpNat {
    private static final int RECENT = 64;

    private final Namespace namespace;
    private final TenantQuota.Tenant quota;
    private final Map<Endpoint, UdpMapping> mappings = new HashMap<>();

    /** Those that were used last, by their address and port; a datagram that is not the first finds its own without an object. */
    private final @Nullable UdpMapping[] recent = new UdpMapping[RECENT];

    private final UdpUplink uplink;

    /** Endpoints that have given their places back and whose sockets wait for the loop to close them. */
    private final AtomicInteger retired = new AtomicInteger();

    private final long sweepNanos;
    private long nextSweep = Timers.NEVER;

    UdpNat(Namespace namespace, TenantQuota.Tenant quota) {
        this.namespace = namespace;
        this.quota = quota;
        this.uplink = new UdpUplink(namespace);
        // Looking at all mappings this often keeps each at most a half longer than its time.
        this.sweepNanos = Math.max(
                1,
                Math.min(
                                namespace.stack().config().udpIdleNanos(),
                                namespace.stack().config().dnsIdleNanos())
                        / 2);
    }

    /** The endpoint that sends this, if it was used lately. */
    @Nullable
    UdpMapping recent(Packet packet, int sourcePort) {
        UdpMapping mapping = recent[place(packet.sourceHigh(), packet.sourceLow(), sourcePort)];
        return mapping != null && mapping.isOf(packet, sourcePort) ? mapping : null;
    }

    private static int place(long high, long low, int port) {
        int mixed = Long.hashCode(high * 31 + low) * 31 + port;
        return (mixed ^ mixed >>> 6 ^ mixed >>> 12 ^ mixed >>> 18) & (RECENT - 1);
    }

    private static int place(Endpoint guest) {
        return place(guest.address().high(), guest.address().low(), guest.port());
    }

    UdpUplink uplink() {
        return uplink;
    }

    /** Takes a whole datagram with a good checksum towards the outside. */
    @Nullable
    DropReason onDatagram(Packet packet, UdpDatagram udp, long nowNanos) {
        UdpMapping known = recent(packet, udp.sourcePort());
        if (known != null) {
            return known.enqueue(packet, udp, nowNanos);
        }
        Endpoint guest = new Endpoint(packet.source(), udp.sourcePort());
        UdpMapping mapping = mappings.get(guest);
        if (mapping == null) {
            if (retired.get() > namespace.stack().config().limits().udpMappings()) {
                return DropReason.QUEUE_FULL; // what the loop has not got to is not in the quota any more
            }
            mapping = new UdpMapping(namespace, this, guest);
            TenantQuota.Place place = quota.take(guest.address(), mapping);
            if (place == null) {
                mapping.forget();
                return DropReason.TABLE_FULL;
            }
            mapping.place = place;
            mappings.put(guest, mapping);
            if (nextSweep == Timers.NEVER) {
                nextSweep = Timers.after(nowNanos, sweepNanos);
            }
        }
        recent[place(guest)] = mapping;
        return mapping.enqueue(packet, udp, nowNanos);
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

    /** Those that wait to be closed, for tests. */
    int retired() {
        return retired.get();
    }

    private void retire(UdpMapping mapping) {
        int place = place(mapping.guest());
        if (mapping.equals(recent[place])) {
            recent[place] = null;
        }
        mapping.retire();
        retired.incrementAndGet();
        namespace.stack().loop().execute(() -> {
            mapping.socket().end();
            retired.decrementAndGet();
        });
    }
}
