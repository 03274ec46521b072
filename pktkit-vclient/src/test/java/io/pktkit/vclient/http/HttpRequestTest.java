// SPDX-License-Identifier: MIT
package io.pktkit.vclient.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpRequestTest {
    @ParameterizedTest
    @CsvSource({
        "http://example.com, GET / HTTP/1.1, example.com",
        "http://example.com:80/a?b=c#d, GET /a?b=c HTTP/1.1, example.com",
        "https://example.com:443, GET / HTTP/1.1, example.com",
        "https://example.com:80?x, GET /?x HTTP/1.1, example.com:80",
        "http://user:secret@example.com:8080/, GET / HTTP/1.1, example.com:8080",
        "http://[2001:db8::1]:81/, GET / HTTP/1.1, [2001:db8::1]:81",
        "http://example.com/ä, GET /%C3%A4 HTTP/1.1, example.com",
        "http://my_service.lan/x, GET /x HTTP/1.1, my_service.lan",
        "http://my_service.lan:80/, GET / HTTP/1.1, my_service.lan",
        "https://u:p@my_service:8443?q, GET /?q HTTP/1.1, my_service:8443",
        "http://alice, GET / HTTP/1.1, alice",
        "http://alice.lan./, GET / HTTP/1.1, alice.lan.",
        "http://lan.1st/, GET / HTTP/1.1, lan.1st"
    })
    void shouldWriteTheHead(String url, String requestLine, String host) {
        assertEquals(
                requestLine + "\r\nHost: " + host + "\r\nConnection: close\r\n\r\n",
                HttpRequest.get(url).head());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "example.com",
                "/path",
                "ftp://example.com",
                "http://",
                "http:///x",
                "http://a b/",
                "http://a/\r\nX: y",
                "http://a:0/",
                "http://a:65536/",
                "http://my_service:0/",
                "http://my_service:65536/",
                "http://my_service:-1/",
                "http://my_service:4294967376/",
                "http://my_service:4294967295/",
                "http://my_service:8x/",
                "http://-my_service/",
                "http://my_service..lan/",
                "http://my_service,lan/",
                "http://a_b@/",
                "mailto:a@b",
                "http://[fe80::1%25eth0]/",
                "http://a\u0000/"
            })
    void shouldRefuseWhatItCannotAskFor(String url) {
        assertThrows(IllegalArgumentException.class, () -> HttpRequest.get(url));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Transfer-Encoding|chunked",
                "connection|close",
                "X Y|a",
                "X:|a",
                "''|a",
            })
    void shouldRefuseFieldsThatBreakTheFraming(String name, String value) {
        assertThrows(
                IllegalArgumentException.class,
                () -> HttpRequest.get("http://a/").withHeader(name, value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nX: y", "a\nb", "a\u0000", "a\rb", "\u0100", "\u007f"})
    void shouldRefuseValuesThatBreakTheFraming(String value) {
        assertThrows(
                IllegalArgumentException.class,
                () -> HttpRequest.get("http://a/").withHeader("X", value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GE T", "GET\r\n", "CONNECT", "G\u00c4T"})
    void shouldRefuseMethodsThatBreakTheFraming(String method) {
        assertThrows(IllegalArgumentException.class, () -> HttpRequest.of(method, "http://a/"));
    }

    @Test
    void shouldLetTheCallerChooseTheHost() {
        String head = HttpRequest.get("http://a/").withHeader("host", "b").head();

        assertEquals("GET / HTTP/1.1\r\nhost: b\r\nConnection: close\r\n\r\n", head);
        assertThrows(
                IllegalArgumentException.class,
                () -> HttpRequest.get("http://a/")
                        .withHeader("Host", "b")
                        .withHeader("Host", "c")
                        .check());
    }

    @Test
    void shouldAlwaysSayTheLengthOfAPost() {
        assertTrue(HttpRequest.of("POST", "http://a/").head().contains("\r\nContent-Length: 0\r\n"));
        assertTrue(
                HttpRequest.post("http://a/", "text/plain", new byte[3]).head().contains("\r\nContent-Length: 3\r\n"));
        assertThrows(
                IllegalArgumentException.class,
                () -> HttpRequest.get("http://a/").withBody(InputStream::nullInputStream, -1));
    }

    @Test
    void shouldRefuseALengthThatIsNotTheBodys() {
        HttpRequest request = HttpRequest.post("http://a/", "text/plain", new byte[3]);

        request.withHeader("Content-Length", "3").check();
        assertThrows(
                IllegalArgumentException.class,
                () -> request.withHeader("Content-Length", "4").check());
        assertThrows(
                IllegalArgumentException.class,
                () -> request.withHeader("Content-Length", "3")
                        .withHeader("Content-Length", "3")
                        .check());
    }
}
