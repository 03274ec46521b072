// SPDX-License-Identifier: MIT
package io.pktkit.nat.alg;

import io.pktkit.nat.alg.SipMessage.Header;
import io.pktkit.nat.helper.HelperFlow;
import io.pktkit.nat.helper.HelperPayload;
import io.pktkit.nat.helper.NatHelper;
import io.pktkit.wire.IpProtocol;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * SIP (RFC 3261) with session descriptions (RFC 8866), over UDP and TCP, of clients and of servers inside. Where a host
 * names itself, in Via, Contact, the routes, From and To, and in the description, it is named as it is outside, and back; its
 * media ports are open to anybody while the call is set up, and its Contact to the other side, once registered for as long
 * as that lasts. Names, other hosts' addresses, Call-ID, candidates of ICE, and encrypted SIP are left alone.
 *
 * <p>A message that is split over segments of TCP is held back until it is whole, up to 16 KiB; of a longer one the headers are
 * read, and the body passes as it is. A stream whose messages cannot be told apart is left from there on. For an IPv6 host of
 * a NAT64 the addresses of remotes are those of its prefix.
 */
public final class SipHelper implements NatHelper {

    /** How long media may take to begin, counted from the latest message of a call; and an answer to a Contact. */
    public static final Duration WINDOW = Duration.ofMinutes(2);

    /** The longest registration that is kept open. */
    public static final Duration MAX_REGISTRATION = Duration.ofDays(1);

    private static final int SIP = 5060;
    private static final int MAX_HEADERS = 8192;
    private static final int MAX_BODY = 8192;

    /** What is longer is no message that could be skipped. */
    private static final int MAX_LENGTH = 1 << 30;

    /** Calls that are followed of one flow; of more the oldest are not. */
    private static final int MAX_CALLS = 256;

    /** About what is kept of a call, and of a registration. */
    private static final int CALL_OCTETS = 1024;

    private static final int MAX_CALL_ID = 256;

    private final Set<Integer> ports;

    /** A helper for port 5060. */
    public SipHelper() {
        this(Set.of(SIP));
    }

    /**
     * A helper for other ports, none of them encrypted.
     *
     * @param ports the ports of servers
     */
    public SipHelper(Set<Integer> ports) {
        this.ports = new TreeSet<>(ports);
    }

    @Override
    public String name() {
        return "sip";
    }

    @Override
    public boolean wants(HelperFlow flow) {
        boolean transport = flow.protocol() == IpProtocol.UDP || flow.protocol() == IpProtocol.TCP;
        // A client of UDP answers where it asks, so that a call to it comes to such a port from any.
        return transport && (ports.contains(flow.servicePort()) || ports.contains(flow.insidePort()));
    }

    /** What is known of a flow. */
    private static final class Dialogs {
        final Map<String, SipCall> calls = new LinkedHashMap<>(16, 0.75F, true);
        final SipRegistrations registrations = new SipRegistrations();

        /** How much of a body is to be passed on, by direction. */
        int outwardRest;

        int inwardRest;

        /** Counts what is kept, and that much more; false if that is too much. */
        boolean keep(HelperFlow flow, int more) {
            return flow.keep((calls.size() + registrations.size() + more) * CALL_OCTETS);
        }
    }

    @Override
    public void payload(HelperFlow flow, HelperPayload payload) {
        Dialogs dialogs = flow.state() instanceof Dialogs known ? known : new Dialogs();
        flow.state(dialogs);
        if (flow.protocol() == IpProtocol.UDP) {
            datagram(flow, dialogs, payload);
            return;
        }
        boolean outward = payload.isOutward();
        int rest = stream(flow, dialogs, payload, outward ? dialogs.outwardRest : dialogs.inwardRest);
        if (outward) {
            dialogs.outwardRest = rest;
        } else {
            dialogs.inwardRest = rest;
        }
    }

