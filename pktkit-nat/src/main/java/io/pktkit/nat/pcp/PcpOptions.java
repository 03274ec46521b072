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

    /** Whether a FILTER takes former ones away. */
    private boolean cleared;

    /** Whom a FILTER lets in, besides those whom former ones do; null for nobody. */
    private @Nullable IpAddress from;

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
            case FILTER -> filter(at, length);
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
        if (opcode != OP_MAP) {
            error = opcode == OP_PEER ? MALFORMED_REQUEST : UNSUPP_OPTION;
        } else if (length != 0 || preferFailure || in.getInt(4) == 0) {
            error = MALFORMED_OPTION;
        }
        preferFailure = true;
    }

    /** Section 13.3: one remote address with all of its ports. A prefix length of 0 takes former filters away. */
    private void filter(int at, int length) {
        int prefix = length == 20 ? in.get(at + 1) & 0xFF : 255;
        if (opcode != OP_MAP) {
            error = UNSUPP_OPTION;
        } else if (prefix > 128 || in.getInt(4) == 0) {
            error = MALFORMED_OPTION; // there is nothing to filter when a mapping is given back
        } else if (prefix == 0) {
            cleared = true;
            from = null;
        } else {
            add(PcpMessage.address(in, at + 4), prefix, in.getShort(at + 2) & 0xFFFF);
        }
    }

    private void add(IpAddress remote, int prefix, int port) {
        boolean second = from != null && !remote.equals(from);
        // Section 7.4: the filters of this request cannot be made.
        error = second || prefix != 128 || port != 0 || !remote.isIpv4() ? EXCESSIVE_REMOTE_PEERS : SUCCESS;
        from = remote;
    }

    /** Whether the filter of a mapping can be as it is asked for: a second remote address would be added to the first. */
    boolean canFilter(@Nullable IpAddress present) {
        return cleared || from == null || present == null || present.equals(from);
    }

    /** Who may come in by a mapping after the request; null for anybody. */
    @Nullable
    IpAddress filter(@Nullable IpAddress present) {
        return cleared || from != null ? from : present;
    }

    int length() {
        return taken.position();
    }

    /** Puts them where the buffer is. */
    void copy(ByteBuffer into) {
        into.put(taken.array(), 0, taken.position());
    }
}
