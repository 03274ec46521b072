// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.Outbox;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpHeader;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import java.security.SecureRandom;

/** Writes packets for the guests of one namespace, in fragments where the link needs it. Guarded by the namespace's lock. */
final class Emitter {
    private static final int MAX_LENGTH_FIELD = 0xffff;

    private final Outbox outbox;
    private final int mtu;
    private final Fragmenter fragmenter = new Fragmenter();
    private final Packet oversize = new Packet();
    private int identification = new SecureRandom().nextInt();

    Emitter(Outbox outbox, int mtu) {
        this.outbox = outbox;
        this.mtu = mtu;
    }

    /** Room for a packet of that length, from the buffer's position on; to be given to a send method next. */
    ByteBuffer reserve(int length) {
        return length <= mtu ? outbox.reserve(length) : ByteBuffer.allocate(length);
    }

    /** Writes the IP header before a payload that is in place, and sends the packet. */
    boolean send(ByteBuffer buffer, IpAddress from, IpAddress to, int protocol, int payloadLength) {
        identification++;
        int header = IpHeader.write(
                buffer,
                buffer.position(),
                from,
                to,
                protocol,
                payloadLength,
                IpHeader.DEFAULT_HOP_LIMIT,
                identification & 0xffff,
                0,
                false);
        return sendWritten(buffer, header + payloadLength);
    }

    /** Sends a packet that has its IP header. */
    boolean sendWritten(ByteBuffer buffer, int length) {
        if (buffer.limit() - buffer.position() <= mtu) {
            return outbox.commit(buffer, buffer.position(), length);
        }
        oversize.wrap(buffer, buffer.position(), length);
        return fragmenter.fragment(oversize, mtu, identification, this::append) == Fragmenter.Result.FRAGMENTED;
    }

    /** False when the payload is too long for a datagram, or there is no room for it. */
    boolean udp(Endpoint from, Endpoint to, ByteBuffer payload) {
        int length = UdpDatagram.HEADER_LENGTH + payload.remaining();
        int header = IpHeader.length(to.address().family());
        if (length > MAX_LENGTH_FIELD - (to.address().isIpv4() ? header : 0)) {
            return false;
        }
        ByteBuffer buffer = reserve(header + length);
        int at = buffer.position() + header;
        buffer.putShort(at, (short) from.port());
        buffer.putShort(at + 2, (short) to.port());
        buffer.putShort(at + 4, (short) length);
        buffer.putShort(at + 6, (short) 0);
        buffer.put(at + UdpDatagram.HEADER_LENGTH, payload, payload.position(), payload.remaining());
        int checksum = Checksum.transport(from.address(), to.address(), IpProtocol.UDP, buffer, at, length);
        buffer.putShort(at + 6, (short) Checksum.orAllOnes(checksum));
        return send(buffer, from.address(), to.address(), IpProtocol.UDP, length);
    }

    private void append(Packet fragment) {
        outbox.append(fragment.buffer(), fragment.offset(), fragment.length());
    }
}
