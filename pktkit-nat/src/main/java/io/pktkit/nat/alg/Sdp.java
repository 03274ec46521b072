// SPDX-License-Identifier: MIT
package io.pktkit.nat.alg;

import io.pktkit.nat.helper.HelperFlow;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A session description (RFC 8866) in a text. Of one from inside, media at the inside host get open ports, and its address
 * and ports are replaced by those outside; what is at another address, on hold, or refused stays. If a port cannot be had,
 * everything stays. Of one to an IPv6 host inside, the addresses of IPv4 are those of the prefix for it.
 */
final class Sdp {

    private static final int MAX_MEDIA = 8;

    /** For layered media on several ports; more is nothing that anybody sends. */
    private static final int MAX_COUNT = 4;

    /** Where nobody listens: the side that will connect says so (RFC 4145 section 4.1). */
    private static final int DISCARD = 9;

    private final String text;
    private final TextEdits edits;
    private final HelperFlow flow;
    private final List<Medium> media = new ArrayList<>();
    private final List<Address> addresses = new ArrayList<>();
    private @Nullable Address session;
    private @Nullable Address origin;

    /** {@code IN IP4 10.0.0.2}: where the digit of the family and the address are, and what it is. */
    private record Address(
            int family, int from, int to, @Nullable IpAddress is) {

        boolean isOf(IpAddress host) {
            return is != null && host.equals(is);
        }
    }

    private static final class Medium {
        int portFrom;
        int portTo;
        int port;
        int count = 1;
        String protocol = "";
        int lineEnd;
        boolean multiplexed;
        int rtcpFrom;
        int rtcpTo;
        int rtcp;

        @Nullable
        Address own;
    }

    Sdp(String text, TextEdits edits, HelperFlow flow) {
        this.text = text;
        this.edits = edits;
        this.flow = flow;
    }

    /** Reads what is there; false if it is not to be touched. */
    private boolean read(int from, int to) {
        int at = from;
        while (at < to) {
            int newline = text.indexOf('\n', at);
            int next = newline < 0 || newline >= to ? to : newline + 1;
            int end = newline < 0 || newline >= to ? to : newline;
            end = end > at && text.charAt(end - 1) == '\r' ? end - 1 : end;
            if (end - at > 2 && text.charAt(at + 1) == '=' && !line(text.charAt(at), at + 2, end)) {
                return false;
            }
            at = next;
        }
        return true;
    }

    private boolean line(char type, int from, int end) {
        Medium medium = media.isEmpty() ? null : media.get(media.size() - 1);
        if (medium != null && type != 'm') {
            medium.lineEnd = end;
        }
        switch (type) {
            case 'c' -> {
                Address address = address(from, end);
                if (address != null && medium == null) {
                    session = session == null ? address : session;
                } else if (address != null && medium != null && medium.own == null) {
                    medium.own = address;
                }
            }
            case 'o' -> origin = medium == null && origin == null ? address(word(from, end, 3), end) : origin;
            case 'm' -> {
                return media.size() < MAX_MEDIA && medium(from, end);
            }
            case 'a' -> {
                if (medium != null) {
                    attribute(medium, from, end);
                }
            }
            default -> {}
        }
        return true;
    }

    /** Where the word begins that so many are before; the end if there is none. */
    private int word(int from, int end, int before) {
        int at = from;
        for (int i = 0; i < before; i++) {
            while (at < end && text.charAt(at) != ' ') {
                at++;
            }
            while (at < end && text.charAt(at) == ' ') {
                at++;
            }
        }
        return at;
    }

    private int wordEnd(int from, int end) {
        int at = from;
        while (at < end && text.charAt(at) != ' ') {
            at++;
        }
        return at;
    }

    private @Nullable Address address(int from, int end) {
        int family = word(from, end, 1);
        int at = word(from, end, 2);
        int stop = at;
        while (stop < end && text.charAt(stop) != ' ' && text.charAt(stop) != '/') {
            stop++;
        }
        boolean known = text.startsWith("IN ", from)
                && (text.startsWith("IP4 ", family) || text.startsWith("IP6 ", family))
                && stop > at;
        if (!known) {
            return null;
        }
        Address address = new Address(family + 2, at, stop, new SipText(text).address(at, stop));
        addresses.add(address);
        return address;
    }

    private boolean medium(int from, int end) {
        Medium medium = new Medium();
        medium.portFrom = word(from, end, 1);
        medium.lineEnd = end;
        int stop = wordEnd(medium.portFrom, end);
        int slash = text.indexOf('/', medium.portFrom);
        medium.portTo = slash >= 0 && slash < stop ? slash : stop;
        medium.port = Numbers.decimal(text, medium.portFrom, medium.portTo, 65_535);
        if (medium.portTo < stop) {
            medium.count = Numbers.decimal(text, medium.portTo + 1, stop, MAX_COUNT);
        }
        int protocol = word(from, end, 2);
        medium.protocol = text.substring(protocol, wordEnd(protocol, end)).toUpperCase(Locale.ROOT);
        media.add(medium);
        return medium.port >= 0 && medium.count > 0;
    }

