// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.nio.ByteBuffer;

/**
 * Walks the messages of one datagram from the kernel. Total: a length that does not fit ends the walk.
 *
 * <p>{@code while (reply.next()) ...}; the accessors are about the message that {@link #next} came to.
 */
final class NetlinkReply {

    private final ByteBuffer memory;
    private final int end;
    private int at;
    private int length;

    /** A walk over bytes 0 to {@code end} of a buffer in the byte order of the machine. */
    NetlinkReply(ByteBuffer memory, int end) {
        this.memory = memory;
        this.end = Math.min(end, memory.limit());
    }

    boolean next() {
        at += Netlink.align(length);
        length = 0;
        // at can pass the end by the padding of the last message, and only by it
        if (end - at < Netlink.HEADER_SIZE) {
            return false;
        }
        int declared = memory.getInt(at + Netlink.LENGTH_OFFSET);
        if (declared < Netlink.HEADER_SIZE || declared > end - at) {
            return false;
        }
        length = declared;
        return true;
    }

    int type() {
        return memory.getShort(at + Netlink.TYPE_OFFSET) & 0xffff;
    }

    int flags() {
        return memory.getShort(at + Netlink.FLAGS_OFFSET) & 0xffff;
    }

    int sequence() {
        return memory.getInt(at + Netlink.SEQUENCE_OFFSET);
    }

    /** The errno of an NLMSG_ERROR, positive; 0 is an acknowledgement, and EBADMSG (74) stands for a message too short. */
    int errno() {
        return length < Netlink.HEADER_SIZE + 4 ? 74 : -memory.getInt(at + Netlink.HEADER_SIZE);
    }

    /** What the kernel says about an error, from the extended acknowledgement; empty when it says nothing. */
    String errorText() {
        if ((flags() & Netlink.NLM_F_ACK_TLVS) == 0 || length < Netlink.HEADER_SIZE + Netlink.ERROR_SIZE) {
            return "";
        }
        int attributes = Netlink.HEADER_SIZE + Netlink.ERROR_SIZE;
        if ((flags() & Netlink.NLM_F_CAPPED) == 0) {
            int quoted = memory.getInt(at + Netlink.HEADER_SIZE + 4);
            if (quoted < Netlink.HEADER_SIZE || quoted > length - Netlink.HEADER_SIZE - 4) {
                return "";
            }
            attributes += Netlink.align(quoted) - Netlink.HEADER_SIZE;
        }
        int value = attribute(attributes, Netlink.NLMSGERR_ATTR_MSG, 0);
        return value < 0 ? "" : Structs.cString(memory, value, valueLength(value));
    }

    /** The interface of an RTM_NEWLINK, or {@link LinkInfo#NONE} when the message is too short for one. */
    LinkInfo link() {
        if (length < Netlink.HEADER_SIZE + Netlink.LINK_SIZE) {
            return LinkInfo.NONE;
        }
        int body = at + Netlink.HEADER_SIZE;
        int attributes = Netlink.HEADER_SIZE + Netlink.LINK_SIZE;
        int name = attribute(attributes, Netlink.IFLA_IFNAME, 1);
        int mtu = attribute(attributes, Netlink.IFLA_MTU, Integer.BYTES);
        int mac = attribute(attributes, Netlink.IFLA_ADDRESS, 6);
        int xdp = attribute(attributes, Netlink.IFLA_XDP, Netlink.ATTRIBUTE_HEADER_SIZE);
        int mode = xdp < 0 ? -1 : nested(xdp, Netlink.IFLA_XDP_ATTACHED, 1);
        int program = xdp < 0 ? -1 : nested(xdp, Netlink.IFLA_XDP_PROG_ID, Integer.BYTES);
        return new LinkInfo(
                memory.getInt(body + 4),
                name < 0 ? "" : Structs.cString(memory, name, valueLength(name)),
                mtu < 0 ? 0 : memory.getInt(mtu),
                mac < 0 || valueLength(mac) != 6 ? 0 : mac(mac),
                (memory.getInt(body + 8) & Netlink.IFF_UP) != 0,
                mode < 0 ? 0 : memory.get(mode),
                program < 0 ? 0 : memory.getInt(program));
    }

    private long mac(int offset) {
        long bits = 0;
        for (int i = 0; i < 6; i++) {
            bits = (bits << 8) | (memory.get(offset + i) & 0xff);
        }
        return bits;
    }

    /** Where in memory an attribute's value starts, -1 when there is none of the type with that many bytes. */
    private int attribute(int firstInMessage, int type, int leastLength) {
        return attribute(at + firstInMessage, at + length, type, leastLength);
    }

    /** The same, of an attribute within another one's value. */
    private int nested(int valueOffset, int type, int leastLength) {
        return attribute(valueOffset, valueOffset + valueLength(valueOffset), type, leastLength);
    }

    private int attribute(int first, int limit, int type, int leastLength) {
        int offset = first;
        while (limit - offset >= Netlink.ATTRIBUTE_HEADER_SIZE) {
            int size = memory.getShort(offset) & 0xffff;
            if (size < Netlink.ATTRIBUTE_HEADER_SIZE || size > limit - offset) {
                return -1;
            }
            boolean isType = (memory.getShort(offset + 2) & 0x3fff) == type;
            if (isType && size - Netlink.ATTRIBUTE_HEADER_SIZE >= leastLength) {
                return offset + Netlink.ATTRIBUTE_HEADER_SIZE;
            }
            offset += Netlink.align(size);
        }
        return -1;
    }

    private int valueLength(int valueOffset) {
        return (memory.getShort(valueOffset - Netlink.ATTRIBUTE_HEADER_SIZE) & 0xffff) - Netlink.ATTRIBUTE_HEADER_SIZE;
    }
}
