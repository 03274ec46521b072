// SPDX-License-Identifier: MIT
package io.pktkit.vclient.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseParserTest {
    private static final int RANDOM_RESPONSES = 50_000;
    private static final long LIMIT = 1 << 20;

    private final ByteArrayOutputStream body = new ByteArrayOutputStream();

    private ResponseParser parse(String response) throws IOException {
        return parse(response, response.length());
    }

    /** Feeds the response in pieces of a size, then the end of the connection. */
    private ResponseParser parse(String response, int piece) throws IOException {
        body.reset();
        ResponseParser parser = new ResponseParser(false, LIMIT, body);
        byte[] bytes = response.getBytes(StandardCharsets.ISO_8859_1);
        for (int at = 0; at < bytes.length; at += piece) {
            parser.feed(bytes, at, Math.min(bytes.length, at + piece));
        }
        if (!parser.isDone()) {
            parser.endOfInput();
        }
        return parser;
    }

    private static String text(ByteArrayOutputStream body) {
        return body.toString(StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and what is not ours",
                "HTTP/1.1 200 OK\r\n\r\nhello",
                "HTTP/1.0 200\r\n\r\nhello",
                "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n2;a=b\r\nhe\r\n03 ; c\r\nllo\r\n000\r\nX: y\r\n\r\n",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
            })
    void shouldReadTheSameHoweverItIsCut(String response) throws IOException {
        for (int piece = 1; piece <= response.length(); piece++) {
            ResponseParser parser = parse(response, piece);

            assertEquals(200, parser.status(), "piece=" + piece);
            assertEquals("hello", text(body), "piece=" + piece);
            assertEquals(5, parser.bodyLength());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // two framings, or one that two readers read differently
                "Content-Length: 5\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nContent-Length: 5",
                "Content-Length: 5\r\nContent-Length: 6",
                "Content-Length: 5\r\nContent-Length: 5",
                "Content-Length: 5, 5",
                "Content-Length: +5",
                "Content-Length: -5",
                "Content-Length: 0x5",
                "Content-Length: 5 5",
                "Content-Length: ",
                "Content-Length: \u0665",
                "Content-Length: 9999999999999999999999",
                "Transfer-Encoding: chunked, chunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: gzip, chunked",
                "Transfer-Encoding: identity",
                "Transfer-Encoding: \u000bchunked",
                "Transfer-Encoding : chunked",
                "Transfer-Encoding\r\n : chunked",
                " Transfer-Encoding: chunked",
                "Content-Length : 5",
                "Content Length: 5",
                "Content-Length: 5\rX: y",
                "Content-Length: 5\u0000",
                "X: a\u0001b",
                ": empty",
                "no colon"
            })
    void shouldRefuseFramingThatCannotBeTrusted(String fields) {
        assertThrows(
                HttpException.class, () -> parse("HTTP/1.1 200 OK\r\n" + fields + "\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1",
                "HTTP/2.0 200 OK",
                "HTTP/1.1 20 OK",
                "HTTP/1.1 2000 OK",
                "HTTP/1.1 -20 OK",
                "http/1.1 200 OK",
                "HTTP/1.x 200 OK",
                "HTTP/1.1  200 OK",
                "HTTP/1.1 099 OK",
                "ICY 200 OK",
                "HTTP/1.1 101 Switching"
            })
    void shouldRefuseWhatIsNoStatusLine(String line) {
        assertThrows(HttpException.class, () -> parse(line + "\r\n\r\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "g\r\nhello",
                "\r\nhello",
                "-5\r\nhello",
                "+5\r\nhello",
                "0x5\r\nhello",
                " 5\r\nhello",
                "5 \r\nhello\r\n0\r\n\r\n",
                "5\rhello",
                "5\nhello\r\n0\r\n\r\n",
                "5\r\nhello\n0\r\n\r\n",
                "5\r\nhello\r\n0\n\r\n",
                "5\r\nhello!\r\n0\r\n\r\n",
                "5\r\nhell\r\n0\r\n\r\n",
                "FFFFFFFFFFFFFFFFFF\r\nhello",
                "100001\r\n",
                "5\r\nhello\r\n0\r\n",
                "5\r\nhello\r\n",
                "5\r\nhello\r\n\r\n0\r\n\r\n"
            })
    void shouldRefuseBrokenChunks(String chunks) {
        assertThrows(
                HttpException.class, () -> parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks));
    }

    @Test
    void shouldRefuseChunksInHttp10() {
        assertThrows(
                HttpException.class, () -> parse("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
    }

    @Test
    void shouldSayHowMuchOfABodyIsMissing() {
        HttpException failure =
                assertThrows(HttpException.class, () -> parse("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"));

        assertTrue(String.valueOf(failure.getMessage()).contains("5 bytes"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"204 No Content", "304 Not Modified"})
    void shouldExpectNoBodyWhereThereIsNone(String status) throws IOException {
        assertTrue(parse("HTTP/1.1 " + status + "\r\nContent-Length: 5\r\n\r\n").isDone());
        assertEquals("", text(body));
    }

    @Test
    void shouldExpectNoBodyAfterHead() throws IOException {
        ResponseParser parser = new ResponseParser(true, LIMIT, body);
        byte[] bytes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);

        parser.feed(bytes, 0, bytes.length);

        assertTrue(parser.isDone());
        assertEquals("5", parser.headers().first("content-length").orElseThrow());
    }

    @Test
    void shouldUnfoldAndKeepFieldsApart() throws IOException {
        String head = String.join(
                "\r\n",
                "HTTP/1.1 200 OK",
                "Set-Cookie: a=1",
                "X:\t one ",
                "  two",
                "\tthree",
                "SET-COOKIE: b=\u00e4",
                "Content-Length: 0",
                "",
                "");

        HttpHeaders headers = parse(head).headers();

        assertEquals(List.of("a=1", "b=\u00e4"), headers.all("set-cookie"));
        assertEquals("one two three", headers.first("x").orElseThrow());
        assertFalse(headers.first("y").isPresent());
    }

    @Test
    void shouldBoundEverything() {
        String ok = "HTTP/1.1 200 OK\r\n";
        String chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
        for (String endless : List.of(
                "HTTP/1.1 200 " + "a".repeat(70_000),
                ok + "X: " + "a".repeat(70_000),
                ok + "X: y\r\n".repeat(20_000),
                ok + "X: y\r\n" + " z\r\n".repeat(20_000),
                "HTTP/1.1 100 Continue\r\n\r\n".repeat(17),
                chunked + "1;" + "a".repeat(5_000),
                chunked + "1;" + "a".repeat(5_000) + "\r\n",
                chunked + "0\r\n" + "X: y\r\n".repeat(101),
                chunked + "0\r\nX: " + "y".repeat(70_000),
                chunked + "80000\r\n" + "a".repeat(0x80000) + "\r\n80001\r\n",
                ok + "Content-Length: 1048577\r\n\r\n",
                ok + "\r\n" + "a".repeat(1048577))) {
            for (int piece : new int[] {7, 4096, endless.length()}) {
                body.reset();
                ResponseParser parser = new ResponseParser(false, LIMIT, body);
                byte[] bytes = endless.getBytes(StandardCharsets.ISO_8859_1);
                assertThrows(
                        HttpException.class,
                        () -> {
                            for (int at = 0; at < bytes.length; at += piece) {
                                parser.feed(bytes, at, Math.min(bytes.length, at + piece));
                            }
                        },
                        () -> endless.substring(0, 60) + " piece=" + piece);
                assertTrue(body.size() <= LIMIT);
            }
        }
    }

    @Test
    void shouldTakeNoHarmFromMutationsAndPrefixes() {
        String[] whole = {
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a\r\nhello\r\n0\r\nA: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\n c\r\n\r\nhello"
        };
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < RANDOM_RESPONSES; i++) {
            StringBuilder mutated = new StringBuilder(whole[i % 2]);
            for (int change = random.nextInt(3); change >= 0; change--) {
                mutated.setCharAt(random.nextInt(mutated.length()), (char) random.nextInt(256));
            }
            mutated.setLength(random.nextInt(4) == 0 ? random.nextInt(mutated.length()) : mutated.length());
            try {
                parse(mutated.toString());
                assertTrue(body.size() <= mutated.length());
            } catch (HttpException e) {
                assertFalse(String.valueOf(e.getMessage()).chars().anyMatch(c -> c < ' '), "seed=" + seed + " i=" + i);
            } catch (IOException | RuntimeException e) {
                throw new AssertionError("seed=" + seed + " i=" + i, e);
            }
        }
    }
}
