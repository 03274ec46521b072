// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import io.pktkit.vtcp.internal.opening.CookieCodec;
import io.pktkit.wire.TcpSegment;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * SYN cookies (RFC 4987 section 3.6): a listener whose backlog is full answers a SYN without remembering it, by putting
 * what it must know into its sequence number: 5 bits of a counter that steps each 64 s, 3 bits that stand for the
 * peer's MSS, and 24 bits of a keyed MAC over both addresses, both ports, the peer's sequence number, the counter and
 * the MSS. A connection made from a cookie has neither window scaling nor SACK nor timestamps.
 *
 * <p>A forged acknowledgment passes with a chance of 2^-23 each, and only within 128 s of a cookie sent: outside that
 * time none is looked at. Owned by the listener's owner; not thread-safe.
 */
public final class SynCookies {
    private final CookieCodec codec;

    /**
     * Makes cookies under a key.
     *
     * @param secret the key, at least 16 bytes that no peer knows; copied
     */
    public SynCookies(byte[] secret) {
        this.codec = new CookieCodec(secret);
    }

    /**
     * Makes cookies under a fresh random key.
     *
     * @return a new instance
     */
    public static SynCookies random() {
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        return new SynCookies(secret);
    }

    /**
     * What a cookie held.
     *
     * @param localSequence the sequence number of our SYN-ACK, which is the cookie
     * @param remoteSequence the sequence number of the peer's SYN
     * @param mss the peer's MSS, rounded down to one that a cookie can hold
     */
    public record Accepted(int localSequence, int remoteSequence, int mss) {}

    /**
     * Answers a SYN with a SYN-ACK that is a cookie.
     *
     * @param config the settings of the connection to be
     * @param tuple the ends; the segment's source is the remote one
     * @param syn a segment with SYN and without ACK and RST, checksum already verified
     * @param out takes the SYN-ACK
     * @param nowNanos the time
     */
    public void respond(TcpConfig config, TcpTuple tuple, TcpSegment syn, SegmentSink out, long nowNanos) {
        codec.respond(config, tuple, syn, out, nowNanos);
    }

    /**
     * Looks for a cookie in a segment that belongs to no connection.
     *
     * @param tuple the ends; the segment's source is the remote one
     * @param segment the segment, checksum already verified
     * @param nowNanos the time
     * @return what the cookie held, or null if the segment does not bring one back or it has expired
     */
    public @Nullable Accepted check(TcpTuple tuple, TcpSegment segment, long nowNanos) {
        return codec.check(tuple, segment, nowNanos);
    }
}
