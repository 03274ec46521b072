// SPDX-License-Identifier: MIT
package io.pktkit.nat.alg;

import io.pktkit.wire.AddressFormatException;
import io.pktkit.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/** Finds hosts and ports in the values of SIP headers. A cursor over one text. */
final class SipText {

    private static final String HOST_CHARACTERS = ".-_:%";

    final String text;

    /** The host that was found, with its brackets, and its port; {@link #portTo} is {@link #hostTo} if there is none. */
    int hostFrom;

    int hostTo;
    int portTo;

    /** The port; 0 if there is none. */
    int port;

    /** Behind what the host belongs to: a URI, or an element of Via. */
    int end;

    /** Whether the URI is one of {@code sips}. */
    boolean secure;

    SipText(String text) {
        this.text = text;
    }

    /**
     * Finds the next URI of {@code sip} or {@code sips} outside quotes.
     *
     * @return whether there is one; its host is found then
     */
    boolean nextUri(int from, int to) {
        boolean quoted = false;
        boolean bracketed = false;
        for (int at = from; at < to; at++) {
            char c = text.charAt(at);
            if (quoted) {
                at += c == '\\' ? 1 : 0;
                quoted = c != '"';
            } else if (c == '"') {
                quoted = true;
            } else if (c == '<') {
                bracketed = true;
            } else if (c == '>') {
                bracketed = false;
            } else if ((c == 's' || c == 'S') && (at == from || !isToken(text.charAt(at - 1)))) {
                int scheme = schemeEnd(at, to);
                if (scheme > 0 && uri(scheme, to, bracketed)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isToken(char c) {
        return Character.isLetterOrDigit(c) || "-.!%*_+`'~".indexOf(c) >= 0;
    }

    private int schemeEnd(int at, int to) {
        secure = text.regionMatches(true, at, "sips:", 0, 5);
        int end = at + (secure ? 5 : 4);
        return end <= to && (secure || text.regionMatches(true, at, "sip:", 0, 4)) ? end : -1;
    }

    private boolean uri(int from, int to, boolean bracketed) {
        int stop = from;
        while (stop < to && text.charAt(stop) != '>' && !(!bracketed && ends(text.charAt(stop)))) {
            stop++;
        }
        end = stop;
        int at = text.indexOf('@', from);
        return host(at < 0 || at >= stop ? from : at + 1, stop);
    }

    private static boolean ends(char c) {
        return c == ',' || c == '"' || SipMessage.isSpace(c);
    }

    /**
     * Finds the sent-by of an element of Via (RFC 3261 section 20.42).
     *
     * @return whether it is well formed; else {@link #end} is where the next element begins all the same
     */
    boolean via(int from, int to) {
        end = elementEnd(from, to);
        int at = from;
        for (int slashes = 0; slashes < 2; at++) {
            if (at >= end) {
                return false;
            }
            slashes += text.charAt(at) == '/' ? 1 : 0;
        }
        at = skipSpace(at, end);
        while (at < end && !SipMessage.isSpace(text.charAt(at))) {
            at++;
        }
        return host(skipSpace(at, end), end);
    }

    /** The transport of the element of Via that was found. */
    boolean isViaOver(int from, String transport) {
        int slash = text.lastIndexOf('/', hostFrom);
        int at = slash < from ? from : skipSpace(slash + 1, hostFrom);
        return text.regionMatches(true, at, transport, 0, transport.length());
    }

    private int elementEnd(int from, int to) {
        boolean quoted = false;
        for (int at = from; at < to; at++) {
            char c = text.charAt(at);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == ',' && !quoted) {
                return at;
            }
        }
        return to;
    }

    int skipSpace(int from, int to) {
        int at = from;
        while (at < to && SipMessage.isSpace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private boolean host(int from, int to) {
        hostFrom = from;
        int at = from;
        if (at < to && text.charAt(at) == '[') {
            while (at < to && text.charAt(at) != ']') {
                at++;
            }
            at++;
        } else {
            while (at < to && isHost(text.charAt(at))) {
                at++;
            }
        }
        if (at > to || at == from) {
            return false;
        }
        hostTo = at;
        portTo = at;
        port = 0;
        int colon = skipSpace(at, to);
        if (colon < to && text.charAt(colon) == ':') {
            int digits = skipSpace(colon + 1, to);
            int stop = digits;
            while (stop < to && Numbers.isDigit(text.charAt(stop))) {
                stop++;
            }
            port = Numbers.decimal(text, digits, stop, 65_535);
            portTo = stop;
        }
        return port >= 0 && (port > 0 || portTo == hostTo);
    }

    private static boolean isHost(char c) {
        return Character.isLetterOrDigit(c) || (HOST_CHARACTERS.indexOf(c) >= 0 && c != ':');
    }

    /** The address that the host is; null if it is a name. */
    @Nullable
    IpAddress address() {
        return address(hostFrom, hostTo);
    }

    /** The address that a part of the text is, in brackets or not; null if it is none. */
    @Nullable
    IpAddress address(int from, int to) {
        boolean bracketed = to - from > 2 && text.charAt(from) == '[' && text.charAt(to - 1) == ']';
        if (to - from > 48) {
            return null;
        }
        try {
            return IpAddress.parse(bracketed ? text.substring(from + 1, to - 1) : text.substring(from, to));
        } catch (AddressFormatException malformed) {
            return null;
        }
    }

    /** Whether a part of the text is an address. */
    boolean isAddress(int from, int to, IpAddress expected) {
        IpAddress named = address(from, to);
        return named != null && named.equals(expected);
    }

    /**
     * Finds a parameter between the host and the end of what it belongs to.
     *
     * @return where its value begins; -1 if there is none
     */
    int parameter(String name, int from, int to) {
        for (int at = text.indexOf(';', from); at >= 0 && at < to; at = text.indexOf(';', at + 1)) {
            int begins = skipSpace(at + 1, to);
            if (text.regionMatches(true, begins, name, 0, name.length())) {
                int equals = skipSpace(begins + name.length(), to);
                if (equals < to && text.charAt(equals) == '=') {
                    return skipSpace(equals + 1, to);
                }
            }
        }
        return -1;
    }

    /** Behind a value of a parameter. */
    int valueEnd(int from, int to) {
        int at = from;
        while (at < to && ";,>?\"".indexOf(text.charAt(at)) < 0 && !SipMessage.isSpace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    static String write(IpAddress address) {
        return address.isIpv6() ? "[" + address + "]" : address.toString();
    }
}
