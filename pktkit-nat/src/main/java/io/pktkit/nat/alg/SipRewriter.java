// SPDX-License-Identifier: MIT
package io.pktkit.nat.alg;

import io.pktkit.nat.alg.SipMessage.Header;
import io.pktkit.nat.helper.HelperFlow;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Replaces the addresses in the headers of one message. From inside, where the host names itself, it is named as it is outside;
 * from outside, where its outside end is named, it is named as it knows itself. An address is one only as a whole.
 */
final class SipRewriter {

    private static final int SIP = 5060;
    private static final int SIPS = 5061;

    private final HelperFlow flow;
    private final SipMessage message;
    private final TextEdits edits;
    private final SipText text;
    private final boolean outward;
    private final Duration window;

    /** What an address is there for. */
    private enum Role {
        /** Where responses go. */
        VIA,
        /** Where requests go. */
        TARGET,
        /** Where this request goes. */
        REQUEST_URI,
        /** Who somebody is; nobody sends anything there. */
        IDENTITY
    }

    SipRewriter(HelperFlow flow, SipMessage message, TextEdits edits, boolean outward, Duration window) {
        this.flow = flow;
        this.message = message;
        this.edits = edits;
        this.text = new SipText(message.text);
        this.outward = outward;
        this.window = window;
    }

    private static @Nullable Role role(String name) {
        return switch (name) {
            case "via" -> Role.VIA;
            case "contact", "route", "record-route", "path", "service-route", "refer-to" -> Role.TARGET;
            case "from", "to", "referred-by", "p-asserted-identity", "p-preferred-identity", "remote-party-id" ->
                Role.IDENTITY;
            default -> null;
        };
    }

    /** Replaces what is to be replaced in the headers. */
    void headers() {
        if (message.isRequest()) {
            uris(message.uriFrom(), message.uriTo(), Role.REQUEST_URI);
        }
        boolean top = true;
        for (Header header : message.headers()) {
            Role role = role(header.name());
            if (role == Role.VIA) {
                // A request from inside passed the host, a response to inside goes back to it.
                if (outward == message.isRequest()) {
                    vias(header, top);
                } else if (!flow.inside().isIpv4()) {
                    received(header);
                }
                top = false;
            } else if (role == Role.IDENTITY) {
                // The caller of a request to inside may be another host behind the same address.
                if (outward || !message.isRequest() || header.name().equals("to")) {
                    uris(header.from(), header.to(), role);
                }
            } else if (role != null) {
                uris(header.from(), header.to(), role);
            }
        }
    }

    private void uris(int from, int to, Role role) {
        for (int at = from; text.nextUri(at, to); at = Math.max(at + 1, text.end)) {
            int transport = text.parameter("transport", text.portTo, text.end);
            int protocol = transport < 0 ? flow.protocol() : protocol(transport);
            host(role, protocol, text.secure ? SIPS : SIP);
            maddr();
        }
    }

    private int protocol(int at) {
        String name = message.text.substring(at, text.valueEnd(at, text.end)).toLowerCase(Locale.ROOT);
        return name.equals("udp") ? IpProtocol.UDP : IpProtocol.TCP;
    }

    private void vias(Header header, boolean top) {
        boolean first = top;
        for (int at = header.from(); at < header.to(); at = text.end + 1) {
            if (text.via(at, header.to())) {
                int protocol = text.isViaOver(at, "UDP") ? IpProtocol.UDP : IpProtocol.TCP;
                boolean ours = host(Role.VIA, protocol, text.isViaOver(at, "TLS") ? SIPS : SIP);
                if (!outward && (ours || first)) {
                    received(protocol);
                }
                maddr();
            }
            first = false;
        }
    }

