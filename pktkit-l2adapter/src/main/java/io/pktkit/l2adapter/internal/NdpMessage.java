// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.wire.Checksum;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpHeader;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;

/** A Neighbor Solicitation or Advertisement, read from a packet, with the validity rules of RFC 4861 section 7.1. */
final class NdpMessage {

    /*
     *  0                   1                   2                   3
     * +---------------+---------------+-------------------------------+
     * | Type 135, 136 |     Code      |           Checksum            |
     * +-+-+-+---------+---------------+-------------------------------+
     * |R|S|O|              Reserved (all of it in a 135)              |
     * +-+-+-+---------------------------------------------------------+
     * |                        Target Address                         |
     * |                          (128 bits)                           |
     * +---------------------------------------------------------------+
     * |   Options: type, length in units of 8 bytes, value ...
     */
    static final int SOLICITATION = 135;
    static final int ADVERTISEMENT = 136;

    /** The length that this class writes: IPv6 header, message, one option. */
    static final int PACKET_LENGTH = 72;

    /** The same without the option. */
    static final int BARE_LENGTH = 64;

    static final int ROUTER_FLAG = 1 << 31;
    static final int SOLICITED_FLAG = 1 << 30;
    static final int OVERRIDE_FLAG = 1 << 29;

    private static final int CODE_OFFSET = 1;
    private static final int CHECKSUM_OFFSET = 2;
    private static final int FLAGS_OFFSET = 4;
    private static final int TARGET_OFFSET = 8;
    private static final int OPTIONS_OFFSET = 24;
    private static final int OPTION_UNIT = 8;
    private static final int SOURCE_LINK_LAYER_ADDRESS = 1;
    private static final int TARGET_LINK_LAYER_ADDRESS = 2;

    /** A router would have decremented it, so that 255 proves the sender to be on the link. */
    private static final int HOP_LIMIT = 255;

    private final Packet packet;
    private final ByteBuffer buffer;
    private final int at;
    private final int type;
    private long linkLayerAddress = NeighborCache.NO_MAC;

    private NdpMessage(Packet packet) {
        this.packet = packet;
        this.buffer = packet.buffer();
        this.at = packet.transportOffset();
        this.type = buffer.get(at) & 0xFF;
    }

    /** Whether the packet is one of the two, valid or not: those are never the host's business. */
    static boolean isNeighborDiscovery(Packet packet) {
        if (!packet.isIpv6() || packet.protocol() != IpProtocol.ICMPV6 || packet.transportLength() < 1) {
            return false;
        }
        int type = packet.buffer().get(packet.transportOffset()) & 0xFF;
        return type == SOLICITATION || type == ADVERTISEMENT;
    }

    /** Reads a packet that {@link #isNeighborDiscovery} holds for. */
    static NdpMessage of(Packet packet) {
        return new NdpMessage(packet);
    }

    /** Must be asked first: the accessors below hold only for a valid message. */
    boolean isValid() {
        return packet.hopLimit() == HOP_LIMIT
                && !packet.isFragment() // RFC 6980 section 5
                && packet.transportLength() >= OPTIONS_OFFSET
                && buffer.get(at + CODE_OFFSET) == 0
                && packet.verifyTransportChecksum() == ChecksumStatus.VALID
                && !isMulticast(targetHigh())
                && !isMulticast(packet.sourceHigh())
                && readOptions()
                && (isSolicitation() ? isValidSolicitation() : isValidAdvertisement());
    }

    private boolean isValidSolicitation() {
        return !isSourceUnspecified()
                || (isSolicitedNode(packet.destinationHigh(), packet.destinationLow())
                        && linkLayerAddress == NeighborCache.NO_MAC);
    }

    private boolean isValidAdvertisement() {
        return !isSourceUnspecified() && !(isSolicited() && isMulticast(packet.destinationHigh()));
    }

