// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import static io.pktkit.nativeio.Netlink.ADDRESS_SIZE;
import static io.pktkit.nativeio.Netlink.ATTRIBUTE_HEADER_SIZE;
import static io.pktkit.nativeio.Netlink.FLAGS_OFFSET;
import static io.pktkit.nativeio.Netlink.HEADER_SIZE;
import static io.pktkit.nativeio.Netlink.LENGTH_OFFSET;
import static io.pktkit.nativeio.Netlink.LINK_SIZE;
import static io.pktkit.nativeio.Netlink.NLM_F_ACK;
import static io.pktkit.nativeio.Netlink.NLM_F_CREATE;
import static io.pktkit.nativeio.Netlink.NLM_F_REPLACE;
import static io.pktkit.nativeio.Netlink.NLM_F_REQUEST;
import static io.pktkit.nativeio.Netlink.ROUTE_SIZE;
import static io.pktkit.nativeio.Netlink.SEQUENCE_OFFSET;
import static io.pktkit.nativeio.Netlink.TYPE_OFFSET;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Writes one request of the route family. The builder methods hold the rules; sending is {@link RouteNetlink}'s. */
final class NetlinkRequest {

    private static final int CAPACITY = 256;

    private final ByteBuffer memory = Structs.allocate(CAPACITY);
    private int length;

    private NetlinkRequest(int type, int flags, int bodySize) {
        memory.putShort(TYPE_OFFSET, (short) type).putShort(FLAGS_OFFSET, (short) flags);
        length = HEADER_SIZE + bodySize;
    }

    /** Asks for one link: by index, or by name when the index is 0. */
    static NetlinkRequest getLink(int index, String name) {
        NetlinkRequest request = new NetlinkRequest(Netlink.RTM_GETLINK, NLM_F_REQUEST, LINK_SIZE);
        request.memory.putInt(HEADER_SIZE + 4, index);
        if (index == 0) {
            request.attribute(Netlink.IFLA_IFNAME, (name + '\0').getBytes(StandardCharsets.UTF_8));
        }
        return request;
    }

    /** Changes a link that exists: without NLM_F_CREATE the kernel makes none. */
    static NetlinkRequest setLinkUp(int index, boolean up) {
        NetlinkRequest request = new NetlinkRequest(Netlink.RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, LINK_SIZE);
        request.memory.putInt(HEADER_SIZE + 4, index);
        request.memory.putInt(HEADER_SIZE + 8, up ? Netlink.IFF_UP : 0);
        request.memory.putInt(HEADER_SIZE + 12, Netlink.IFF_UP);
        return request;
    }

    static NetlinkRequest setLinkMtu(int index, int mtu) {
        NetlinkRequest request = new NetlinkRequest(Netlink.RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, LINK_SIZE);
        request.memory.putInt(HEADER_SIZE + 4, index);
        return request.attribute(Netlink.IFLA_MTU, mtu);
    }

    /** Puts an XDP program on a link, or with a descriptor of -1 takes the one of a mode off. */
    static NetlinkRequest setLinkXdp(int index, int program, int flags) {
        NetlinkRequest request = new NetlinkRequest(Netlink.RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, LINK_SIZE);
        request.memory.putInt(HEADER_SIZE + 4, index);
        int outer = Netlink.align(request.length);
        request.length = outer + ATTRIBUTE_HEADER_SIZE;
        request.attribute(Netlink.IFLA_XDP_FD, program).attribute(Netlink.IFLA_XDP_FLAGS, flags);
        request.memory.putShort(outer, (short) (request.length - outer)).putShort(outer + 2, (short)
                (Netlink.IFLA_XDP | Netlink.NLA_F_NESTED));
        return request;
    }

    /** IFA_LOCAL is the address and IFA_ADDRESS the peer's, which is the same one where the link has no peer. */
    static NetlinkRequest newAddress(
            int index, byte[] address, int prefixLength, byte @Nullable [] broadcast, boolean detectDuplicates) {
        int flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
        NetlinkRequest request = address(Netlink.RTM_NEWADDR, flags, index, address, prefixLength);
        if (!detectDuplicates) {
            request.memory.put(HEADER_SIZE + 2, (byte) Netlink.IFA_F_NODAD);
        }
        return broadcast == null ? request : request.attribute(Netlink.IFA_BROADCAST, broadcast);
    }