    private static void datagram(HelperFlow flow, Dialogs dialogs, HelperPayload payload) {
        int body = headersEnd(payload, 0);
        SipMessage message = body < 0 ? null : SipMessage.parse(text(payload, 0, payload.length()), body);
        if (message == null) {
            return;
        }
        boolean said = message.header("content-length") != null;
        int length = said ? message.contentLength(payload.length() - body) : payload.length() - body;
        if (length >= 0) { // else it is cut off, and its receiver refuses it (RFC 3261 section 18.3)
            message(flow, dialogs, payload, 0, message, body + length);
        }
    }

    /** Goes through messages; how much of the last one's body is to be passed on. */
    private static int stream(HelperFlow flow, Dialogs dialogs, HelperPayload payload, int restBefore) {
        int rest = restBefore;
        int at = 0;
        while (true) {
            int passed = Math.min(rest, payload.length() - at);
            at += passed;
            rest -= passed;
            while (rest == 0 && at < payload.length() && isLineEnd(payload.at(at))) {
                at++; // RFC 3261 section 7.5
            }
            if (at == payload.length()) {
                return rest;
            }
            int headers = headersEnd(payload, at);
            if (headers < 0) {
                if (!mayBegin(payload, at) || payload.length() - at > MAX_HEADERS || !payload.hold(at)) {
                    flow.leave();
                }
                return 0;
            }
            SipMessage head = SipMessage.parse(text(payload, at, headers), headers - at);
            int length = head == null ? -1 : head.contentLength(MAX_LENGTH);
            if (head == null || length < 0) {
                flow.leave(); // where the next one begins nobody can tell
                return 0;
            }
            boolean described = length > 0 && length <= MAX_BODY && isDescription(head);
            boolean whole = length <= payload.length() - headers;
            if (described && !whole && payload.hold(at)) {
                return 0;
            }
            if (described && whole) {
                int end = headers + length;
                SipMessage message = SipMessage.parse(text(payload, at, end), headers - at);
                at = end + (message == null ? 0 : message(flow, dialogs, payload, at, message, end - at));
            } else {
                at = headers + message(flow, dialogs, payload, at, head, headers - at);
                rest = length;
            }
        }
    }

    private static boolean isLineEnd(int octet) {
        return octet == '\r' || octet == '\n';
    }

    /** Whether a message may begin so: a token, then a blank. */
    private static boolean mayBegin(HelperPayload payload, int from) {
        for (int at = from; at < payload.length() && at - from < 32; at++) {
            int octet = payload.at(at);
            if (octet == ' ') {
                return at > from;
            }
            if (octet <= 32 || octet > 126) {
                return false;
            }
        }
        return payload.length() - from < 32;
    }

    /** Behind the empty line; -1 if there is none. */
    private static int headersEnd(HelperPayload payload, int from) {
        int most = Math.min(payload.length(), from + MAX_HEADERS);
        for (int at = from; at < most; at++) {
            if (payload.at(at) == '\n') {
                int next = at + 1 < most && payload.at(at + 1) == '\r' ? at + 2 : at + 1;
                if (next < most && payload.at(next) == '\n') {
                    return next + 1;
                }
            }
        }
        return -1;
    }

