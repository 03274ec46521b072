// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

/**
 * How the SYN of a passive open is answered beyond the handshake as such; with Fast Open as {@link FastOpenCookies#judge}
 * finds.
 *
 * @param payload what becomes of the bytes that the SYN carries
 * @param grantsCookie whether the SYN-ACK gives the client a Fast Open cookie
 * @param cookie the eight octets of the cookie, if it does
 */
public record SynAnswer(Payload payload, boolean grantsCookie, long cookie) {
    /** The payload waits for the handshake to complete, as RFC 9293 section 3.10.7.2 has it. */
    public static final SynAnswer HOLD = new SynAnswer(Payload.HOLD, false, 0);

    /** The payload is not taken, and the SYN-ACK does not acknowledge it: the peer sends it again. */
    public static final SynAnswer IGNORE = new SynAnswer(Payload.IGNORE, false, 0);

    /** The payload is given to the application at once, as the client has shown a good cookie. */
    public static final SynAnswer DELIVER = new SynAnswer(Payload.DELIVER, false, 0);

    /** What becomes of the payload of a SYN, and of a FIN in it. */
    public enum Payload {
        /** Not taken. */
        IGNORE,
        /** Taken as far as the window goes, and held back until the connection is established. */
        HOLD,
        /**
         * Taken as far as the window goes, and readable at once; what the application answers goes out before the
         * connection is established (RFC 7413 section 4.2.2). A SYN that the network duplicates is delivered twice.
         */
        DELIVER
    }

    /**
     * The same with a cookie.
     *
     * @param octets the cookie
     * @return the answer
     */
    public SynAnswer granting(long octets) {
        return new SynAnswer(payload, true, octets);
    }
}
