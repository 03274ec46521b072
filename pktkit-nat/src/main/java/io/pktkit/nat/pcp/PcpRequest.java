// SPDX-License-Identifier: MIT
package io.pktkit.nat.pcp;

import io.pktkit.wire.IpAddress;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * A request for a mapping, MAP or PEER, read as far as they are alike.
 *
 * @param bytes as it came
 * @param opcode MAP or PEER
 * @param host whose port it is about: the client, or for whom that speaks
 * @param options what was asked for besides
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record PcpRequest(byte[] bytes, int opcode, IpAddress host, PcpOptions options) {

    private ByteBuffer in() {
        return ByteBuffer.wrap(bytes);
    }

    long seconds() {
        return in().getInt(4) & 0xFFFF_FFFFL;
    }

    int protocol() {
        return bytes[PcpMessage.PROTOCOL] & 0xFF;
    }

    int internalPort() {
        return in().getShort(PcpMessage.INTERNAL_PORT) & 0xFFFF;
    }

    String nonce() {
        return HexFormat.of().formatHex(bytes, PcpMessage.NONCE, PcpMessage.NONCE + PcpMessage.NONCE_LENGTH);
    }

    byte[] error(int result, int epoch) {
        return PcpMessage.error(bytes, opcode, result, epoch);
    }
}
