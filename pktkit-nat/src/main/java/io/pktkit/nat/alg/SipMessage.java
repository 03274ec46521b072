// SPDX-License-Identifier: MIT
package io.pktkit.nat.alg;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The lines of a SIP message before its body (RFC 3261 section 7), by positions in its text. */
final class SipMessage {

    /** What more there is of them is not looked at. */
    private static final int MAX_HEADERS = 256;

    private static final String VERSION = "SIP/2.0";

    /** Compact forms, RFC 3261 section 7.3.3 and where else they are registered. */
    private static final Map<String, String> COMPACT = Map.of(
            "v",
            "via",
            "m",
            "contact",
            "f",
            "from",
            "t",
            "to",
            "i",
            "call-id",
            "l",
            "content-length",
            "c",
            "content-type",
            "r",
            "refer-to",
            "b",
            "referred-by");

    final String text;

    /** Where the body begins. */
    final int body;

    private final List<Header> headers = new ArrayList<>();
    private String method = "";
    private int status;

    /** The Request-URI; nothing for a response. */
    private int uriFrom;

    private int uriTo;

    /** A header's name in lower case, and where its value is, folded lines included. */
    record Header(String name, int from, int to) {}

    private SipMessage(String text, int body) {
        this.text = text;
        this.body = body;
    }

    /**
     * Reads a message.
     *
     * @param text the text, to the end of the body or of the headers
     * @param body where the body begins
     * @return the message; null if this is none
     */
    static @Nullable SipMessage parse(String text, int body) {
        SipMessage message = new SipMessage(text, body);
        int end = lineEnd(text, 0, body);
        if (!message.startLine(end)) {
            return null;
        }
        int at = next(text, end, body);
        while (at < body) {
            end = lineEnd(text, at, body);
            int after = next(text, end, body);
            while (after < body && (text.charAt(after) == ' ' || text.charAt(after) == '\t')) {
                end = lineEnd(text, after, body);
                after = next(text, end, body);
            }
            message.header(at, end);
            at = after;
        }
        return message;
    }

    private boolean startLine(int end) {
        int first = text.indexOf(' ');
        if (first <= 0 || first >= end) {
            return false;
        }
        if (text.startsWith(VERSION + " ")) {
            status = Numbers.decimal(text, first + 1, Math.min(end, first + 4), 699);
            return status >= 100;
        }
        int last = text.lastIndexOf(' ', end - 1);
        if (last <= first || !text.substring(last + 1, end).equalsIgnoreCase(VERSION)) {
            return false;
        }
        method = text.substring(0, first);
        uriFrom = first + 1;
        uriTo = last;
        return true;
    }

    private void header(int from, int end) {
        int colon = text.indexOf(':', from);
        if (colon < 0 || colon >= end || headers.size() >= MAX_HEADERS) {
            return;
        }
        String name = text.substring(from, colon).trim().toLowerCase(Locale.ROOT);
        int value = colon + 1;
        while (value < end && isSpace(text.charAt(value))) {
            value++;
        }
        int to = end;
        while (to > value && isSpace(text.charAt(to - 1))) {
            to--;
        }
        headers.add(new Header(COMPACT.getOrDefault(name, name), value, to));
    }

    static boolean isSpace(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
    }

    private static int lineEnd(String text, int from, int to) {
        int end = text.indexOf('\n', from);
        if (end < 0 || end >= to) {
            return to;
        }
        return end > from && text.charAt(end - 1) == '\r' ? end - 1 : end;
    }

    private static int next(String text, int lineEnd, int to) {
        int end = text.indexOf('\n', lineEnd);
        return end < 0 || end >= to ? to : end + 1;
    }

    List<Header> headers() {
        return headers;
    }

    boolean isRequest() {
        return status == 0;
    }

    /** 100 to 699; 0 for a request. */
    int status() {
        return status;
    }

    int uriFrom() {
        return uriFrom;
    }

    int uriTo() {
        return uriTo;
    }

    /** What is asked for, or was: a response tells it in CSeq. */
    String method() {
        if (isRequest()) {
            return method;
        }
        String sequence = value("cseq");
        int space = sequence == null ? -1 : sequence.lastIndexOf(' ');
        return space < 0 || sequence == null ? "" : sequence.substring(space + 1);
    }

    /** The first value of a header, or null. */
    @Nullable
    String value(String name) {
        Header header = header(name);
        return header == null ? null : text.substring(header.from, header.to);
    }

    @Nullable
    Header header(String name) {
        for (Header header : headers) {
            if (header.name.equals(name)) {
                return header;
            }
        }
        return null;
    }

    /**
     * How long the body is said to be; -1 if that is not said once, in digits, or is more than may be. Twice the same is no
     * better: one of them is changed with the body, and then they differ.
     */
    int contentLength(int most) {
        int length = -1;
        for (Header header : headers) {
            if (header.name.equals("content-length")) {
                int value = decimal(header.from, header.to, most);
                if (value < 0 || length >= 0) {
                    return -1;
                }
                length = value;
            }
        }
        return length;
    }

    private int decimal(int from, int to, int most) {
        long value = to > from ? 0 : -1;
        for (int at = from; at < to; at++) {
            if (!Numbers.isDigit(text.charAt(at))) {
                return -1;
            }
            value = value * 10 + text.charAt(at) - '0';
            if (value > most) {
                return -1;
            }
        }
        return (int) value;
    }

    /** The media type of the body in lower case, without parameters. */
    String mediaType() {
        String type = value("content-type");
        if (type == null) {
            return "";
        }
        int end = type.indexOf(';');
        return (end < 0 ? type : type.substring(0, end)).trim().toLowerCase(Locale.ROOT);
    }
}