    private boolean readOptions() {
        int end = at + packet.transportLength();
        int wanted = isSolicitation() ? SOURCE_LINK_LAYER_ADDRESS : TARGET_LINK_LAYER_ADDRESS;
        int option = at + OPTIONS_OFFSET;
        while (option < end) {
            int left = end - option;
            int length = left < OPTION_UNIT ? 0 : (buffer.get(option + 1) & 0xFF) * OPTION_UNIT;
            if (length == 0 || length > left) {
                return false;
            }
            if (buffer.get(option) == wanted && length == OPTION_UNIT) {
                linkLayerAddress = buffer.getLong(option) & MacAddress.BROADCAST.toLong();
                if (linkLayerAddress == 0 || MacAddress.isMulticast(linkLayerAddress)) {
                    return false;
                }
            }
            option += length;
        }
        return true;
    }

    boolean isSolicitation() {
        return type == SOLICITATION;
    }

    boolean isSolicited() {
        return (buffer.getInt(at + FLAGS_OFFSET) & SOLICITED_FLAG) != 0;
    }

    boolean isOverride() {
        return (buffer.getInt(at + FLAGS_OFFSET) & OVERRIDE_FLAG) != 0;
    }

    long targetHigh() {
        return buffer.getLong(at + TARGET_OFFSET);
    }

    long targetLow() {
        return buffer.getLong(at + TARGET_OFFSET + 8);
    }

    IpAddress target() {
        return IpAddress.ofIpv6(targetHigh(), targetLow());
    }

    /** Whether its sender has the target, or is about to: RFC 4862 sections 5.4.3 and 5.4.4. */
    boolean isClaim() {
        return !isSolicitation() || isSourceUnspecified();
    }

    boolean isSourceUnspecified() {
        return packet.sourceHigh() == 0 && packet.sourceLow() == 0;
    }

    /** The source's address in a solicitation, the target's in an advertisement; NO_MAC if there is none. */
    long linkLayerAddress() {
        return linkLayerAddress;
    }

    /** Writes a whole packet of {@link #PACKET_LENGTH} bytes with the option that belongs to the type. */
    static void write(
            ByteBuffer to, int offset, int type, int flags, IpAddress from, IpAddress dst, IpAddress target, long mac) {
        int length = OPTIONS_OFFSET + OPTION_UNIT;
        int at = offset + IpHeader.write(to, offset, from, dst, IpProtocol.ICMPV6, length, HOP_LIMIT, 0, 0, false);
        int option = type == SOLICITATION ? SOURCE_LINK_LAYER_ADDRESS : TARGET_LINK_LAYER_ADDRESS;
        to.putInt(at, type << 24);
        to.putInt(at + FLAGS_OFFSET, flags);
        target.writeTo(to, at + TARGET_OFFSET);
        to.putLong(at + OPTIONS_OFFSET, ((long) option << 56) | (1L << 48) | mac);
        int checksum = Checksum.transport(from, dst, IpProtocol.ICMPV6, to, at, length);
        to.putShort(at + CHECKSUM_OFFSET, (short) checksum);
    }

    /** Writes a solicitation without an option: {@link #BARE_LENGTH} bytes. */
    static void writeBare(ByteBuffer to, int offset, IpAddress from, IpAddress dst, IpAddress target) {
        int length = OPTIONS_OFFSET;
        int at = offset + IpHeader.write(to, offset, from, dst, IpProtocol.ICMPV6, length, HOP_LIMIT, 0, 0, false);
        to.putInt(at, SOLICITATION << 24);
        to.putInt(at + FLAGS_OFFSET, 0);
        target.writeTo(to, at + TARGET_OFFSET);
        int checksum = Checksum.transport(from, dst, IpProtocol.ICMPV6, to, at, length);
        to.putShort(at + CHECKSUM_OFFSET, (short) checksum);
    }

    /** The group that has everybody whose address ends in the same 24 bits, RFC 4291 section 2.7.1. */
    static IpAddress solicitedNode(long low) {
        return IpAddress.ofIpv6(0xFF02L << 48, 0x1_FF00_0000L | (low & 0xFF_FFFF));
    }

    private static boolean isSolicitedNode(long high, long low) {
        return high == 0xFF02L << 48 && low >>> 24 == 0x1_FF;
    }

    private static boolean isMulticast(long high) {
        return high >>> 56 == 0xFF;
    }
}
