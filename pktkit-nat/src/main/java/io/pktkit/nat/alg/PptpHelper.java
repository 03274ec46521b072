// SPDX-License-Identifier: MIT
package io.pktkit.nat.alg;

import io.pktkit.nat.helper.HelperFlow;
import io.pktkit.nat.helper.HelperPayload;
import io.pktkit.nat.helper.NatHelper;
import io.pktkit.wire.IpProtocol;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * PPTP (RFC 2637) with its data, which is enhanced GRE. The Call ID that the inside end chooses is mapped like a port, so that
 * several hosts may use one server; messages that name it are changed in place. A Call ID of 0 is one like any other. A call ends
 * when either end says so, else by being idle.
 */
public final class PptpHelper implements NatHelper {

    /** How long the data of a call may take to begin. */
    public static final Duration WINDOW = Duration.ofMinutes(2);

    private static final int PPTP = 1723;
    private static final int COOKIE = 0x1A2B_3C4D;

    /** Up to the type and what is reserved behind it, RFC 2637 section 2. */
    private static final int HEADER_LENGTH = 12;

    private static final int CONTROL = 1;

    /** Where Call IDs are: the first of a message, and in replies that of the other end behind it. */
    private static final int CALL_ID = 12;

    private static final int PEER_CALL_ID = 14;

    private static final int OUTGOING_CALL_REQUEST = 7;
    private static final int OUTGOING_CALL_REPLY = 8;
    private static final int INCOMING_CALL_REQUEST = 9;
    private static final int INCOMING_CALL_REPLY = 10;
    private static final int INCOMING_CALL_CONNECTED = 11;
    private static final int CALL_CLEAR_REQUEST = 12;
    private static final int CALL_DISCONNECT_NOTIFY = 13;
    private static final int WAN_ERROR_NOTIFY = 14;
    private static final int SET_LINK_INFO = 15;

    /** Calls of one control connection. */
    private static final int MAX_CALLS = 64;

    /** About what is kept of a call. */
    private static final int CALL_OCTETS = 128;

    /** A helper for port 1723. */
    public PptpHelper() {}

    @Override
    public String name() {
        return "pptp";
    }

    @Override
    public boolean wants(HelperFlow flow) {
        return flow.protocol() == IpProtocol.TCP && flow.inside().isIpv4() && flow.servicePort() == PPTP;
    }

    /** What a Call ID of the inside end is outside, and which one the remote gave the call, -1 until it is known. */
    private static final class Call {
        final int outside;
        int remote;

        Call(int outside, int remote) {
            this.outside = outside;
            this.remote = remote;
        }
    }

    /** The calls that have not ended, by the Call ID of the inside end. */
    private static final class Calls {
        final Map<Integer, Call> byInside = new LinkedHashMap<>();

        /** Counts what is kept, and that much more; false if that is too much. */
        boolean keep(HelperFlow flow, int more) {
            return flow.keep((byInside.size() + more) * CALL_OCTETS);
        }

        @Nullable
        Call remove(HelperFlow flow, int id) {
            Call removed = byInside.remove(id);
            keep(flow, 0);
            return removed;
        }
    }

    @Override
    public void payload(HelperFlow flow, HelperPayload payload) {
        Calls calls = flow.state() instanceof Calls known ? known : new Calls();
        flow.state(calls);
        int at = 0;
        while (payload.length() - at >= HEADER_LENGTH) {
            ByteBuffer bytes = payload.bytes();
            int length = bytes.getShort(at) & 0xFFFF;
            boolean message = bytes.getShort(at + 2) == CONTROL
                    && bytes.getInt(at + 4) == COOKIE
                    && length >= HEADER_LENGTH
                    && length <= payload.length() - at;
            if (!message) {
                return; // split over segments, or not PPTP
            }
            int type = bytes.getShort(at + 8) & 0xFFFF;
            if (length == lengthOf(type)) {
                message(flow, calls, payload, at, type);
            }
            at += length;
        }
    }

