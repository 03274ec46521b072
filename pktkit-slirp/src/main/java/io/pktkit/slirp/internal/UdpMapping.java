// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.DropReason;
import io.pktkit.iphost.DatagramQueue;
import io.pktkit.iphost.TenantQuota;
import io.pktkit.slirp.SlirpFlow;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One guest UDP endpoint: what it has queued, and what is told of it. What goes on to where the last went is sent by the {@link UdpUplink},
 * all else by the loop: never both at a time, for what is queued has one who sends it. Guarded by the namespace's lock.
 */
final class UdpMapping implements TenantQuota.Holder {
    private static final int DNS_PORT = 53;

    private final Namespace namespace;
    private final UdpNat nat;
    private final Endpoint guest;
    private final long guestHigh;
    private final long guestLow;
    private final UdpSocket socket;

    private final GuestMemory.Part memory;
    private final DatagramQueue queue;
    private boolean scheduled;
    private boolean retired;
    private boolean dnsOnly = true;

    /** The way of what was sent last; null while the loop has to find one. */
    private @Nullable UdpRoute route;

    /** Null until it is one of the namespace's. */
    TenantQuota.@Nullable Place place;

    private long lastActiveNanos;
    private final long startedNanos;
    private @Nullable IpAddress lastDestination;
    private int lastPort;
    private long bytesOut;
    private long bytesIn;
    private boolean answered;
    private @Nullable Endpoint destination;

    UdpMapping(Namespace namespace, UdpNat nat, Endpoint guest) {
        this.namespace = namespace;
        this.nat = nat;
        this.guest = guest;
        this.guestHigh = guest.address().high();
        this.guestLow = guest.address().low();
        this.startedNanos = namespace.nowNanos();
        this.memory = namespace.guestMemory().enter(guest.address());
        this.queue = new DatagramQueue(memory.budget());
        this.socket = new UdpSocket(namespace, this);
    }

    boolean isOf(Packet packet, int sourcePort) {
        return guest.port() == sourcePort
                && guestLow == packet.sourceLow()
                && guestHigh == packet.sourceHigh()
                && guest.address().isIpv6() == packet.isIpv6();
    }

    /** Whether that is where the guest's last datagram went. */
    boolean sentLastTo(Packet packet, int port) {
        return lastPort == port && isLastDestination(packet);
    }

    private boolean isLastDestination(Packet packet) {
        IpAddress last = lastDestination;
        return last != null
                && last.low() == packet.destinationLow()
                && last.high() == packet.destinationHigh()
                && last.isIpv6() == packet.isIpv6();
    }

    /** Takes a datagram, or those of a super-segment. */
    @Nullable
    DropReason enqueue(Packet packet, UdpDatagram udp, long nowNanos) {
        lastActiveNanos = nowNanos;
        bytesOut += udp.payloadLength();
        if (!isLastDestination(packet)) {
            lastDestination = packet.destination();
        }
        lastPort = udp.destinationPort();
        dnsOnly &= udp.destinationPort() == DNS_PORT;
        int rest = udp.payloadLength();
        int each = packet.segmentSize() == 0 ? rest : packet.segmentSize();
        if (rest > (long) each * DatagramQueue.MAX_DATAGRAMS) {
            return DropReason.UNSUPPORTED; // nobody cuts so finely
        }
        int at = udp.payloadOffset();
        int refused = offer(packet, udp, at, Math.min(each, rest)) ? 0 : 1;
        for (rest -= each, at += each; rest > 0; rest -= each, at += each) {
            if (!offer(packet, udp, at, Math.min(each, rest))) {
                namespace.dropped(DropReason.QUEUE_FULL);
            }
        }
        if (!scheduled && queue.size() > 0) {
            scheduled = true;
            nat.uplink().add(this);
        }
        return refused == 0 ? null : DropReason.QUEUE_FULL;
    }

