// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

/**
 * How the SYN of a passive open is answered beyond the handshake as such.
 *
 * @param payload what becomes of the bytes that the SYN carries
 */
public record SynAnswer(Payload payload) {
    /** The payload waits for the handshake to complete, as RFC 9293 section 3.10.7.2 has it. */
    public static final SynAnswer HOLD = new SynAnswer(Payload.HOLD);

    /** The payload is not taken, and the SYN-ACK does not acknowledge it: the peer sends it again. */
    public static final SynAnswer IGNORE = new SynAnswer(Payload.IGNORE);

    /** What becomes of the payload of a SYN, and of a FIN in it. */
    public enum Payload {
        /** Not taken. */
        IGNORE,
        /** Taken as far as the window goes, and held back until the connection is established. */
        HOLD
    }
}