    static NetlinkRequest deleteAddress(int index, byte[] address, int prefixLength) {
        return address(Netlink.RTM_DELADDR, NLM_F_REQUEST | NLM_F_ACK, index, address, prefixLength);
    }

    private static NetlinkRequest address(int type, int flags, int index, byte[] address, int prefixLength) {
        checkPrefixLength(address, prefixLength);
        NetlinkRequest request = new NetlinkRequest(type, flags, ADDRESS_SIZE);
        request.memory
                .put(HEADER_SIZE, (byte) Netlink.family(address))
                .put(HEADER_SIZE + 1, (byte) prefixLength)
                .putInt(HEADER_SIZE + 4, index);
        return request.attribute(Netlink.IFA_LOCAL, address).attribute(Netlink.IFA_ADDRESS, address);
    }

    /**
     * A route through a link. Without a gateway the destination is on the link itself, and IPv4 wants that said by the
     * scope: with scope universe the kernel would look for a gateway.
     */
    static NetlinkRequest newRoute(int index, byte[] destination, int prefixLength, byte @Nullable [] gateway) {
        int flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
        return route(Netlink.RTM_NEWROUTE, flags, index, destination, prefixLength, gateway);
    }

    static NetlinkRequest deleteRoute(int index, byte[] destination, int prefixLength, byte @Nullable [] gateway) {
        int flags = NLM_F_REQUEST | NLM_F_ACK;
        return route(Netlink.RTM_DELROUTE, flags, index, destination, prefixLength, gateway);
    }

    private static NetlinkRequest route(
            int type, int flags, int index, byte[] destination, int prefixLength, byte @Nullable [] gateway) {
        checkPrefixLength(destination, prefixLength);
        if (gateway != null && gateway.length != destination.length) {
            throw new IllegalArgumentException("destination and gateway must be of one family: destination.length="
                    + destination.length + " gateway.length=" + gateway.length);
        }
        NetlinkRequest request = new NetlinkRequest(type, flags, ROUTE_SIZE);
        int scope = gateway == null ? Netlink.RT_SCOPE_LINK : Netlink.RT_SCOPE_UNIVERSE;
        request.memory
                .put(HEADER_SIZE, (byte) Netlink.family(destination))
                .put(HEADER_SIZE + 1, (byte) prefixLength)
                .put(HEADER_SIZE + 4, (byte) Netlink.RT_TABLE_MAIN)
                .put(HEADER_SIZE + 5, (byte) Netlink.RTPROT_STATIC)
                .put(HEADER_SIZE + 6, (byte) scope)
                .put(HEADER_SIZE + 7, (byte) Netlink.RTN_UNICAST);
        if (prefixLength > 0) {
            request.attribute(Netlink.RTA_DST, destination);
        }
        if (gateway != null) {
            request.attribute(Netlink.RTA_GATEWAY, gateway);
        }
        return request.attribute(Netlink.RTA_OIF, index);
    }

    private static void checkPrefixLength(byte[] address, int prefixLength) {
        if (prefixLength < 0 || prefixLength > address.length * 8) {
            throw new IllegalArgumentException(
                    "prefixLength must be in [0, " + address.length * 8 + "]: prefixLength=" + prefixLength);
        }
    }

    private NetlinkRequest attribute(int type, byte[] value) {
        int at = Netlink.align(length);
        length = at + ATTRIBUTE_HEADER_SIZE + value.length;
        memory.putShort(at, (short) (ATTRIBUTE_HEADER_SIZE + value.length)).putShort(at + 2, (short) type);
        memory.put(at + ATTRIBUTE_HEADER_SIZE, value);
        return this;
    }

    private NetlinkRequest attribute(int type, int value) {
        return attribute(
                type,
                ByteBuffer.allocate(Integer.BYTES)
                        .order(memory.order())
                        .putInt(0, value)
                        .array());
    }

    /** The message, whole, as it goes to the kernel: from 0 to the limit. */
    ByteBuffer finish(int sequence) {
        int whole = Netlink.align(length);
        memory.putInt(LENGTH_OFFSET, whole).putInt(SEQUENCE_OFFSET, sequence);
        return memory.limit(whole);
    }
}