    private boolean offer(Packet packet, UdpDatagram udp, int at, int length) {
        nat.uplink().added(length);
        return queue.offer(
                packet.isIpv6() ? IpFamily.IPV6 : IpFamily.IPV4,
                packet.destinationHigh(),
                packet.destinationLow(),
                udp.destinationPort(),
                udp.buffer(),
                at,
                length);
    }

    /** For the uplink: takes what goes the way that is known. When the next does not, the loop has to send it, and what follows. */
    void take(PayloadBatch batch) {
        UdpRoute known = route;
        int next = queue.nextLength();
        while (known != null
                && next >= 0
                && batch.hasRoom(next)
                && (next > 0 || !known.connected()) // see sendTo
                && queue.isNext(known.name().address(), known.name().port())) {
            batch.take(queue);
            next = queue.nextLength();
        }
        batch.route = known;
        if (next < 0) {
            scheduled = false;
        } else if (batch.size() == 0) {
            namespace.stack().loop().execute(socket);
        }
    }

    /** Whether it must have another turn. */
    boolean hasMore() {
        return scheduled;
    }

    /** For the loop: takes what is queued. When that is nothing, the uplink is the one to send from now on, the way that was found. */
    void takeAll(PayloadBatch batch, @Nullable UdpRoute found) {
        int next = queue.nextLength();
        while (next >= 0 && batch.hasRoom(next)) {
            queue.poll(batch.buffer());
            Endpoint last = destination;
            if (last == null || last.port() != queue.port() || !last.address().equals(queue.address())) {
                last = new Endpoint(queue.address(), queue.port());
                destination = last;
            }
            batch.add(last);
            next = queue.nextLength();
        }
        if (batch.size() == 0) {
            scheduled = false;
            route = found;
        }
    }

    /** Hands on what has arrived, in order. */
    void deliver(PayloadBatch batch, long now) {
        if (retired) {
            return;
        }
        lastActiveNanos = now;
        bytesIn += batch.buffer().position();
        prove();
        for (int i = 0, next; i < batch.size(); i = next) {
            next = batch.endOfRun(i);
            int lost = namespace.sendUdp(
                    Objects.requireNonNull(batch.remote(i)), guest, batch.payloads(i, next), batch.length(i), now);
            for (int each = 0; each < lost; each++) {
                namespace.dropped(DropReason.QUEUE_FULL);
            }
        }
    }

    /** Somebody has answered: the guest's address is no invention. */
    private void prove() {
        answered = true;
        TenantQuota.Place taken = place;
        if (taken != null) {
            taken.proven();
        }
    }

    boolean isIdle(long nowNanos) {
        long idle = dnsOnly
                ? namespace.stack().config().dnsIdleNanos()
                : namespace.stack().config().udpIdleNanos();
        return nowNanos - lastActiveNanos >= idle;
    }

    /** What there is to tell. */
    SlirpFlow snapshot(long nowNanos) {
        IpAddress last = lastDestination;
        return new SlirpFlow(
                namespace.namespace(),
                IpProtocol.UDP,
                guest.address(),
                guest.port(),
                last,
                last == null ? 0 : lastPort,
                answered ? "ANSWERED" : "UNANSWERED",
                bytesOut,
                bytesIn,
                Duration.ofNanos(nowNanos - startedNanos));
    }

    void retire() {
        retired = true;
        forget();
        TenantQuota.Place taken = place;
        if (taken != null) {
            taken.release();
        }
    }

    /** Gives the memory back. */
    void forget() {
        queue.clear();
        namespace.guestMemory().leave(memory);
    }

    /** It has no socket to work with: the guest's next datagram tries again. */
    void remove() {
        nat.remove(this);
    }

    /** Others need the place, and nobody has answered yet. */
    @Override
    public void onEvicted() {
        namespace.dropped(DropReason.TABLE_FULL);
        nat.remove(this);
    }

    Endpoint guest() {
        return guest;
    }

    UdpSocket socket() {
        return socket;
    }
}
