// SPDX-License-Identifier: MIT
package io.pktkit.device;

/** Why a frame or packet went no further. */
public enum DropReason {
    /** Shorter than its own headers. */
    TRUNCATED,
    /** Complete, but contradicts its protocol. */
    MALFORMED,
    /** A checksum that does not match. */
    BAD_CHECKSUM,
    /** Nobody was there to receive it. */
    NO_HANDLER,
    /** A flood that no other port wanted. */
    NO_RECEIVER,
    /** No device owns the destination. */
    NO_ROUTE,
    /** The device, port or network is closed. */
    CLOSED,
    /** Forwarded through too many hubs and links. */
    LOOP,
    /** Refused by a rule: also a frame whose destination is on the port that it came from. */
    FILTERED,
    /** Not of a VLAN that the port carries, or tagged so that it would change VLAN. */
    VLAN,
    /** Refused by the security of a port. */
    PORT_SECURITY,
    /** Its source is known behind another port, and has not moved as far as can be told. */
    MOVE_DAMPED,
    /** Refused by the guard of a guest port, which tells why. */
    GUARDED,
    /** An address that may not appear on a network, or not leave its link. */
    MARTIAN,
    /** Came to all or a group of the link, and yet names one receiver (RFC 1812 section 5.3.4, RFC 1122 section 3.3.6). */
    LINK_BROADCAST,
    /** A table has no room for what this would need. */
    TABLE_FULL,
    /** A queue has no room. */
    QUEUE_FULL,
    /** The hop limit ran out. */
    TTL_EXPIRED,
    /** The source is not reached over the port that the packet came from. */
    REVERSE_PATH,
    /** Longer than what the next link takes. */
    TOO_BIG,
    /** Addressed to somebody else. */
    NOT_FOR_US,
    /** A protocol or form that is not handled. */
    UNSUPPORTED,
    /** Over a configured rate. */
    RATE_LIMITED,
    /** The receiver threw. */
    HANDLER_FAILED,
    /** The operating system or the transport refused it. */
    IO_ERROR,
    /** No buffer was free. */
    NO_BUFFER,
    /** The next hop does not answer. */
    UNREACHABLE,
    /** Lost on the way, as a simulated link was told to. */
    LINK_LOSS,
    /** The link is cut. */
    LINK_DOWN
}
