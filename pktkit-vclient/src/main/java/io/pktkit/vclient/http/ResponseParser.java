// SPDX-License-Identifier: MIT
package io.pktkit.vclient.http;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads one response, however its bytes are cut, and hands on its body. Interim responses (1xx) are passed over. Used by
 * one thread.
 *
 * <p>It takes a bare LF for the end of a line of the head (RFC 9112 section 2.2), but not between chunks, where it would
 * hide that a size is off by one; and it unfolds folded fields (section 5.2). It refuses what two readers could read
 * differently: a bare CR, both or several framing fields, numbers with signs or blanks.
 */
final class ResponseParser {
    static final int MAX_HEAD = 64 << 10;
    static final int MAX_CHUNK_LINE = 4 << 10;
    static final int MAX_TRAILERS = 100;
    static final int MAX_INTERIM = 16;

    private enum State {
        STATUS_LINE,
        FIELDS,
        LENGTH_BODY,
        REST_BODY,
        CHUNK_SIZE,
        CHUNK_DATA,
        CHUNK_END,
        TRAILERS,
        DONE
    }

    private final boolean headRequest;
    private final long maxBody;
    private final OutputStream sink;
    private final LineReader line = new LineReader();

    private State state = State.STATUS_LINE;
    private int headBytes;
    private int interim;
    private int trailers;
    private boolean http10;
    private int status;
    private String reason = "";
    private final List<HttpHeaders.Field> fields = new ArrayList<>();
    private long remaining;
    private long bodyLength;

    /**
     * Starts.
     *
     * @param headRequest whether the response is to HEAD and thus has no body
     * @param maxBody the most octets of body to take
     * @param sink takes the body
     */
    ResponseParser(boolean headRequest, long maxBody, OutputStream sink) {
        this.headRequest = headRequest;
        this.maxBody = maxBody;
        this.sink = sink;
    }

    boolean isDone() {
        return state == State.DONE;
    }

    int status() {
        return status;
    }

    String reason() {
        return reason;
    }

    HttpHeaders headers() {
        return HttpHeaders.of(fields);
    }

    long bodyLength() {
        return bodyLength;
    }

    /** Takes bytes; those behind the end of the response are left alone. */
    void feed(byte[] bytes, int from, int to) throws IOException {
        int at = from;
        while (at < to && state != State.DONE) {
            if (state == State.LENGTH_BODY || state == State.REST_BODY || state == State.CHUNK_DATA) {
                int length = state == State.REST_BODY ? to - at : (int) Math.min(to - at, remaining);
                body(bytes, at, length);
                at += length;
                continue;
            }
            int used = line.feed(bytes, at, to);
            at += used;
            headBytes += state == State.CHUNK_SIZE || state == State.CHUNK_END ? 0 : used;
            if (headBytes > MAX_HEAD || (line.length() > MAX_CHUNK_LINE && state == State.CHUNK_SIZE)) {
                throw new HttpException("response head or chunk line too long");
            }
            String text = line.poll();
            if (text != null) {
                line(text);
            }
        }
    }

    /** The connection has ended. */
    void endOfInput() throws HttpException {
        if (state == State.REST_BODY) {
            state = State.DONE;
        }
        if (state != State.DONE) {
            String missing = state == State.LENGTH_BODY ? ", " + remaining + " bytes of the body are missing" : "";
            throw new HttpException("the connection ended within the response" + missing);
        }
    }

    private void body(byte[] bytes, int at, int length) throws IOException {
        bodyLength += length;
        if (bodyLength > maxBody) {
            throw tooLarge();
        }
        sink.write(bytes, at, length);
        if (state == State.REST_BODY) {
            return;
        }
        remaining -= length;
        if (remaining == 0) {
            state = state == State.LENGTH_BODY ? State.DONE : State.CHUNK_END;
        }
    }

    private void line(String text) throws HttpException {
        if ((state == State.CHUNK_SIZE || state == State.CHUNK_END) && !line.endedWithCrLf()) {
            throw new HttpException("LF without CR between chunks");
        }
        switch (state) {
            case STATUS_LINE -> statusLine(text);
            case FIELDS -> {
                if (text.isEmpty()) {
                    endOfFields();
                } else {
                    field(text);
                }
            }
            case CHUNK_SIZE -> chunkSize(text);
            case CHUNK_END -> {
                if (!text.isEmpty()) {
                    throw new HttpException("a chunk is longer than its size says");
                }
                state = State.CHUNK_SIZE;
            }
            case TRAILERS -> {
                if (text.isEmpty()) {
                    state = State.DONE;
                } else if (++trailers > MAX_TRAILERS) {
                    throw new HttpException("more than " + MAX_TRAILERS + " trailer fields");
                }
            }
            default -> throw new IllegalStateException("a line in state " + state);
        }
    }