    /** RTCP of RFC 3605 and RFC 5761. Candidates (RFC 8839) are pairs that ICE tries by itself. */
    private void attribute(Medium medium, int from, int end) {
        if (text.startsWith("rtcp-mux", from)) {
            medium.multiplexed = true;
        } else if (text.startsWith("rtcp:", from) && medium.rtcpFrom == 0) {
            int stop = wordEnd(from + 5, end);
            medium.rtcp = Math.max(0, Numbers.decimal(text, from + 5, stop, 65_535));
            medium.rtcpFrom = from + 5;
            medium.rtcpTo = stop;
            address(word(stop, end, 1), end);
        }
    }

    /** Replaces what is to be replaced in a description from inside. */
    void outward(int from, int to, SipCall call, Duration window) {
        if (!read(from, to)) {
            return;
        }
        List<Medium> own = new ArrayList<>();
        boolean sessionUsed = false;
        for (Medium medium : media) {
            Address at = medium.own == null ? session : medium.own;
            boolean ours = at != null && at.isOf(flow.inside());
            if (ours && medium.port > 0 && !(isTcp(medium) && medium.port == DISCARD)) {
                own.add(medium);
                sessionUsed |= medium.own == null;
            }
        }
        int[] opened = new int[own.size()];
        int[] control = new int[own.size()];
        for (int i = 0; i < opened.length; i++) {
            Medium medium = own.get(i);
            opened[i] = open(medium, call, window);
            control[i] = opened[i] < 0 ? -1 : control(medium, opened[i], call, window);
            if (control[i] < 0) {
                return;
            }
        }
        for (int i = 0; i < opened.length; i++) {
            write(own.get(i), opened[i], control[i]);
        }
        for (Address address : addresses) {
            boolean used = address.equals(origin) || (address.equals(session) && sessionUsed) || !isConnection(address);
            for (Medium medium : own) {
                used |= address.equals(medium.own);
            }
            boolean inside = address.isOf(flow.inside());
            IpAddress named = address.is;
            IpAddress there = inside ? flow.outside() : named == null ? null : flow.toOutside(named);
            if (there != null && (inside ? used : !address.isOf(there))) {
                write(address, there);
            }
        }
    }

    private boolean isConnection(Address address) {
        boolean connection = address.equals(session);
        for (Medium medium : media) {
            connection |= address.equals(medium.own);
        }
        return connection;
    }

    /** Replaces the addresses of a description to an IPv6 host. */
    void inward(int from, int to) {
        if (flow.inside().isIpv4() || !read(from, to)) {
            return;
        }
        for (Address address : addresses) {
            IpAddress named = address.is;
            IpAddress here = named == null || named.isUnspecified() ? null : flow.toInside(named);
            if (here != null && !address.isOf(here)) {
                write(address, here);
            }
        }
    }

    private void write(Address address, IpAddress is) {
        edits.replace(address.family, address.family + 1, is.isIpv6() ? "6" : "4");
        edits.replace(address.from, address.to, is.toString());
    }

    private static boolean isTcp(Medium medium) {
        return medium.protocol.startsWith("TCP");
    }

    private static boolean hasControl(Medium medium) {
        return medium.protocol.contains("RTP/") && !isTcp(medium) && !medium.multiplexed;
    }

    /** Opens the ports of a medium; the first one outside, -1 if they cannot be had. */
    private int open(Medium medium, SipCall call, Duration window) {
        int protocol = isTcp(medium) ? IpProtocol.TCP : IpProtocol.UDP;
        boolean pairs = hasControl(medium) && medium.rtcp == 0 && (medium.port & 1) == 0;
        int step = medium.count > 1 && hasControl(medium) ? 2 : 1;
        int first = -1;
        for (int i = 0; i < medium.count; i++) {
            int port = medium.port + i * step;
            if (port >= 65_535) {
                return -1;
            }
            int opened = pairs ? call.openPair(flow, port, window) : -1;
            opened = opened < 0 ? call.open(flow, protocol, port, window) : opened;
            if (opened < 0 || (i > 0 && opened != first + i * step)) {
                return -1;
            }
            first = i == 0 ? opened : first;
        }
        return first;
    }

    /** Opens the port for RTCP; 0 if there is none, -1 if it cannot be had. */
    private int control(Medium medium, int opened, SipCall call, Duration window) {
        if (!hasControl(medium)) {
            return 0;
        }
        int port = medium.rtcp != 0 ? medium.rtcp : medium.port + 1;
        boolean paired =
                medium.rtcp == 0 && (medium.port & 1) == 0 && flow.outsidePort(IpProtocol.UDP, port) == opened + 1;
        return paired ? opened + 1 : call.open(flow, IpProtocol.UDP, port, window);
    }

    private void write(Medium medium, int opened, int control) {
        edits.replace(medium.portFrom, medium.portTo, Integer.toString(opened));
        if (medium.rtcpFrom > 0 && control > 0) {
            edits.replace(medium.rtcpFrom, medium.rtcpTo, Integer.toString(control));
        } else if (control > 0 && control != opened + 1) {
            edits.replace(medium.lineEnd, medium.lineEnd, "\r\na=rtcp:" + control);
        }
    }
}
