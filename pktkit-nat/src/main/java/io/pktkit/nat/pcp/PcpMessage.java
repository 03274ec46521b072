// SPDX-License-Identifier: MIT
package io.pktkit.nat.pcp;

import io.pktkit.wire.IpAddress;
import java.nio.ByteBuffer;
import java.time.Duration;

/** The layout of PCP's messages, RFC 6887 section 7, and what is alike in all responses. */
final class PcpMessage {

    static final int VERSION = 2;
    static final int HEADER = 24;
    static final int MAX = 1100;
    static final int RESPONSE = 0x80;

    static final int OP_ANNOUNCE = 0;
    static final int OP_MAP = 1;
    static final int OP_PEER = 2;

    // Where MAP and PEER have the same fields, sections 11.1 and 12.1.
    static final int NONCE = HEADER;
    static final int NONCE_LENGTH = 12;
    static final int PROTOCOL = HEADER + 12;
    static final int INTERNAL_PORT = HEADER + 16;
    static final int EXTERNAL_PORT = HEADER + 18;
    static final int EXTERNAL_ADDRESS = HEADER + 20;

    // Section 7.4.
    static final int SUCCESS = 0;
    static final int UNSUPP_VERSION = 1;
    static final int NOT_AUTHORIZED = 2;
    static final int MALFORMED_REQUEST = 3;
    static final int UNSUPP_OPCODE = 4;
    static final int UNSUPP_OPTION = 5;
    static final int MALFORMED_OPTION = 6;
    static final int NO_RESOURCES = 8;
    static final int UNSUPP_PROTOCOL = 9;
    static final int USER_EX_QUOTA = 10;
    static final int CANNOT_PROVIDE_EXTERNAL = 11;
    static final int ADDRESS_MISMATCH = 12;
    static final int EXCESSIVE_REMOTE_PEERS = 13;

    /** Section 15. */
    private static final long MIN_SECONDS = 120;

    private static final long MAX_SECONDS = Duration.ofHours(24).toSeconds();

    /** Section 7.4: after an error that may pass, and after one that will not. */
    private static final int SHORT_ERROR_SECONDS = 30;

    private static final int LONG_ERROR_SECONDS = 1800;

    private PcpMessage() {}

    static ByteBuffer header(ByteBuffer into, int opcode, int result, int seconds, int epoch) {
        into.put(0, (byte) VERSION)
                .put(1, (byte) (opcode | RESPONSE))
                .put(2, (byte) 0)
                .put(3, (byte) result);
        into.putInt(4, seconds).putInt(8, epoch);
        return into.putInt(12, 0).putInt(16, 0).putInt(20, 0);
    }

    /** Section 8.3: the request comes back, cut to the longest message and filled up to a whole header. */
    static byte[] error(byte[] request, int opcode, int result, int epoch) {
        int length = Math.max(HEADER, Math.min(request.length & ~3, MAX));
        ByteBuffer response = ByteBuffer.allocate(length);
        response.put(request, 0, Math.min(request.length, length));
        boolean passing = result == NO_RESOURCES || result == USER_EX_QUOTA || result == CANNOT_PROVIDE_EXTERNAL;
        return header(response, opcode, result, passing ? SHORT_ERROR_SECONDS : LONG_ERROR_SECONDS, epoch)
                .array();
    }

    /** What was granted: the request's own fields, the port and address outside, and the options that were acted on. */
    static byte[] success(
            byte[] request,
            int opcodeLength,
            PcpOptions options,
            long seconds,
            int epoch,
            IpAddress outside,
            int port) {
        int fixed = HEADER + opcodeLength;
        ByteBuffer response = ByteBuffer.allocate(fixed + options.length()).put(request, 0, fixed);
        options.copy(response);
        header(response, request[1] & 0x7F, SUCCESS, (int) seconds, epoch);
        response.putShort(EXTERNAL_PORT, (short) port);
        response.putLong(EXTERNAL_ADDRESS, 0)
                .putLong(EXTERNAL_ADDRESS + 8, 0xFFFF_0000_0000L | (outside.toIpv4Bits() & 0xFFFF_FFFFL));
        return response.array();
    }

    /** An address in 128 bits, of IPv4 if it is mapped. */
    static IpAddress address(ByteBuffer from, int at) {
        return IpAddress.ofIpv6(from.getLong(at), from.getLong(at + 8)).unmapped();
    }

    /** What is asked for, as a lifetime that is given. */
    static Duration lifetime(ByteBuffer request) {
        long asked = request.getInt(4) & 0xFFFF_FFFFL;
        return Duration.ofSeconds(Math.max(MIN_SECONDS, Math.min(asked, MAX_SECONDS)));
    }
}