    private void statusLine(String text) throws HttpException {
        boolean version = text.length() >= 12 && text.startsWith("HTTP/1.") && text.charAt(8) == ' ';
        boolean minor = version && text.charAt(7) >= '0' && text.charAt(7) <= '9';
        long code = minor ? HttpText.number(text.substring(9, 12), 10) : -1;
        if (code < 100 || (text.length() > 12 && text.charAt(12) != ' ') || !HttpText.isFieldValue(text)) {
            throw new HttpException("not a status line of HTTP/1.x: " + HttpText.quote(text));
        }
        http10 = text.charAt(7) == '0';
        status = (int) code;
        reason = text.length() > 13 ? text.substring(13) : "";
        fields.clear();
        state = State.FIELDS;
    }

    private void field(String text) throws HttpException {
        if (!HttpText.isFieldValue(text)) {
            throw new HttpException("control character in a header field: " + HttpText.quote(text));
        }
        if (HttpText.isBlank(text.charAt(0))) {
            if (fields.isEmpty()) {
                throw new HttpException("white space before the first header field");
            }
            HttpHeaders.Field last = fields.remove(fields.size() - 1);
            fields.add(new HttpHeaders.Field(last.name(), HttpText.trim(last.value() + " " + HttpText.trim(text))));
            return;
        }
        int colon = text.indexOf(':');
        // White space before the colon is refused too: it is in no token (RFC 9112 section 5.1).
        if (colon < 0 || !HttpText.isToken(text.substring(0, colon))) {
            throw new HttpException("not a header field: " + HttpText.quote(text));
        }
        fields.add(new HttpHeaders.Field(text.substring(0, colon), HttpText.trim(text.substring(colon + 1))));
    }

    /** How long the body is, RFC 9112 section 6.3. */
    private void endOfFields() throws HttpException {
        HttpHeaders headers = headers();
        List<String> codings = headers.all("Transfer-Encoding");
        List<String> lengths = headers.all("Content-Length");
        if (status < 200) {
            if (status == 101 || ++interim > MAX_INTERIM) {
                throw new HttpException(status == 101 ? "protocol switched unasked" : "too many interim responses");
            }
            state = State.STATUS_LINE;
            headBytes = 0;
        } else if (headRequest || status == 204 || status == 304) {
            state = State.DONE;
        } else if (!codings.isEmpty()) {
            if (!lengths.isEmpty()
                    || http10
                    || codings.size() > 1
                    || !codings.get(0).equalsIgnoreCase("chunked")) {
                throw new HttpException("framing that cannot be trusted: Transfer-Encoding=" + shown(codings)
                        + " Content-Length=" + shown(lengths) + (http10 ? " in HTTP/1.0" : ""));
            }
            state = State.CHUNK_SIZE;
        } else if (!lengths.isEmpty()) {
            remaining = lengths.size() == 1 ? HttpText.number(lengths.get(0), 10) : -1;
            if (remaining < 0) {
                throw new HttpException("not one number: Content-Length=" + shown(lengths));
            }
            if (remaining > maxBody) {
                throw tooLarge();
            }
            state = remaining == 0 ? State.DONE : State.LENGTH_BODY;
        } else {
            state = State.REST_BODY;
        }
    }

    private void chunkSize(String text) throws HttpException {
        int semicolon = text.indexOf(';');
        String size = semicolon < 0 ? text : text.substring(0, semicolon);
        // Blanks are allowed before an extension only (RFC 9112 section 7.1.1).
        remaining = HttpText.number(semicolon < 0 ? size : HttpText.trim(size), 16);
        if (remaining < 0 || !HttpText.isFieldValue(text) || size.isEmpty() || HttpText.isBlank(size.charAt(0))) {
            throw new HttpException("not a chunk size: " + HttpText.quote(text));
        }
        if (remaining > maxBody - bodyLength) {
            throw tooLarge();
        }
        state = remaining == 0 ? State.TRAILERS : State.CHUNK_DATA;
        headBytes = remaining == 0 ? 0 : headBytes; // trailers have a limit of their own
    }

    private HttpException tooLarge() {
        return new HttpException("the body is larger than allowed: maxBody=" + maxBody);
    }

    private static String shown(List<String> values) {
        return HttpText.quote(String.join(", ", values));
    }

    /** Collects one line. */
    private static final class LineReader {
        private final StringBuilder text = new StringBuilder();
        private boolean carriageReturn;
        private boolean crLf;
        private boolean complete;

        /** Takes bytes up to and with the end of a line; gives how many. */
        int feed(byte[] bytes, int from, int to) throws HttpException {
            for (int at = from; at < to; at++) {
                byte b = bytes[at];
                if (b == '\n') {
                    complete = true;
                    return at + 1 - from;
                }
                if (carriageReturn || b == 0) {
                    throw new HttpException(b == 0 ? "NUL in the head" : "CR without LF in the head");
                }
                carriageReturn = b == '\r';
                if (!carriageReturn) {
                    text.append((char) (b & 0xFF));
                    if (text.length() > MAX_HEAD) {
                        throw new HttpException("line too long");
                    }
                }
            }
            return to - from;
        }

        int length() {
            return text.length();
        }

        /** How the line that was polled last ended. */
        boolean endedWithCrLf() {
            return crLf;
        }

        @Nullable
        String poll() {
            if (!complete) {
                return null;
            }
            String line = text.toString();
            text.setLength(0);
            crLf = carriageReturn;
            carriageReturn = false;
            complete = false;
            return line;
        }
    }
}
