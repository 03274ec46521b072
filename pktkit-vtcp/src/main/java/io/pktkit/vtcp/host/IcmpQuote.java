// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The TCP segment an ICMP error quotes: ports and sequence number, which are the eight bytes that RFC 792 promises. Reused; owned
 * by one {@link TcpHost}.
 */
final class IcmpQuote {
    private static final int QUOTED_PORTS_AND_SEQUENCE = 8;

    private Packet quoted = new Packet();
    private int transport;

    /** False when the message does not quote the start of a TCP segment. */
    boolean read(Packet outer, IcmpMessage icmp) {
        Packet inner = icmp.quotedPacket();
        if (inner == null) {
            return false;
        }
        quoted = inner;
        if (quoted.family() != outer.family() || quoted.protocol() != IpProtocol.TCP || quoted.fragmentOffset() != 0) {
            return false;
        }
        transport = quoted.transportOffset();
        return transport >= 0 && icmp.payloadOffset() + icmp.payloadLength() - transport >= QUOTED_PORTS_AND_SEQUENCE;
    }

    /** The connection that sent the quoted segment, so with the quote's source as the local side. */
    @Nullable
    TupleEntry sender(ConnectionTable table) {
        ByteBuffer buffer = quoted.buffer();
        return table.find(
                quoted.isIpv6(),
                quoted.sourceHigh(),
                quoted.sourceLow(),
                Short.toUnsignedInt(buffer.getShort(transport)),
                quoted.destinationHigh(),
                quoted.destinationLow(),
                Short.toUnsignedInt(buffer.getShort(transport + 2)));
    }

    int sequenceNumber() {
        return quoted.buffer().getInt(transport + 4);
    }
}
