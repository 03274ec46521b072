// SPDX-License-Identifier: MIT
package io.pktkit.nat.upnp;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests octet by octet as they come (RFC 9112). What is unclear is refused rather than guessed at: two different lengths, a
 * length beside chunks, folded lines, a space before the colon. Holds at most what its limits say.
 */
final class HttpParser {

    static final int MAX_LINE = 4096;
    static final int MAX_HEAD = 8192;
    static final int MAX_HEADERS = 64;
    static final int MAX_BODY = 64 << 10;

    /** Chunks of one octet each would have a line of their own; what they cost beside the body is bounded too. */
    static final int MAX_CHUNK_LINES = 4096;

    private enum At {
        REQUEST_LINE,
        HEADERS,
        BODY,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        TRAILERS,
        DONE,
        REFUSED
    }

    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final Map<String, String> headers = new HashMap<>();
    private At at = At.REQUEST_LINE;
    private String method = "";
    private String path = "";
    private int minorVersion;
    private int headBytes;
    private int chunkLines;
    private long left;
    private int status;
    private boolean continueWanted;

    /**
     * Reads on.
     *
     * @return true once a request is whole or refused; what follows it is left in the buffer
     */
    boolean take(ByteBuffer input) {
        while (input.hasRemaining() && at != At.DONE && at != At.REFUSED) {
            if (at == At.BODY || at == At.CHUNK) {
                int count = (int) Math.min(left, input.remaining());
                body.write(input.array(), input.arrayOffset() + input.position(), count);
                input.position(input.position() + count);
                left -= count;
                if (left == 0) {
                    at = at == At.BODY ? At.DONE : At.CHUNK_END;
                }
            } else {
                octet(input.get());
            }
        }
        return at == At.DONE || at == At.REFUSED;
    }

    private void octet(byte octet) {
        if (octet != '\n') {
            line.write(octet);
            if (line.size() > MAX_LINE) {
                refuse(at == At.REQUEST_LINE ? 414 : 431);
            }
            return;
        }
        byte[] bytes = line.toByteArray();
        line.reset();
        if (bytes.length == 0 || bytes[bytes.length - 1] != '\r') {
            refuse(400); // RFC 9112 section 2.2 lets us be lenient here, which is how requests are smuggled
            return;
        }
        String text = new String(bytes, 0, bytes.length - 1, StandardCharsets.ISO_8859_1);
        headBytes += at == At.CHUNK_SIZE || at == At.CHUNK_END ? 0 : bytes.length + 1; // their number is bounded apart
        if (text.indexOf('\0') >= 0 || text.indexOf('\r') >= 0) {
            refuse(400);
        } else if (headBytes > MAX_HEAD) {
            refuse(431);
        } else {
            line(text);
        }
    }

    private void line(String text) {
        switch (at) {
            case REQUEST_LINE -> requestLine(text);
            case HEADERS -> {
                if (text.isEmpty()) {
                    endOfHead();
                } else {
                    header(text);
                }
            }
            case CHUNK_SIZE -> chunkSize(text);
            case CHUNK_END -> {
                if (text.isEmpty()) {
                    at = At.CHUNK_SIZE;
                } else {
                    refuse(400);
                }
            }
            case TRAILERS -> {
                if (text.isEmpty()) {
                    at = At.DONE;
                }
            }
            default -> throw new IllegalStateException("no line is read: at=" + at);
        }
    }

    private void requestLine(String text) {
        if (text.isEmpty() && method.isEmpty()) {
            return; // RFC 9112 section 2.2: one that follows the body of the request before
        }
        String[] words = text.split(" ", -1);
        if (words.length != 3 || words[0].isEmpty() || !words[1].startsWith("/")) {
            refuse(400);
            return;
        }
        if (!words[2].equals("HTTP/1.1") && !words[2].equals("HTTP/1.0")) {
            refuse(words[2].startsWith("HTTP/") ? 505 : 400);
            return;
        }
        method = words[0];
        int query = words[1].indexOf('?');
        path = query < 0 ? words[1] : words[1].substring(0, query);
        minorVersion = words[2].charAt(7) - '0';
        at = At.HEADERS;
    }

    private void header(String text) {
        int colon = text.indexOf(':');
        boolean bad = colon < 1 || text.charAt(0) == ' ' || text.charAt(0) == '\t';
        for (int i = 0; i < colon && !bad; i++) {
            bad = !isToken(text.charAt(i));
        }
        if (bad || headers.size() >= MAX_HEADERS) {
            refuse(bad ? 400 : 431);
            return;
        }
        String name = text.substring(0, colon).toLowerCase(java.util.Locale.ROOT);
        String value = text.substring(colon + 1).strip();
        String before = headers.putIfAbsent(name, value);
        if (before != null && !before.equals(value)) {
            refuse(400); // of none that we look at there may be two
        }
    }

    /** RFC 9110 section 5.6.2. */
    private static boolean isToken(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }

    private void endOfHead() {
        String length = headers.get("content-length");
        String coding = headers.get("transfer-encoding");
        continueWanted = "100-continue".equalsIgnoreCase(headers.get("expect"));
        if (coding != null) {
            if (length != null) {
                refuse(400);
            } else if (!coding.equalsIgnoreCase("chunked")) {
                refuse(501);
            } else {
                at = At.CHUNK_SIZE;
            }
            return;
        }
        if (length == null) {
            at = At.DONE;
            return;
        }
        if (length.isEmpty() || !length.chars().allMatch(c -> c >= '0' && c <= '9')) {
            refuse(400);
        } else if (length.length() > 9 || Integer.parseInt(length) > MAX_BODY) {
            refuse(413); // judged before any arithmetic
        } else {
            left = Integer.parseInt(length);
            at = left == 0 ? At.DONE : At.BODY;
        }
    }

    private void chunkSize(String text) {
        int end = text.indexOf(';');
        String size = (end < 0 ? text : text.substring(0, end)).strip();
        if (size.isEmpty()
                || size.length() > 8
                || !size.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 128)) {
            refuse(400);
            return;
        }
        left = Long.parseLong(size, 16);
        if (left > MAX_BODY - body.size() || ++chunkLines > MAX_CHUNK_LINES) {
            refuse(413);
        } else if (left == 0) {
            at = At.TRAILERS;
        } else {
            at = At.CHUNK;
        }
    }

    private void refuse(int code) {
        status = code;
        at = At.REFUSED;
    }

    /** The status to refuse with; 0 if the request is whole. */
    int status() {
        return status;
    }

    /** Whether nothing of a request has come yet. */
    boolean isIdle() {
        return at == At.REQUEST_LINE && line.size() == 0;
    }

    /** Whether the client waits for a word before it sends the body; once. */
    boolean pollContinue() {
        boolean wanted = continueWanted && (at == At.BODY || at == At.CHUNK_SIZE);
        continueWanted = false;
        return wanted;
    }

    /** Gives the request that is whole, and begins anew. */
    @Nullable
    HttpRequest poll() {
        if (at != At.DONE) {
            return null;
        }
        HttpRequest whole = new HttpRequest(method, path, minorVersion, Map.copyOf(headers), body.toByteArray());
        headers.clear();
        body.reset();
        method = "";
        headBytes = 0;
        chunkLines = 0;
        at = At.REQUEST_LINE;
        return whole;
    }
}
