// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

/** Numbers of {@code linux/netlink.h}, {@code linux/rtnetlink.h}, {@code linux/if_addr.h} and {@code linux/if_link.h}. */
final class Netlink {

    // struct nlmsghdr { __u32 nlmsg_len; __u16 nlmsg_type; __u16 nlmsg_flags; __u32 nlmsg_seq; __u32 nlmsg_pid; }
    static final int HEADER_SIZE = 16;
    static final int LENGTH_OFFSET = 0;
    static final int TYPE_OFFSET = LENGTH_OFFSET + 4;
    static final int FLAGS_OFFSET = TYPE_OFFSET + 2;
    static final int SEQUENCE_OFFSET = FLAGS_OFFSET + 2;

    // struct rtattr { unsigned short rta_len; unsigned short rta_type; }
    static final int ATTRIBUTE_HEADER_SIZE = 4;

    // struct ifaddrmsg { __u8 ifa_family, ifa_prefixlen, ifa_flags, ifa_scope; __u32 ifa_index; }
    static final int ADDRESS_SIZE = 8;

    // struct rtmsg { __u8 rtm_family, rtm_dst_len, rtm_src_len, rtm_tos, rtm_table, rtm_protocol, rtm_scope, rtm_type;
    //                unsigned rtm_flags; }
    static final int ROUTE_SIZE = 12;

    // struct ifinfomsg { __u8 ifi_family, __ifi_pad; __u16 ifi_type; __s32 ifi_index; __u32 ifi_flags, ifi_change; }
    static final int LINK_SIZE = 16;

    // struct nlmsgerr { int error; struct nlmsghdr msg; }
    static final int ERROR_SIZE = 4 + HEADER_SIZE;

    static final int NLMSG_NOOP = 1;
    static final int NLMSG_ERROR = 2;
    static final int NLMSG_DONE = 3;

    static final int RTM_NEWLINK = 16;
    static final int RTM_GETLINK = 18;
    static final int RTM_SETLINK = 19;
    static final int RTM_NEWADDR = 20;
    static final int RTM_DELADDR = 21;
    static final int RTM_NEWROUTE = 24;
    static final int RTM_DELROUTE = 25;

    static final int NLM_F_REQUEST = 0x1;
    static final int NLM_F_ACK = 0x4;
    static final int NLM_F_REPLACE = 0x100;
    static final int NLM_F_CREATE = 0x400;

    /** In an acknowledgement: the message that it is about was left out after its header. */
    static final int NLM_F_CAPPED = 0x100;

    /** In an acknowledgement: attributes follow. */
    static final int NLM_F_ACK_TLVS = 0x200;

    static final int NLMSGERR_ATTR_MSG = 1;

    /** Of an attribute's type: its value is attributes. */
    static final int NLA_F_NESTED = 1 << 15;

    static final int IFLA_ADDRESS = 1;
    static final int IFLA_IFNAME = 3;
    static final int IFLA_MTU = 4;
    static final int IFLA_XDP = 43;

    // In IFLA_XDP
    static final int IFLA_XDP_FD = 1;
    static final int IFLA_XDP_ATTACHED = 2;
    static final int IFLA_XDP_FLAGS = 3;
    static final int IFLA_XDP_PROG_ID = 4;

    static final int IFA_ADDRESS = 1;
    static final int IFA_LOCAL = 2;
    static final int IFA_BROADCAST = 4;

    static final int RTA_DST = 1;
    static final int RTA_OIF = 4;
    static final int RTA_GATEWAY = 5;

    static final int RT_TABLE_MAIN = 254;
    static final int RTPROT_STATIC = 4;
    static final int RT_SCOPE_UNIVERSE = 0;
    static final int RT_SCOPE_LINK = 253;
    static final int RTN_UNICAST = 1;

    static final int AF_UNSPEC = 0;
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;

    static final int IFF_UP = 0x1;

    /** An IPv6 address that is used at once, without duplicate address detection. */
    static final int IFA_F_NODAD = 0x02;

    private Netlink() {}

    /** Rounds up to the four bytes that messages and attributes are aligned to. */
    static int align(int length) {
        return (length + 3) & ~3;
    }

    /** The address family that an address of this many bytes has. */
    static int family(byte[] address) {
        return switch (address.length) {
            case 4 -> AF_INET;
            case 16 -> AF_INET6;
            default ->
                throw new IllegalArgumentException("an address has 4 or 16 bytes: address.length=" + address.length);
        };
    }
}
