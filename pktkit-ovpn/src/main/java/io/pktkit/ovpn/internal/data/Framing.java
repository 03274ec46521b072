// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.data;

/**
 * What stands before the payload because compression was negotiated. Nothing is ever compressed here: a compressor before
 * a cipher gives plaintext away (VORACLE), and a decompressor is a place for bugs.
 */
public enum Framing {
    /** Nothing, the default. */
    NONE,
    /** A byte 0xFA, "not compressed": what {@code comp-lzo no} and {@code compress stub} have. */
    STUB,
    /** Nothing unless the payload begins with 0x50, which then is escaped: {@code compress stub-v2}. */
    STUB_V2;

    private static final byte NOT_COMPRESSED = (byte) 0xfa;
    private static final byte INDICATOR = 0x50;

    /** What a packet of ours begins with. */
    int write(byte[] to, int at, byte firstOfPayload) {
        switch (this) {
            case STUB -> {
                to[at] = NOT_COMPRESSED;
                return 1;
            }
            case STUB_V2 -> {
                if (firstOfPayload == INDICATOR) {
                    to[at] = INDICATOR;
                    to[at + 1] = 0;
                    return 2;
                }
                return 0;
            }
            default -> {
                return 0;
            }
        }
    }

    /** The length of what stands before the payload; -1 if the packet is compressed or empty. */
    int read(byte[] from, int at, int length) {
        return switch (this) {
            case NONE -> 0;
            case STUB -> length > 0 && from[at] == NOT_COMPRESSED ? 1 : -1;
            case STUB_V2 -> {
                if (length == 0 || from[at] != INDICATOR) {
                    yield 0;
                }
                yield length > 1 && from[at + 1] == 0 ? 2 : -1;
            }
        };
    }
}
