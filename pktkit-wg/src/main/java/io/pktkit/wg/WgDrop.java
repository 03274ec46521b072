// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.device.DropReason;

/** Why a datagram or a packet went no further. */
public enum WgDrop {
    /** Of no type that there is, or not of its length. */
    MALFORMED(DropReason.MALFORMED),
    /** A handshake message for none of our keys. */
    BAD_MAC1(DropReason.FILTERED),
    /** Answered with a cookie, since there is load, or there are many strangers and it is one. */
    COOKIE_REQUIRED(DropReason.RATE_LIMITED),
    /** A source that handshakes too often, or one source too many, where a cookie is asked for. */
    SOURCE_LIMIT(DropReason.RATE_LIMITED),
    /** A handshake that is not genuine. */
    BAD_HANDSHAKE(DropReason.FILTERED),
    /** An initiation whose timestamp is not greater than the last. */
    REPLAYED_INITIATION(DropReason.FILTERED),
    /** A peer that initiates more than 50 times a second. */
    INITIATION_FLOOD(DropReason.RATE_LIMITED),
    /** A handshake that was overtaken by another, or by a change of keys. */
    SUPERSEDED(DropReason.FILTERED),
    /** An initiation with a key that no peer has. */
    UNKNOWN_PEER(DropReason.FILTERED),
    /** Unknown keys come too often, or too many wait for a decision, or there are too many peers. */
    UNKNOWN_PEER_LIMIT(DropReason.TABLE_FULL),
    /** The peer's time is over. */
    PEER_EXPIRED(DropReason.FILTERED),
    /** A cookie reply that answers nothing. */
    BAD_COOKIE_REPLY(DropReason.FILTERED),
    /** An index that no session or handshake has. */
    UNKNOWN_INDEX(DropReason.NOT_FOR_US),
    /** A session that is too old. */
    KEY_EXPIRED(DropReason.FILTERED),
    /** A counter that was received already, or is too old to tell. */
    REPLAYED_COUNTER(DropReason.FILTERED),
    /** Transport data that is not genuine. */
    BAD_TAG(DropReason.FILTERED),
    /** What was decrypted is no IP packet. */
    BAD_PACKET(DropReason.MALFORMED),
    /** An inner source that is not the sender's. */
    SOURCE_NOT_ALLOWED(DropReason.FILTERED),
    /** Waited for a session, and had to make room or waited in vain. */
    STAGED(DropReason.QUEUE_FULL),
    /** A packet for a peer that nobody knows the place of. */
    NO_ENDPOINT(DropReason.UNREACHABLE),
    /** A packet for a peer that is gone. */
    PEER_GONE(DropReason.CLOSED),
    /** A packet longer than the MTU of the tunnel. */
    TOO_BIG(DropReason.TOO_BIG);

    private final DropReason reason;

    WgDrop(DropReason reason) {
        this.reason = reason;
    }

    /** {@return the reason under which a device counts it} */
    public DropReason reason() {
        return reason;
    }
}
