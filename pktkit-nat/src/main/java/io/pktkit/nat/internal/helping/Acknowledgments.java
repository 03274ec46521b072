// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.helping;

import io.pktkit.nat.internal.stream.StreamEdits;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.IpHeader;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpOptions;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The acknowledgments of streams that helpers change: those of receivers, and ours for what is held back. */
final class Acknowledgments {

    private final TcpOptions options = new TcpOptions();

    /**
     * Acknowledges text that is held back, in place of its receiver: who waits for that before sending more (RFC 896) would
     * wait for ever. When the rest is lost its sender repeats that, and we what was held before it.
     */
    void send(StreamEdits own, StreamEdits other, Packet original, @Nullable WayBack back) {
        TcpSegment heard = original.tcp();
        if (back == null || heard == null || !heard.has(TcpSegment.ACK) || !own.isHeldTaken()) {
            return;
        }
        options.wrap(heard);
        int stamps = -1;
        while (options.next()) {
            if (options.kind() == TcpOptions.TIMESTAMPS && options.valueLength() == 8) {
                stamps = options.valueOffset();
            }
        }
        int header = IpHeader.length(original.source().family());
        int tcp = TcpSegment.MIN_HEADER_LENGTH + (stamps < 0 ? 0 : 12);
        ByteBuffer reply = back.begin(header + tcp);
        IpHeader.write(
                reply,
                0,
                original.destination(),
                original.source(),
                IpProtocol.TCP,
                tcp,
                IpHeader.DEFAULT_HOP_LIMIT,
                0,
                0,
                true);
        reply.putShort(header, (short) heard.destinationPort());
        reply.putShort(header + 2, (short) heard.sourcePort());
        reply.putInt(header + 4, heard.acknowledgmentNumber());
        reply.putInt(header + 8, own.lookedTo() + own.heldLength());
        reply.putInt(header + 12, tcp << 26 | TcpSegment.ACK << 16 | (other.window() & 0xFFFF));
        reply.putInt(header + 16, 0);
        if (stamps >= 0) {
            reply.putInt(header + 20, TcpOptions.NOP << 24 | TcpOptions.NOP << 16 | TcpOptions.TIMESTAMPS << 8 | 10);
            reply.putInt(header + 24, heard.buffer().getInt(stamps + 4));
            reply.putInt(header + 28, heard.buffer().getInt(stamps));
        }
        back.commit(header + tcp).recomputeTransportChecksum();
    }

    /** Puts the acknowledgments of the other stream into the terms of who sent it. */
    boolean translate(TcpSegment tcp, StreamEdits other) {
        if (!tcp.has(TcpSegment.ACK)) {
            return false;
        }
        int seen = tcp.acknowledgmentNumber();
        int sent = other.acknowledged(seen);
        if (other.isClean()) {
            return false;
        }
        tcp.acknowledgmentNumber(sent);
        options.wrap(tcp);
        ByteBuffer bytes = tcp.buffer();
        while (options.next()) {
            if (options.kind() == TcpOptions.SACK) {
                int at = options.valueOffset();
                for (int block = 0; block + 8 <= options.valueLength(); block += 8) {
                    bytes.putInt(at + block, other.leftEdge(bytes.getInt(at + block)));
                    bytes.putInt(at + block + 4, other.rightEdge(bytes.getInt(at + block + 4)));
                }
            }
        }
        other.settle(seen);
        return true;
    }

    /** Puts the numbers of a first fragment into the terms of who gets it; its checksum covers what is not there. */
    void translateFragment(Packet packet, TcpSegment tcp, StreamEdits own, StreamEdits other) {
        int at = packet.transportOffset() + 4;
        int before = Checksum.sum(tcp.buffer(), at, 8);
        tcp.sequenceNumber(own.seen(tcp.sequenceNumber()));
        if (tcp.has(TcpSegment.ACK)) {
            tcp.acknowledgmentNumber(other.acknowledged(tcp.acknowledgmentNumber()));
        }
        tcp.checksum(Checksum.update(tcp.checksum(), before, Checksum.sum(tcp.buffer(), at, 8)));
    }

    /** The shift that a SYN announces; 0 for none. */
    int windowScale(TcpSegment syn) {
        options.wrap(syn);
        while (options.next()) {
            if (options.kind() == TcpOptions.WINDOW_SCALE && options.valueLength() == 1) {
                return Math.min(14, syn.buffer().get(options.valueOffset()) & 0xFF);
            }
        }
        return 0;
    }
}