    private static String text(HelperPayload payload, int from, int to) {
        byte[] bytes = new byte[to - from];
        payload.bytes().get(from, bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static boolean isDescription(SipMessage message) {
        String type = message.mediaType();
        return type.equals("application/sdp") || type.startsWith("multipart/");
    }

    /** Rewrites a message; by how much it grew. */
    private static int message(
            HelperFlow flow, Dialogs dialogs, HelperPayload payload, int offset, SipMessage message, int end) {
        boolean outward = payload.isOutward();
        TextEdits edits = new TextEdits(message.text);
        SipCall call = call(flow, dialogs, message, outward);
        if (end > message.body && isDescription(message)) {
            bodies(flow, call, message, edits, end, outward);
            Header length = message.header("content-length");
            if (length != null && !edits.isEmpty()) {
                int size = end - message.body + edits.growth(message.body, end);
                edits.replace(length.from(), length.to(), Integer.toString(size));
            }
        }
        new SipRewriter(flow, message, edits, outward, WINDOW).headers();
        register(flow, dialogs, message, outward);
        return edits.apply(payload, offset);
    }

    /** The description, or those among the parts of a body (RFC 2046 section 5.1). */
    private static void bodies(
            HelperFlow flow, SipCall call, SipMessage message, TextEdits edits, int end, boolean outward) {
        if (message.mediaType().equals("application/sdp")) {
            description(flow, call, message.text, edits, message.body, end, outward);
            return;
        }
        String type = message.value("content-type");
        SipText parameters = new SipText(type == null ? "" : type);
        int at = parameters.parameter("boundary", 0, parameters.text.length());
        if (at < 0) {
            return;
        }
        boolean quoted = parameters.text.startsWith("\"", at);
        int from = quoted ? at + 1 : at;
        int to = quoted ? parameters.text.indexOf('"', from) : parameters.valueEnd(from, parameters.text.length());
        if (to <= from || to - from > 70) {
            return;
        }
        String mark = "--" + parameters.text.substring(from, to);
        int part = message.text.indexOf(mark, message.body);
        while (part >= 0 && part < end) {
            int line = message.text.indexOf('\n', part);
            int next = message.text.indexOf(mark, part + mark.length());
            int stop = next < 0 || next > end ? end : next;
            int blank = line < 0 ? -1 : message.text.indexOf("\r\n\r\n", line - 1);
            if (blank >= 0 && blank + 4 <= stop) {
                String headers = message.text
                        .substring(line + 1, Math.max(line + 1, blank))
                        .toLowerCase(Locale.ROOT);
                if (headers.contains("application/sdp")) {
                    description(flow, call, message.text, edits, blank + 4, stop, outward);
                }
            }
            part = next;
        }
    }

    private static void description(
            HelperFlow flow, SipCall call, String text, TextEdits edits, int from, int to, boolean outward) {
        Sdp sdp = new Sdp(text, edits, flow);
        if (outward) {
            sdp.outward(from, to, call, WINDOW);
        } else {
            sdp.inward(from, to);
        }
    }

    /** The call that a message is of, which it may end. */
    private static SipCall call(HelperFlow flow, Dialogs dialogs, SipMessage message, boolean outward) {
        String id = message.value("call-id");
        if (id == null || id.length() > MAX_CALL_ID) {
            return new SipCall();
        }
        String method = message.method();
        boolean invited = method.equals("INVITE");
        boolean accepted = invited && message.status() / 100 == 2;
        SipCall known = dialogs.calls.get(id);
        if (known == null) {
            SipCall call = new SipCall();
            call.established = accepted;
            // The host begins one, or names its media to who did: what strangers send takes none of what may be kept.
            boolean ours = outward && (message.isRequest() || isDescription(message));
            if (ours && (invited || method.equals("UPDATE") || method.equals("PRACK") || method.equals("ACK"))) {
                if (dialogs.calls.size() >= MAX_CALLS || !dialogs.keep(flow, 1)) {
                    if (dialogs.calls.isEmpty()) {
                        return call;
                    }
                    dialogs.calls.remove(dialogs.calls.keySet().iterator().next());
                }
                dialogs.calls.put(id, call);
            }
            return call;
        }
        known.established |= accepted;
        // CANCEL is followed by 487 to the INVITE, RFC 3261 section 9.2; a refused change leaves a call as it was.
        boolean refused = invited && message.status() >= 300 && !known.established;
        if ((message.isRequest() && method.equals("BYE")) || refused) {
            known.close(flow);
            dialogs.calls.remove(id);
            dialogs.keep(flow, 0);
        } else {
            known.refresh(flow, WINDOW);
        }
        return known;
    }

    private static void register(HelperFlow flow, Dialogs dialogs, SipMessage message, boolean outward) {
        String id = message.value("call-id");
        if (id == null || id.length() > MAX_CALL_ID || !message.method().equals("REGISTER")) {
            return;
        }
        SipRegistrations registrations = dialogs.registrations;
        if (!outward && message.status() / 100 == 2) {
            registrations.answer(flow, id, message);
        } else if (outward && message.isRequest()) {
            if (!registrations.knows(id) && (registrations.size() >= SipRegistrations.MOST || !dialogs.keep(flow, 1))) {
                if (registrations.size() == 0) {
                    return;
                }
                registrations.forgetOldest();
            }
            registrations.ask(flow, id, message);
        }
    }
}
