// SPDX-License-Identifier: MIT
package io.pktkit.vclient.http;

import io.pktkit.time.Cancellable;
import io.pktkit.time.Timers;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** An HTTP/1.1 client; see the package for what it does and does not do. Immutable, for any number of threads. */
public final class HttpClient {
    /** How long an exchange may take in all when nothing else is said. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

    /** The most octets of a body that is kept in memory. */
    public static final int MAX_BUFFERED_BODY = 64 << 20;

    private static final int BUFFER_SIZE = 16 << 10;

    private final HttpDialer dialer;
    private final Timers timers;
    private final Duration timeout;
    private final @Nullable SSLContext tls;

    /**
     * Makes a client with {@link #DEFAULT_TIMEOUT} and the platform's trusted certificates.
     *
     * @param dialer how to reach servers
     * @param timers the clock and the alarm for the deadline
     */
    public HttpClient(HttpDialer dialer, Timers timers) {
        this(dialer, timers, DEFAULT_TIMEOUT, null);
    }

    private HttpClient(HttpDialer dialer, Timers timers, Duration timeout, @Nullable SSLContext tls) {
        this.dialer = dialer;
        this.timers = timers;
        this.timeout = timeout;
        this.tls = tls;
    }

    /**
     * Gives a client with another deadline.
     *
     * @param duration how long an exchange may take, from the lookup of the name to the last octet; more than zero
     * @return the client
     */
    public HttpClient withTimeout(Duration duration) {
        if (duration.isZero() || duration.isNegative()) {
            throw new IllegalArgumentException("duration must be more than zero: duration=" + duration);
        }
        return new HttpClient(dialer, timers, duration, tls);
    }

    /**
     * Gives a client with other keys and trusted certificates for https. The name of the server is always checked.
     *
     * @param context where they come from
     * @return the client
     */
    public HttpClient withTls(SSLContext context) {
        return new HttpClient(dialer, timers, timeout, context);
    }

    /**
     * Fetches a page.
     *
     * @param url as for {@link HttpRequest#of}
     * @return the response, whatever its status
     * @throws IOException if there was no complete response in time
     */
    public HttpResponse get(String url) throws IOException {
        return send(HttpRequest.get(url));
    }

    /**
     * Fetches a page into a stream.
     *
     * @param url as for {@link HttpRequest#of}
     * @param target takes the body of whatever length; not closed
     * @return the response, whatever its status, without the body
     * @throws IOException if there was no complete response in time, or the target failed; a part of the body may have
     *     been written
     */
    public HttpResponse get(String url, OutputStream target) throws IOException {
        return send(HttpRequest.get(url), target);
    }

    /**
     * Sends a request and keeps the response in memory.
     *
     * @param request the request
     * @return the response, whatever its status
     * @throws IOException if there was no complete response in time, or its body exceeds {@link #MAX_BUFFERED_BODY}
     */
    public HttpResponse send(HttpRequest request) throws IOException {
        BodyBuffer buffer = new BodyBuffer(MAX_BUFFERED_BODY);
        ResponseParser parsed = exchange(request, MAX_BUFFERED_BODY, buffer);
        return response(parsed, buffer.toBytes());
    }

    /**
     * Sends a request and streams the body of the response.
     *
     * @param request the request
     * @param target takes the body of whatever length; not closed
     * @return the response, whatever its status, without the body
     * @throws IOException if there was no complete response in time, or the target failed; a part of the body may have
     *     been written
     */
    public HttpResponse send(HttpRequest request, OutputStream target) throws IOException {
        return response(exchange(request, Long.MAX_VALUE, target), new byte[0]);
    }

    private static HttpResponse response(ResponseParser parsed, byte[] body) {
        return new HttpResponse(parsed.status(), parsed.reason(), parsed.headers(), body, parsed.bodyLength());
    }

