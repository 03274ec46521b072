// SPDX-License-Identifier: MIT
package io.pktkit.pcap.internal;

/** The numbers of draft-ietf-opsawg-pcapng, by the names that it gives them. */
public final class NgNumbers {

    /** Section Header Block, the same in both byte orders. */
    public static final int SECTION_HEADER = 0x0A0D0D0A;

    /** Tells the byte order of a section. */
    public static final int BYTE_ORDER_MAGIC = 0x1A2B3C4D;

    /** Interface Description Block. */
    public static final int INTERFACE_DESCRIPTION = 1;

    /** Packet Block, obsolete. */
    public static final int PACKET = 2;

    /** Simple Packet Block. */
    public static final int SIMPLE_PACKET = 3;

    /** Name Resolution Block. */
    public static final int NAME_RESOLUTION = 4;

    /** Interface Statistics Block. */
    public static final int INTERFACE_STATISTICS = 5;

    /** Enhanced Packet Block. */
    public static final int ENHANCED_PACKET = 6;

    /** opt_endofopt. */
    public static final int END_OF_OPTIONS = 0;

    /** opt_comment. */
    public static final int COMMENT = 1;

    /** shb_userappl. */
    public static final int SHB_USERAPPL = 4;

    /** if_name. */
    public static final int IF_NAME = 2;

    /** if_tsresol. */
    public static final int IF_TSRESOL = 9;

    /** if_filter. */
    public static final int IF_FILTER = 11;

    /** if_tsoffset. */
    public static final int IF_TSOFFSET = 14;

    /** epb_flags. */
    public static final int EPB_FLAGS = 2;

    /** epb_dropcount. */
    public static final int EPB_DROPCOUNT = 4;

    /** nrb_record_ipv4. */
    public static final int NRB_RECORD_IPV4 = 1;

    /** nrb_record_ipv6. */
    public static final int NRB_RECORD_IPV6 = 2;

    /** isb_ifrecv. */
    public static final int ISB_IFRECV = 4;

    /** isb_ifdrop. */
    public static final int ISB_IFDROP = 5;

    /** isb_filteraccept. */
    public static final int ISB_FILTERACCEPT = 6;

    /** isb_osdrop. */
    public static final int ISB_OSDROP = 7;

    /** isb_usrdeliv. */
    public static final int ISB_USRDELIV = 8;

    /** In epb_flags: came in. */
    public static final int FLAG_INBOUND = 1;

    /** In epb_flags: went out. */
    public static final int FLAG_OUTBOUND = 2;

    /** In epb_flags: the mask of the direction. */
    public static final int DIRECTION_MASK = 3;

    /** In epb_flags: to one station. */
    public static final int FLAG_UNICAST = 1 << 2;

    /** In epb_flags: to a group. */
    public static final int FLAG_MULTICAST = 2 << 2;

    /** In epb_flags: to all. */
    public static final int FLAG_BROADCAST = 3 << 2;

    /** In epb_flags: the transport checksum is yet to be finished. */
    public static final int FLAG_CHECKSUM_NOT_READY = 1 << 9;

    /** In epb_flags: a super-segment. */
    public static final int FLAG_SEGMENTATION_OFFLOADED = 1 << 11;

    private NgNumbers() {}
}
