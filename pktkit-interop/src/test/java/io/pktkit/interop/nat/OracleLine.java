// SPDX-License-Identifier: MIT
package io.pktkit.interop.nat;

import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * What one NAT has sent, without what each may choose: identifications, and outside ports, which are told by whose they are.
 */
final class OracleLine {

    private static final int IPV6_FRAGMENT = 44;

    private final Map<Integer, String> ports = new HashMap<>();
    private final Map<Integer, Integer> identifications = new HashMap<>();

    /** Notes whose an outside port is. */
    void learn(int protocol, int outsidePort, String owner) {
        ports.put(protocol << 16 | outsidePort, owner);
    }

    /** Identifications are told by the order of their coming in a datagram. */
    void newDatagram() {
        identifications.clear();
    }

    static byte[] bytes(String line) {
        return HexFormat.of().parseHex(line.substring(2));
    }

    private static Packet packet(String line) {
        return new Packet().wrap(ByteBuffer.wrap(bytes(line)));
    }

    static boolean isError(String line) {
        IcmpMessage icmp = packet(line).icmp();
        return icmp != null && icmp.isError();
    }

    /** The port that a packet to the outside comes from, or the identifier of a request; -1 if it has none. */
    static int sourcePort(String line) {
        Packet packet = packet(line);
        IcmpMessage icmp = packet.icmp();
        boolean has = packet.fragmentOffset() == 0 && (icmp == null || icmp.isEchoRequest());
        int at = packet.transportOffset() + (icmp != null ? 4 : 0);
        return has ? packet.buffer().getShort(at) & 0xFFFF : -1;
    }

    /** Cuts a packet, wherever the pieces may be cut further or not. */
    static List<ByteBuffer> cut(ByteBuffer whole, int size, int identification) {
        boolean six = whole.get(0) >> 4 == 6;
        int header = six ? Packet.IPV6_HEADER_LENGTH : Packet.IPV4_HEADER_LENGTH;
        int room = six ? 8 : 0;
        List<ByteBuffer> pieces = new ArrayList<>();
        for (int done = 0; done < whole.capacity() - header; done += size) {
            int length = Math.min(size, whole.capacity() - header - done);
            boolean more = header + done + length < whole.capacity();
            ByteBuffer piece = ByteBuffer.allocate(header + room + length);
            piece.put(0, whole, 0, header);
            piece.put(header + room, whole, header + done, length);
            if (six) {
                piece.put(header, piece.get(6)).put(6, (byte) IPV6_FRAGMENT);
                piece.putShort(4, (short) (room + length));
                piece.putShort(header + 2, (short) (done | (more ? 1 : 0))).putInt(header + 4, identification);
            } else {
                piece.putShort(2, (short) piece.capacity()).putShort(4, (short) identification);
                piece.putShort(6, (short) ((more ? 0x2000 : 0) | done / 8));
                new Packet().wrap(piece).recomputeIpv4Checksum();
            }
            pieces.add(piece);
        }
        return pieces;
    }

    /** The line as text that both NATs should agree on. */
    String normal(String line) {
        Packet packet = packet(line);
        boolean outside = line.startsWith("o");
        assertNotEquals(ChecksumStatus.INVALID, packet.verifyIpv4Checksum(), line);
        assertNotEquals(ChecksumStatus.INVALID, packet.verifyTransportChecksum(), line);
        StringBuilder text = new StringBuilder(line.substring(0, 2));
        header(text, packet);
        text.append(" hops ").append(packet.hopLimit());
        if (packet.isFragment()) {
            int id = identifications.computeIfAbsent(packet.identification(), unused -> identifications.size());
            text.append(" datagram ").append(id).append(" at ").append(packet.fragmentOffset());
            text.append(packet.moreFragments() ? " more" : " last");
        }
        IcmpMessage icmp = packet.icmp();
        if (icmp == null || !icmp.isError() || packet.fragmentOffset() != 0) {
            transport(text, packet, outside, false);
            return text.toString();
        }
        text.append(" type ").append(icmp.type()).append(" code ").append(icmp.code());
        text.append(" rest ").append(icmp.restOfHeader());
        Packet quoted = icmp.quotedPacket();
        if (quoted != null) {
            assertNotEquals(ChecksumStatus.INVALID, quoted.verifyIpv4Checksum(), line);
            text.append(" about ");
            header(text, quoted);
            transport(text, quoted, outside, true);
        }
        return text.toString();
    }

    private static void header(StringBuilder text, Packet packet) {
        text.append(packet.source()).append(" > ").append(packet.destination());
        text.append(" protocol ").append(packet.protocol());
        text.append(" class ").append(packet.trafficClass());
    }

    /** What is quoted came the other way: what is told outside has our port as its destination. */
    private void transport(StringBuilder text, Packet packet, boolean outside, boolean quoted) {
        int at = packet.transportOffset() - packet.offset();
        byte[] bytes = packet.buffer().array();
        int from = packet.buffer().arrayOffset() + packet.offset();
        int end = Math.min(bytes.length, from + packet.totalLength());
        byte[] copy = Arrays.copyOfRange(bytes, from, end);
        if (at < 0 || packet.fragmentOffset() != 0) {
            int header = packet.isIpv4() ? packet.headerLength() : Packet.IPV6_HEADER_LENGTH + 8;
            text.append(' ').append(HexFormat.of().formatHex(copy, Math.min(header, copy.length), copy.length));
            return;
        }
        int protocol = packet.protocol();
        boolean icmp = protocol == IpProtocol.ICMP || protocol == IpProtocol.ICMPV6;
        boolean source = outside != quoted;
        int port = icmp ? at + 4 : source ? at : at + 2;
        if (port + 2 <= copy.length) {
            int value = (copy[port] & 0xFF) << 8 | (copy[port + 1] & 0xFF);
            boolean ours = outside;
            String whose = ours ? ports.getOrDefault(protocol << 16 | value, "?") : "" + value;
            copy[port] = 0;
            copy[port + 1] = 0;
            text.append(" port ").append(whose);
        }
        int checksum = at + (protocol == IpProtocol.TCP ? 16 : icmp ? 2 : 6);
        for (int i = checksum; i < Math.min(checksum + 2, copy.length); i++) {
            copy[i] = 0;
        }
        text.append(' ').append(HexFormat.of().formatHex(copy, Math.min(at, copy.length), copy.length));
    }
}
