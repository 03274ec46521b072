// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

/** Why a server dropped what came from outside. */
public enum OvpnDrop {
    /** Empty, of an opcode that nobody speaks, or too short. */
    MALFORMED,
    /** Data of nobody who is in. */
    UNKNOWN_PEER,
    /** A data packet of an id that was seen. */
    REPLAY,
    /** A data packet with a wrong tag, or of a key that is not in use. */
    FORGED,
    /** A control packet of no session. */
    UNKNOWN_SESSION,
    /** Not authentic for tls-auth, tls-crypt or tls-crypt-v2; also of a client that uses none of them. */
    NOT_AUTHENTIC,
    /** A key of tls-crypt-v2 that is ours, but not accepted any more. */
    KEY_REFUSED,
    /** An answer to our reset that does not prove that the client has received it. */
    BAD_COOKIE,
    /** More resets than are answered, or more sessions in a minute than begin at one address and port, over TCP of one source. */
    RESET_RATE,
    /** No room for another session: of all, of those not yet in, or of one source. */
    NO_ROOM,
    /** More waits for the control thread than it can do. */
    QUEUE_FULL,
    /** From an address where another client is, or too soon after the last move. */
    FLOAT_REFUSED,
    /** A source that is not the client's. */
    SPOOFED
}
