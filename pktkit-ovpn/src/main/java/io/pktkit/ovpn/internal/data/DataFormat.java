// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.data;

import io.pktkit.ovpn.internal.wire.Opcode;

/**
 * How the packets of a key begin.
 *
 * @param keyId 0 to 7
 * @param peerId 0 to 0xFFFFFE for DATA_V2; {@link #NO_PEER_ID} for DATA_V1
 * @param framing what compression left over
 */
public record DataFormat(int keyId, int peerId, Framing framing) {

    /** Packets are DATA_V1. Packets of a DATA_V2 peer that is not told an id have this in place of one. */
    public static final int NO_PEER_ID = 0xFF_FFFF;

    /** {@return the bytes before the packet id or HMAC: 1 or 4} */
    public int headerLength() {
        return peerId == NO_PEER_ID ? 1 : 4;
    }

    /** {@return the header, in the upper bytes of an int} */
    public int header() {
        if (peerId == NO_PEER_ID) {
            return Opcode.first(Opcode.DATA_V1, keyId) << 24;
        }
        return Opcode.first(Opcode.DATA_V2, keyId) << 24 | peerId;
    }
}