    /** What the remote saw (RFC 3261 section 18.2.1, RFC 3581), as it would have seen without us. */
    private void received(int protocol) {
        int at = text.parameter("received", text.portTo, text.end);
        int to = at < 0 ? -1 : text.valueEnd(at, text.end);
        if (at >= 0 && text.isAddress(at, to, flow.outside())) {
            edits.replace(at, to, flow.inside().toString());
            int portAt = text.parameter("rport", text.portTo, text.end);
            int portTo = portAt < 0 ? -1 : text.valueEnd(portAt, text.end);
            int inside = portAt < 0 ? -1 : insidePort(protocol, Numbers.decimal(message.text, portAt, portTo, 65_535));
            if (inside > 0) {
                edits.replace(portAt, portTo, Integer.toString(inside));
            }
        }
    }

    /** What an IPv6 host saw of a remote. */
    private void received(Header header) {
        for (int at = header.from(); at < header.to(); at = text.end + 1) {
            int value = text.via(at, header.to()) ? text.parameter("received", text.portTo, text.end) : -1;
            int to = value < 0 ? -1 : text.valueEnd(value, text.end);
            IpAddress named = value < 0 ? null : text.address(value, to);
            IpAddress other = named == null ? null : outward ? flow.toOutside(named) : flow.toInside(named);
            if (other != null) {
                edits.replace(value, to, other.toString());
            }
        }
    }

    private void maddr() {
        int at = text.parameter("maddr", text.portTo, text.end);
        int to = at < 0 ? -1 : text.valueEnd(at, text.end);
        IpAddress named = at < 0 ? null : text.address(at, to);
        if (named != null && named.equals(outward ? flow.inside() : flow.outside())) {
            edits.replace(at, to, SipText.write(outward ? flow.outside() : flow.inside()));
        }
    }

    /** Replaces the host and port that were found, if they are the inside host's; whether they are. */
    private boolean host(Role role, int protocol, int defaultPort) {
        IpAddress named = text.address();
        if (named == null) {
            return false;
        }
        if (!named.equals(outward ? flow.inside() : flow.outside())) {
            remote(role, named);
            return false;
        }
        int port = text.port == 0 ? defaultPort : text.port;
        int other = outward ? outsidePort(role, protocol, port) : insidePort(protocol, port);
        if (!outward && other < 0 && !isOursAnyway(role)) {
            return false; // another host's, behind the same address
        }
        String with = SipText.write(outward ? flow.outside() : flow.inside());
        boolean bare = text.port == 0 && (other < 0 || other == defaultPort || role == Role.IDENTITY);
        edits.replace(text.hostFrom, text.portTo, bare ? with : with + ":" + (other < 0 ? port : other));
        return true;
    }

    /** What has no port of a mapping and is about the host all the same. */
    private boolean isOursAnyway(Role role) {
        return role == Role.VIA || (text.port == 0 && (role == Role.REQUEST_URI || role == Role.IDENTITY));
    }

    /** A remote, as the other side reaches it: with IPv6 inside it is known there by the prefix. */
    private void remote(Role role, IpAddress named) {
        IpAddress other = outward ? flow.toOutside(named) : flow.toInside(named);
        boolean reached = role == Role.TARGET || role == Role.REQUEST_URI;
        if (reached && other != null && !other.equals(named)) {
            edits.replace(text.hostFrom, text.hostTo, SipText.write(other));
        }
    }

    private int insidePort(int protocol, int outside) {
        if (outside <= 0) {
            return -1;
        }
        return protocol == flow.protocol() && outside == flow.outsidePort()
                ? flow.insidePort()
                : flow.insidePort(protocol, outside);
    }

    /** The outside port of one that the host names; a target is opened to the remote. */
    private int outsidePort(Role role, int protocol, int inside) {
        int known = protocol == flow.protocol() && inside == flow.insidePort()
                ? flow.outsidePort()
                : flow.outsidePort(protocol, inside);
        if (role != Role.TARGET) {
            return known;
        }
        int opened = flow.open(protocol, inside, flow.remote(), 0, window);
        if (opened > 0) {
            flow.follow(protocol, inside, null, window);
        }
        return opened > 0 ? opened : known;
    }
}