    /** How long a message is, RFC 2637 sections 2.7 to 2.15; 0 for one without Call IDs. */
    private static int lengthOf(int type) {
        return switch (type) {
            case OUTGOING_CALL_REQUEST -> 168;
            case OUTGOING_CALL_REPLY -> 32;
            case INCOMING_CALL_REQUEST -> 220;
            case INCOMING_CALL_REPLY -> 24;
            case INCOMING_CALL_CONNECTED -> 28;
            case CALL_CLEAR_REQUEST -> 16;
            case CALL_DISCONNECT_NOTIFY -> 148;
            case WAN_ERROR_NOTIFY -> 40;
            case SET_LINK_INFO -> 24;
            default -> 0;
        };
    }

    private static void message(HelperFlow flow, Calls calls, HelperPayload payload, int at, int type) {
        if (payload.isOutward()) {
            switch (type) {
                case OUTGOING_CALL_REQUEST, INCOMING_CALL_REQUEST -> begin(flow, calls, payload, at, -1);
                case OUTGOING_CALL_REPLY, INCOMING_CALL_REPLY ->
                    begin(flow, calls, payload, at, number(payload, at + PEER_CALL_ID));
                case CALL_CLEAR_REQUEST, CALL_DISCONNECT_NOTIFY -> end(flow, calls, payload, at + CALL_ID);
                default -> {}
            }
            return;
        }
        switch (type) {
            case OUTGOING_CALL_REPLY, INCOMING_CALL_REPLY -> {
                Call call = restore(calls, payload, at + PEER_CALL_ID);
                if (call != null) {
                    call.remote = number(payload, at + CALL_ID);
                }
            }
            case INCOMING_CALL_CONNECTED, WAN_ERROR_NOTIFY, SET_LINK_INFO -> restore(calls, payload, at + CALL_ID);
            case CALL_DISCONNECT_NOTIFY -> ended(flow, calls, number(payload, at + CALL_ID));
            default -> {}
        }
    }

    private static void begin(HelperFlow flow, Calls calls, HelperPayload payload, int at, int remote) {
        int id = number(payload, at + CALL_ID);
        if (!calls.byInside.containsKey(id) && (calls.byInside.size() >= MAX_CALLS || !calls.keep(flow, 1))) {
            return;
        }
        int opened = flow.open(IpProtocol.GRE, id, flow.remote(), 0, WINDOW);
        if (opened >= 0) {
            calls.byInside.put(id, new Call(opened, remote));
            write(payload, at + CALL_ID, opened);
        }
        calls.keep(flow, 0);
    }

    /** The inside end clears or has ended a call, and names it by its own Call ID (RFC 2637 sections 2.12, 2.13). */
    private static void end(HelperFlow flow, Calls calls, HelperPayload payload, int at) {
        int id = number(payload, at);
        Call call = calls.remove(flow, id);
        if (call != null) {
            write(payload, at, call.outside);
            flow.close(IpProtocol.GRE, id);
        }
    }

    /** The remote has ended a call, and names it by its own Call ID. */
    private static void ended(HelperFlow flow, Calls calls, int remote) {
        int id = -1;
        for (Map.Entry<Integer, Call> each : calls.byInside.entrySet()) {
            id = each.getValue().remote == remote ? each.getKey() : id;
        }
        if (id >= 0) {
            calls.remove(flow, id);
            flow.close(IpProtocol.GRE, id);
        }
    }

    private static @Nullable Call restore(Calls calls, HelperPayload payload, int at) {
        int id = number(payload, at);
        for (Map.Entry<Integer, Call> each : calls.byInside.entrySet()) {
            if (each.getValue().outside == id) {
                write(payload, at, each.getKey());
                return each.getValue();
            }
        }
        return null;
    }

    private static int number(HelperPayload payload, int at) {
        return payload.at(at) << 8 | payload.at(at + 1);
    }

    private static void write(HelperPayload payload, int at, int number) {
        if (number != number(payload, at)) {
            payload.replace(at, at + 2, new byte[] {(byte) (number >>> 8), (byte) number});
        }
    }
}
