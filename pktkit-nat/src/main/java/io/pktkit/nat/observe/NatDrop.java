// SPDX-License-Identifier: MIT
package io.pktkit.nat.observe;

import io.pktkit.device.DropReason;

/** Why a packet went no further. */
public enum NatDrop {
    /** Truncated, or lengths that contradict each other. */
    MALFORMED(DropReason.MALFORMED),
    /** A checksum of IP or ICMP that does not match. */
    BAD_CHECKSUM(DropReason.BAD_CHECKSUM),
    /** Came to all or a group of the link, and yet names one receiver. */
    LINK_BROADCAST(DropReason.LINK_BROADCAST),
    /** A source that the link it came from cannot have. */
    BAD_SOURCE(DropReason.REVERSE_PATH),
    /** A destination that must not be forwarded to. */
    MARTIAN(DropReason.MARTIAN),
    /** To a neighbour on the inside network, or to all of them. */
    STAYS_INSIDE(DropReason.FILTERED),
    /** To an address of ours, and nothing that we answer. */
    OURS(DropReason.FILTERED),
    /** From outside, and to no address of ours. */
    NOT_FOR_US(DropReason.NOT_FOR_US),
    /** No mapping, and it cannot begin one. */
    NO_MAPPING(DropReason.FILTERED),
    /** The mapping does not let this remote in. */
    FILTERED(DropReason.FILTERED),
    /** A limit of mappings, or a host that begins them too fast. */
    LIMIT(DropReason.TABLE_FULL),
    /** No outside port is free. */
    NO_PORT(DropReason.TABLE_FULL),
    /** The hop limit ran out. */
    HOP_LIMIT(DropReason.TTL_EXPIRED),
    /** Longer than the next link takes, and not to be fragmented. */
    TOO_BIG(DropReason.TOO_BIG),
    /** An ICMP error about something that we did not translate. */
    UNRELATED_ERROR(DropReason.FILTERED),
    /** A protocol or message that is not translated. */
    UNSUPPORTED(DropReason.UNSUPPORTED),
    /** A fragment that overlaps, goes past the end, or is too small to be honest. */
    BAD_FRAGMENT(DropReason.MALFORMED),
    /** A fragment that came twice. */
    DUPLICATE_FRAGMENT(DropReason.FILTERED),
    /** A fragment whose first did not come, or for which there was no room. */
    LOST_FRAGMENT(DropReason.QUEUE_FULL),
    /** A SYN from outside that nobody expected; it is held for a while before it is answered. */
    UNSOLICITED_SYN(DropReason.FILTERED),
    /** Ahead of what is missing of a stream that a helper may yet change; its sender sends it again. */
    OUT_OF_ORDER(DropReason.FILTERED),
    /** Over the rate of what we answer. */
    RATE_LIMITED(DropReason.RATE_LIMITED),
    /** The namespace or its link is closed. */
    CLOSED(DropReason.CLOSED);

    private final DropReason reason;

    NatDrop(DropReason reason) {
        this.reason = reason;
    }

    /** {@return the reason under which a device counts it} */
    public DropReason reason() {
        return reason;
    }
}