    private ResponseParser exchange(HttpRequest request, long maxBody, OutputStream target) throws IOException {
        request.check();
        long deadline = Timers.after(timers.nowNanos(), timeout);
        AtomicBoolean late = new AtomicBoolean();
        try (Socket socket = dialer.dial(request.host(), request.port(), timeout)) {
            // Sockets have no timeout for writing; closing them at the deadline bounds every kind of wait.
            Cancellable guard = timers.schedule(deadline - timers.nowNanos(), () -> {
                late.set(true);
                closeQuietly(socket);
            });
            try {
                ResponseParser parser = new ResponseParser(request.method().equals("HEAD"), maxBody, target);
                return request.isHttps()
                        ? converseSecurely(socket, request, parser)
                        : converse(socket.getInputStream(), socket.getOutputStream(), request, parser);
            } finally {
                guard.cancel();
            }
        } catch (IOException e) {
            if (late.get()) {
                SocketTimeoutException timedOut =
                        new SocketTimeoutException(request + ": not complete within " + timeout);
                timedOut.initCause(e);
                throw timedOut;
            }
            throw e;
        }
    }

    private ResponseParser converseSecurely(Socket socket, HttpRequest request, ResponseParser parser)
            throws IOException {
        TlsConnection secured = TlsConnection.open(
                socket.getInputStream(), socket.getOutputStream(), context(), request.host(), request.port());
        ResponseParser parsed = converse(secured.input(), secured.output(), request, parser);
        try {
            secured.close();
        } catch (IOException e) {
            logUnclosed(e); // the response is whole all the same
        }
        return parsed;
    }

    private SSLContext context() throws IOException {
        if (tls != null) {
            return tls;
        }
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            throw new IOException("this platform has no TLS", e);
        }
    }

    private static ResponseParser converse(InputStream in, OutputStream out, HttpRequest request, ResponseParser parser)
            throws IOException {
        IOException writeFailure = null;
        try {
            write(out, request);
        } catch (BodyException e) {
            throw e;
        } catch (IOException e) {
            // A server may answer and hang up without having read everything; then its answer counts.
            writeFailure = e;
        }
        try {
            read(in, parser);
            return parser;
        } catch (IOException e) {
            if (writeFailure == null) {
                throw e;
            }
            writeFailure.addSuppressed(e);
            throw writeFailure;
        }
    }

    private static void write(OutputStream out, HttpRequest request) throws IOException {
        byte[] head = request.head().getBytes(StandardCharsets.ISO_8859_1);
        out.write(head);
        try (InputStream body = request.openBody()) {
            byte[] buffer = new byte[body == null ? 0 : BUFFER_SIZE];
            long left = body == null ? 0 : request.bodyLength();
            while (body != null && left > 0) {
                int count = readBody(body, buffer, (int) Math.min(left, buffer.length), left);
                out.write(buffer, 0, count);
                left -= count;
            }
        }
        out.flush();
    }

    private static int readBody(InputStream body, byte[] buffer, int most, long left) throws BodyException {
        try {
            int count = body.read(buffer, 0, most);
            if (count < 0) {
                throw new EOFException("the body of the request ended " + left + " bytes before its length");
            }
            return count;
        } catch (IOException e) {
            throw new BodyException(e);
        }
    }

    private static void read(InputStream in, ResponseParser parser) throws IOException {
        byte[] buffer = new byte[BUFFER_SIZE];
        while (!parser.isDone()) {
            int count = in.read(buffer, 0, buffer.length);
            if (count < 0) {
                parser.endOfInput();
                return;
            }
            parser.feed(buffer, 0, count);
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            logUnclosed(e);
        }
    }

    private static void logUnclosed(IOException failure) {
        System.getLogger(HttpClient.class.getName()).log(System.Logger.Level.DEBUG, "close failed", failure);
    }

    /** The source of the request's body failed, not the connection. */
    private static final class BodyException extends IOException {
        private static final long serialVersionUID = 1L;

        BodyException(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }
}
