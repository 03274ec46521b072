// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

import io.pktkit.device.Offload;
import io.pktkit.device.Outbox;
import io.pktkit.iphost.internal.Identifications;
import io.pktkit.iphost.internal.PathMtus;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpHeader;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Queues the packets of a host that are not TCP's, in fragments where they are longer than the path takes. What fits is written in
 * place and allocates nothing. Owned like the host.
 *
 * <p>A packet is begun with {@link #reserve}, written behind the position of the buffer, and ended with {@link #send}.
 */
public final class IpOutput {
    private static final int MAX_PACKET = 65535 + 40;

    /** Of a super-segment: what the kernel's headers of either family can say. */
    private static final int MAX_SUPER_SEGMENT = 65535;

    private final HostAddresses addresses;
    private final Outbox outbox;
    private final Supplier<Set<Offload>> offloads;
    private final PathMtus paths;
    private final Fragmenter fragmenter = new Fragmenter();
    private final Consumer<Packet> append;
    private final Packet view = new Packet();

    private final Identifications identifications = new Identifications();
    private ByteBuffer large = ByteBuffer.allocate(0);
    private int limit;
    private boolean whole;
    private boolean outside;

    /** Of the next packet only. */
    private int hopLimit = IpHeader.DEFAULT_HOP_LIMIT;

    private int trafficClass;

    IpOutput(HostAddresses addresses, Outbox outbox, Supplier<Set<Offload>> offloads, int mtu) {
        this.addresses = addresses;
        this.outbox = outbox;
        this.offloads = offloads;
        this.paths = new PathMtus(mtu);
        this.append = fragment -> outbox.append(fragment.buffer(), fragment.offset(), fragment.length());
    }

    /**
     * The most octets of payload that UDP carries over a family, by RFC 768 and RFC 8200.
     *
     * @param family which
     * @return bytes
     */
    public static int maxUdpPayload(IpFamily family) {
        return family == IpFamily.IPV4 ? 65507 : 65527;
    }

    /**
     * Room for the transport part of a packet. One reservation is open at a time; a later one gives the earlier up.
     *
     * @param destination where the packet goes
     * @param length bytes of the transport part, at most what the IP header can say
     * @param nowNanos the time
     * @return a big-endian buffer of old bytes whose position is where the transport part begins
     */
    public ByteBuffer reserve(IpAddress destination, int length, long nowNanos) {
        int header = IpHeader.length(destination.family());
        int total = header + length;
        findPath(destination, nowNanos);
        whole = total <= limit;
        ByteBuffer target = whole ? outbox.reserve(total) : large(total);
        return target.position(target.position() + header);
    }

    private void findPath(IpAddress destination, long nowNanos) {
        outside = !addresses.isOwn(destination) && !destination.isLoopback();
        limit = outside ? paths.to(destination, nowNanos) : MAX_PACKET;
    }

    /**
     * Queues the packet whose transport part was written into the buffer of the last {@link #reserve}, its checksum included.
     *
     * @param buffer that buffer, its position unchanged
     * @param source of the packet
     * @param destination of the packet, the one that was reserved for
     * @param protocol of the transport part
     * @param length of the transport part, the one that was reserved
     * @return false if the queue is full
     */
    public boolean send(ByteBuffer buffer, IpAddress source, IpAddress destination, int protocol, int length) {
        return send(buffer, source, destination, protocol, length, 0, false);
    }

    private boolean send(
            ByteBuffer buffer,
            IpAddress source,
            IpAddress destination,
            int protocol,
            int length,
            int segmentSize,
            boolean checksumPending) {
        int header = IpHeader.length(destination.family());
        int start = buffer.position() - header;
        int datagrams = segmentSize == 0 ? 1 : (length - UdpDatagram.HEADER_LENGTH - 1) / segmentSize + 1;
        int identification = identifications.next(source, destination, datagrams);
        IpHeader.write(
                buffer,
                start,
                source,
                destination,
                protocol,
                length,
                hopLimit,
                identification & 0xFFFF,
                trafficClass,
                false);
        mark(IpHeader.DEFAULT_HOP_LIMIT, 0);
        if (whole) {
            return outbox.commit(buffer, start, header + length, segmentSize, checksumPending);
        }
        view.wrap(buffer, start, header + length);
        return fragmenter.fragment(view, limit, identification, append) == Fragmenter.Result.FRAGMENTED;
    }

    /** Has the next packet another hop limit and traffic class than 64 and 0. */
    void mark(int hops, int octet) {
        hopLimit = hops;
        trafficClass = octet;
    }

    /**
     * Queues a UDP datagram.
     *
     * @param source of the packet
     * @param sourcePort its port
     * @param destination of the packet, of the same family
     * @param destinationPort its port
     * @param payload from its position to its limit, which stay
     * @param nowNanos the time
     * @return false if the payload is too long for a datagram, or the queue is full
     */
    public boolean sendUdp(
            IpAddress source,
            int sourcePort,
            IpAddress destination,
            int destinationPort,
            ByteBuffer payload,
            long nowNanos) {
        if (payload.remaining() > maxUdpPayload(destination.family())) {
            return false;
        }
        int from = payload.position();
        return sendOne(
                source,
                sourcePort,
                destination,
                destinationPort,
                payload,
                from,
                payload.limit() - from,
                offloads.get().contains(Offload.CHECKSUM),
                nowNanos);
    }

    /**
     * Queues UDP datagrams of one length, of which the last may be shorter: as one super-segment if whoever takes the packets cuts
     * those, else one by one.
     *
     * @param source of the packets
     * @param sourcePort their port
     * @param destination of the packets, of the same family
     * @param destinationPort their port
     * @param payloads one behind the other from its position to its limit, which stay
     * @param length of each payload but the last, 1 to 65535
     * @param nowNanos the time
     * @return how many were not queued: they are too long for a datagram, or the queue is full
     */
    public int sendUdp(
            IpAddress source,
            int sourcePort,
            IpAddress destination,
            int destinationPort,
            ByteBuffer payloads,
            int length,
            long nowNanos) {
        if (length < 1 || length > 65535) {
            throw new IllegalArgumentException("length must be in 1 to 65535: length=" + length);
        }
        Set<Offload> taken = offloads.get();
        boolean checksumPending = taken.contains(Offload.CHECKSUM);
        int from = payloads.position();
        int rest = payloads.limit() - from;
        int count = (rest + length - 1) / length;
        int headers = IpHeader.length(destination.family()) + UdpDatagram.HEADER_LENGTH;
        findPath(destination, nowNanos);
        boolean joined = count > 1
                && outside
                && checksumPending
                && taken.contains(Offload.SEGMENTATION)
                && headers + length <= limit
                && headers + rest <= MAX_SUPER_SEGMENT;
        if (joined) {
            return sendSuperSegment(source, sourcePort, destination, destinationPort, payloads, length) ? 0 : count;
        }
        int lost = 0;
        for (int at = from; rest > 0; at += length, rest -= length) {
            int each = Math.min(length, rest);
            boolean queued = each <= maxUdpPayload(destination.family())
                    && sendOne(
                            source,
                            sourcePort,
                            destination,
                            destinationPort,
                            payloads,
                            at,
                            each,
                            checksumPending,
                            nowNanos);
            lost += queued ? 0 : 1;
        }
        return lost;
    }

    private boolean sendSuperSegment(
            IpAddress source,
            int sourcePort,
            IpAddress destination,
            int destinationPort,
            ByteBuffer payloads,
            int segmentSize) {
        int from = payloads.position();
        int payload = payloads.limit() - from;
        int length = UdpDatagram.HEADER_LENGTH + payload;
        int header = IpHeader.length(destination.family());
        ByteBuffer buffer = outbox.reserve(header + length);
        buffer.position(buffer.position() + header);
        writeUdp(buffer, source, sourcePort, destination, destinationPort, payloads, from, payload, true);
        whole = true;
        return send(buffer, source, destination, IpProtocol.UDP, length, segmentSize, true);
    }

    private boolean sendOne(
            IpAddress source,
            int sourcePort,
            IpAddress destination,
            int destinationPort,
            ByteBuffer payload,
            int from,
            int payloadLength,
            boolean mayPend,
            long nowNanos) {
        int length = UdpDatagram.HEADER_LENGTH + payloadLength;
        ByteBuffer buffer = reserve(destination, length, nowNanos);
        boolean pending = mayPend && whole && outside;
        writeUdp(buffer, source, sourcePort, destination, destinationPort, payload, from, payloadLength, pending);
        return send(buffer, source, destination, IpProtocol.UDP, length, 0, pending);
    }

    private static void writeUdp(
            ByteBuffer buffer,
            IpAddress source,
            int sourcePort,
            IpAddress destination,
            int destinationPort,
            ByteBuffer payload,
            int from,
            int payloadLength,
            boolean checksumPending) {
        int at = buffer.position();
        int length = UdpDatagram.HEADER_LENGTH + payloadLength;
        buffer.putShort(at, (short) sourcePort);
        buffer.putShort(at + 2, (short) destinationPort);
        buffer.putShort(at + 4, (short) length);
        buffer.putShort(at + 6, (short) 0);
        buffer.put(at + UdpDatagram.HEADER_LENGTH, payload, from, payloadLength);
        int checksum = checksumPending
                ? Checksum.pseudoHeader(source, destination, IpProtocol.UDP, length)
                : Checksum.orAllOnes( // zero would mean "no checksum", RFC 768
                        Checksum.transport(source, destination, IpProtocol.UDP, buffer, at, length));
        buffer.putShort(at + 6, (short) checksum);
    }

    /**
     * A hop towards an address takes no longer packets than this; believed down to what every path must take.
     *
     * @param destination the address
     * @param mtu bytes
     * @param nowNanos the time
     */
    public void lowerMtu(IpAddress destination, int mtu, long nowNanos) {
        paths.lower(destination, mtu, nowNanos);
    }

    /**
     * Queues an ICMP or ICMPv6 message that was written into the buffer of the last {@link #reserve}, but for its checksum.
     *
     * @param buffer that buffer, its position unchanged
     * @param source of the packet
     * @param destination of the packet
     * @param length of the message
     * @return false if the queue is full
     */
    boolean sendIcmp(ByteBuffer buffer, IpAddress source, IpAddress destination, int length) {
        int at = buffer.position();
        int protocol = source.isIpv4() ? IpProtocol.ICMP : IpProtocol.ICMPV6;
        buffer.putShort(at + 2, (short) 0);
        int checksum = source.isIpv4()
                ? Checksum.internet(buffer, at, length)
                : Checksum.transport(source, destination, protocol, buffer, at, length);
        buffer.putShort(at + 2, (short) checksum);
        return send(buffer, source, destination, protocol, length);
    }

    /** Room for a packet that is written whole, IP header included, and is no longer than every path takes. */
    ByteBuffer reservePacket(int length) {
        return outbox.reserve(length);
    }

    /** Queues what was written behind the position of the buffer of {@link #reservePacket}. */
    boolean sendPacket(ByteBuffer buffer, int length) {
        return outbox.commit(buffer, buffer.position(), length);
    }

    private ByteBuffer large(int length) {
        if (large.capacity() < length) {
            large = ByteBuffer.allocate(MAX_PACKET);
        }
        return large.clear();
    }
}
