// SPDX-License-Identifier: MIT
package io.pktkit.nat.pcp;

import static io.pktkit.nat.pcp.PcpMessage.EXCESSIVE_REMOTE_PEERS;
import static io.pktkit.nat.pcp.PcpMessage.MALFORMED_OPTION;
import static io.pktkit.nat.pcp.PcpMessage.MALFORMED_REQUEST;
import static io.pktkit.nat.pcp.PcpMessage.OP_MAP;
import static io.pktkit.nat.pcp.PcpMessage.OP_PEER;
import static io.pktkit.nat.pcp.PcpMessage.SUCCESS;
import static io.pktkit.nat.pcp.PcpMessage.UNSUPP_OPTION;

import io.pktkit.wire.IpAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The options of a request, RFC 6887 sections 7.3 and 13. */
final class PcpOptions {

    private static final int THIRD_PARTY = 1;
    private static final int PREFER_FAILURE = 2;
    private static final int FILTER = 3;

    /** Section 7.3: options below may not be passed over. */
    private static final int FIRST_OPTIONAL = 128;

    private static final int OPTION_HEADER = 4;

    boolean preferFailure;

    /** Whether there was a FILTER, and what it asks for; null for anybody. */
    boolean filtered;

    @Nullable
    IpAddress from;

    /** For whom the request is, if not for who sends it. */
    @Nullable
    IpAddress thirdParty;

    int error;

    private final ByteBuffer in;
    private final int opcode;

    /** Those that were acted on, one behind the other: only they come back. */
    private final ByteBuffer taken;

    private PcpOptions(ByteBuffer in, int opcode, int from) {
        this.in = in;
        this.opcode = opcode;
        this.taken = ByteBuffer.allocate(in.limit() - from);
    }

    /**
     * Reads the options of a request.
     *
     * @param at where they begin, at the end of the request or before it
     * @param mayActForOthers whether THIRD_PARTY is known at all
     */
    static PcpOptions of(byte[] request, int opcode, int at, boolean mayActForOthers) {
        PcpOptions options = new PcpOptions(ByteBuffer.wrap(request), opcode, at);
        options.read(at, mayActForOthers);
        return options;
    }

    private void read(int first, boolean mayActForOthers) {
        int at = first;
        while (at < in.limit() && error == SUCCESS) {
            int room = in.limit() - at - OPTION_HEADER;
            int length = room < 0 ? 0 : in.getShort(at + 2) & 0xFFFF;
            int padded = (length + 3) & ~3;
            if (padded > room) {
                error = MALFORMED_OPTION;
                return;
            }
            int code = in.get(at) & 0xFF;
            if (code == THIRD_PARTY && !mayActForOthers) {
                error = UNSUPP_OPTION; // section 13.1: as it is where that is prohibited
            } else if (take(code, at + OPTION_HEADER, length)) {
                taken.put(in.slice(at, OPTION_HEADER + padded));
            }
            at += OPTION_HEADER + padded;
        }
    }

    /** Whether it is one that is known here. */
    private boolean take(int code, int at, int length) {
        switch (code) {
            case THIRD_PARTY -> thirdParty(at, length);
            case PREFER_FAILURE -> preferFailure(length);
            case FILTER -> {
                if (opcode == OP_MAP) {
                    filter(at, length);
                } else {
                    error = UNSUPP_OPTION; // section 13.3: it is MAP's
                }
            }
            default -> {
                error = code < FIRST_OPTIONAL ? UNSUPP_OPTION : SUCCESS;
                return false;
            }
        }
        return true;
    }

    /** Section 13.1. */
    private void thirdParty(int at, int length) {
        if (length != 16 || thirdParty != null) {
            error = MALFORMED_OPTION;
            return;
        }
        thirdParty = PcpMessage.address(in, at);
        // It must not name who sends the request.
        if (thirdParty.equals(PcpMessage.address(in, 8))) {
            error = MALFORMED_REQUEST;
        }
    }

    /** Section 13.2: of no use where nothing is asked for; section 12.1: PEER implies it, and must not have it. */
    private void preferFailure(int length) {
        if (opcode == OP_PEER) {
            error = MALFORMED_REQUEST;
        } else if (length != 0 || preferFailure || in.getInt(4) == 0) {
            error = MALFORMED_OPTION;
        }
        preferFailure = true;
    }

    /** Section 13.3: one remote address with all of its ports. A prefix length of 0 takes former filters away. */
    private void filter(int at, int length) {
        int prefix = length == 20 ? in.get(at + 1) & 0xFF : 255;
        if (prefix > 128) {
            error = MALFORMED_OPTION;
            return;
        }
        boolean second = from != null;
        filtered = true;
        if (prefix == 0) {
            from = null;
            return;
        }
        IpAddress remote = PcpMessage.address(in, at + 4);
        if (prefix != 128 || in.getShort(at + 2) != 0 || !remote.isIpv4()) {
            error = UNSUPP_OPTION;
            return;
        }
        from = remote;
        error = second ? EXCESSIVE_REMOTE_PEERS : SUCCESS;
    }

    int length() {
        return taken.position();
    }

    /** Puts them where the buffer is. */
    void copy(ByteBuffer into) {
        into.put(taken.array(), 0, taken.position());
    }
}
