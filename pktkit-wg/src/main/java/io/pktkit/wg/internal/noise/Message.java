// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.noise;

/** The four messages of WireGuard: types, exact lengths and offsets. The type is a little-endian word of 32 bits. */
public final class Message {

    /** A handshake initiation. */
    public static final int INITIATION = 1;

    /** A handshake response. */
    public static final int RESPONSE = 2;

    /** A cookie reply. */
    public static final int COOKIE_REPLY = 3;

    /** Transport data. */
    public static final int TRANSPORT = 4;

    /** The length of an initiation. */
    public static final int INITIATION_LENGTH = 148;

    /** The length of a response. */
    public static final int RESPONSE_LENGTH = 92;

    /** The length of a cookie reply. */
    public static final int COOKIE_REPLY_LENGTH = 64;

    /** The length of the header of transport data. */
    public static final int TRANSPORT_HEADER_LENGTH = 16;

    /** What transport data adds: the header and the tag. Padding comes on top. */
    public static final int TRANSPORT_OVERHEAD = 32;

    /** Plaintext is padded to a multiple of this. */
    public static final int PADDING = 16;

    /** Where initiation and response have the index of their sender. */
    public static final int SENDER = 4;

    /** Where cookie reply and transport data have the index of their receiver. */
    public static final int RECEIVER = 4;

    /** Where a response has the index of its receiver. */
    public static final int RESPONSE_RECEIVER = 8;

    /** Where transport data has its counter. */
    public static final int COUNTER = 8;

    /** The length of each of the two MACs at the end of initiation and response. */
    public static final int MAC_LENGTH = 16;

    static final int INITIATION_EPHEMERAL = 8;
    static final int INITIATION_STATIC = 40;
    static final int INITIATION_TIMESTAMP = 88;
    static final int RESPONSE_EPHEMERAL = 12;
    static final int RESPONSE_EMPTY = 44;

    private Message() {}

    /**
     * Finds mac1.
     *
     * @param message an initiation or a response
     * @return its offset
     */
    public static int mac1(byte[] message) {
        return message.length - 2 * MAC_LENGTH;
    }

    /**
     * Finds mac2.
     *
     * @param message an initiation or a response
     * @return its offset
     */
    public static int mac2(byte[] message) {
        return message.length - MAC_LENGTH;
    }
}
