// SPDX-License-Identifier: MIT
package io.pktkit.vclient.http;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A request. Immutable, but a body that comes from a stream can be sent only as often as its supplier gives a new one. */
public final class HttpRequest {
    private final String method;
    private final HttpUrl url;
    private final HttpHeaders headers;
    private final @Nullable Supplier<InputStream> body;
    private final long bodyLength;

    private HttpRequest(
            String method, HttpUrl url, HttpHeaders headers, @Nullable Supplier<InputStream> body, long bodyLength) {
        this.method = method;
        this.url = url;
        this.headers = headers;
        this.body = body;
        this.bodyLength = bodyLength;
    }

    /**
     * Makes a request without body and header fields.
     *
     * @param method a token, such as {@code DELETE}; CONNECT is not possible
     * @param url an absolute URL of scheme http or https; user information and fragment are not sent
     * @return the request
     * @throws IllegalArgumentException if the URL or the method cannot be used
     */
    public static HttpRequest of(String method, String url) {
        if (!HttpText.isToken(method) || method.equals("CONNECT")) {
            throw new IllegalArgumentException("not a method: " + HttpText.quote(method));
        }
        return new HttpRequest(method, HttpUrl.parse(url), HttpHeaders.EMPTY, null, 0);
    }

    /**
     * Makes a GET request.
     *
     * @param url as for {@link #of}
     * @return the request
     */
    public static HttpRequest get(String url) {
        return of("GET", url);
    }

    /**
     * Makes a HEAD request.
     *
     * @param url as for {@link #of}
     * @return the request
     */
    public static HttpRequest head(String url) {
        return of("HEAD", url);
    }

    /**
     * Makes a POST request.
     *
     * @param url as for {@link #of}
     * @param contentType what the body is, such as {@code application/json}
     * @param body the body; copied
     * @return the request
     */
    public static HttpRequest post(String url, String contentType, byte[] body) {
        return of("POST", url).withHeader("Content-Type", contentType).withBody(body);
    }

    /**
     * Gives this request with one more header field.
     *
     * @param name the name; Transfer-Encoding and Connection belong to the client
     * @param value the value; of Content-Length it must be the length of the body
     * @return the request
     * @throws IllegalArgumentException if the field could break the framing
     */
    public HttpRequest withHeader(String name, String value) {
        if (name.equalsIgnoreCase("Transfer-Encoding") || name.equalsIgnoreCase("Connection")) {
            throw new IllegalArgumentException("the client sets this field itself: name=" + name);
        }
        return new HttpRequest(method, url, headers.with(name, value), body, bodyLength);
    }

    /**
     * Gives this request with a body.
     *
     * @param octets the body; copied
     * @return the request
     */
    public HttpRequest withBody(byte[] octets) {
        byte[] copy = octets.clone();
        return withBody(() -> new ByteArrayInputStream(copy), copy.length);
    }

    /**
     * Gives this request with a body from a stream.
     *
     * @param stream gives the stream once for each time that the request is sent; the client closes it
     * @param length how many octets it has; a stream that ends before fails the exchange, the rest of a longer one is not
     *     read
     * @return the request
     */
    public HttpRequest withBody(Supplier<InputStream> stream, long length) {
        if (length < 0) {
            throw new IllegalArgumentException("length must not be negative: length=" + length);
        }
        return new HttpRequest(method, url, headers, stream, length);
    }

    /** {@return the method} */
    public String method() {
        return method;
    }

    /** {@return the URL, all of it in ASCII} */
    public URI uri() {
        return url.uri();
    }

    /** {@return the fields that the caller has set} */
    public HttpHeaders headers() {
        return headers;
    }

    /** {@return the octets of the body, 0 without one} */
    public long bodyLength() {
        return bodyLength;
    }

    @Override
    public String toString() {
        return method + " " + url.uri();
    }

    boolean isHttps() {
        return url.isHttps();
    }

    String host() {
        return url.bareHost();
    }

    int port() {
        return url.port();
    }

    /** The stream of the body, or null if there is none. */
    @Nullable
    InputStream openBody() {
        Supplier<InputStream> source = body;
        return source == null ? null : source.get();
    }

    /** What precedes the body on the wire. */
    String head() {
        StringBuilder head = new StringBuilder(256);
        head.append(method).append(' ').append(target()).append(" HTTP/1.1\r\n");
        if (headers.first("Host").isEmpty()) {
            head.append("Host: ").append(url.hostField()).append("\r\n");
        }
        for (HttpHeaders.Field field : headers.fields()) {
            head.append(field.name()).append(": ").append(field.value()).append("\r\n");
        }
        boolean usuallyHasBody = method.equals("POST") || method.equals("PUT") || method.equals("PATCH");
        if ((body != null || usuallyHasBody) && headers.first("Content-Length").isEmpty()) {
            head.append("Content-Length: ").append(bodyLength).append("\r\n");
        }
        return head.append("Connection: close\r\n\r\n").toString();
    }

    /** What only shows when the request is complete. */
    void check() {
        if (headers.all("Host").size() > 1) {
            throw new IllegalArgumentException("more than one Host: " + headers.all("Host"));
        }
        for (String length : headers.all("Content-Length")) {
            if (!length.equals(Long.toString(bodyLength))
                    || headers.all("Content-Length").size() > 1) {
                throw new IllegalArgumentException("Content-Length is not the length of the body: Content-Length="
                        + headers.all("Content-Length") + " bodyLength=" + bodyLength);
            }
        }
    }

    private String target() {
        String path = url.uri().getRawPath();
        String query = url.uri().getRawQuery();
        return (path == null || path.isEmpty() ? "/" : path) + (query == null ? "" : "?" + query);
    }
}
