// SPDX-License-Identifier: MIT
package io.pktkit.nat.upnp;

import static io.pktkit.nat.upnp.UpnpWorld.error;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.service.PortLeaseLimits;
import io.pktkit.nat.service.ServiceWorld;
import io.pktkit.nat.service.ServiceWorld.Guest;
import io.pktkit.nat.service.ServiceWorld.Stream;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What control points must not get, and what they must not be able to do to others. */
class UpnpHostileTest {

    private final UpnpWorld upnp = open();

    private static UpnpWorld open() {
        try {
            return new UpnpWorld();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void close() {
        upnp.close();
    }

    private static final String[] KEY = {"NewRemoteHost", "", "NewExternalPort", "8080", "NewProtocol", "TCP"};

    @Test
    void shouldMapAClientToItselfAlone() throws IOException {
        for (String other : List.of("10.0.0.3", "10.0.0.1", "203.0.113.1", "127.0.0.1", "8.8.8.8")) {
            assertEquals(error(606), upnp.call(upnp.alice, "AddPortMapping", upnp.mapping(other, 8080, 80, "TCP", 60)));
            assertEquals(
                    error(606), upnp.call(upnp.alice, "AddAnyPortMapping", upnp.mapping(other, 8080, 80, "TCP", 60)));
        }
        for (String name : List.of("", "alice", "0.0.0.0", "::1", "255.255.255.255 ")) {
            String code = upnp.call(upnp.alice, "AddPortMapping", upnp.mapping(name, 8080, 80, "TCP", 60))
                    .get("error");
            assertTrue("402".equals(code) || "606".equals(code), name + ": " + code);
        }
        assertEquals(0, upnp.world.leases.size());
    }

    @Test
    void shouldNotLetOthersDeleteOrTakeOver() throws IOException {
        upnp.add(upnp.alice, 8080, 80, "TCP", 600);

        assertEquals(error(606), upnp.call(upnp.bob, "DeletePortMapping", KEY));
        assertEquals(error(718), upnp.add(upnp.bob, 8080, 80, "TCP", 600));
        assertEquals(
                error(730),
                upnp.call(
                        upnp.bob,
                        "DeletePortMappingRange",
                        "NewStartPort",
                        "1",
                        "NewEndPort",
                        "65535",
                        "NewProtocol",
                        "TCP",
                        "NewManage",
                        "1"));
        assertEquals(1, upnp.world.leases.size());
    }

    @Test
    void shouldNotTouchWhatTheOwnerForwards() throws IOException {
        upnp.world
                .nat
                .mappings()
                .forward(
                        upnp.link.port.namespace(),
                        IpProtocol.TCP,
                        ServiceWorld.PUBLIC,
                        8080,
                        upnp.alice.address,
                        80,
                        Duration.ZERO);

        assertEquals(error(714), upnp.call(upnp.alice, "DeletePortMapping", KEY));
        assertEquals(error(718), upnp.add(upnp.bob, 8080, 80, "TCP", 600));
        assertNotNull(upnp.world.nat.mappings().findOutside(IpProtocol.TCP, ServiceWorld.PUBLIC, 8080));
    }

    @Test
    void shouldInheritNothingFromALeaseThatHasLapsed() throws IOException {
        upnp.add(upnp.alice, 8080, 80, "TCP", 60);
        upnp.pass(Duration.ofSeconds(60));
        upnp.world
                .nat
                .mappings()
                .forward(
                        upnp.link.port.namespace(),
                        IpProtocol.TCP,
                        ServiceWorld.PUBLIC,
                        8080,
                        upnp.alice.address,
                        80,
                        Duration.ZERO);

        assertEquals(error(714), upnp.call(upnp.alice, "DeletePortMapping", KEY));
        assertNotNull(upnp.world.nat.mappings().findOutside(IpProtocol.TCP, ServiceWorld.PUBLIC, 8080));
    }

    @Test
    void shouldForgetWhatTheOwnerHasTakenAway() throws IOException {
        upnp.add(upnp.alice, 8080, 80, "TCP", 600);
        upnp.world
                .nat
                .mappings()
                .remove(Objects.requireNonNull(
                        upnp.world.nat.mappings().findOutside(IpProtocol.TCP, ServiceWorld.PUBLIC, 8080)));

        assertEquals(error(714), upnp.call(upnp.alice, "GetSpecificPortMappingEntry", KEY));
        assertEquals(Map.of(), upnp.add(upnp.bob, 8080, 80, "TCP", 600));
    }

    @Test
    void shouldKeepTenantsApart() throws IOException {
        ServiceWorld.Link other = upnp.world.link();
        Guest twin = other.guest("10.0.0.2");
        upnp.add(upnp.alice, 8080, 80, "TCP", 600);

        assertEquals(error(713), upnp.call(twin, "GetGenericPortMappingEntry", "NewPortMappingIndex", "0"));
        assertEquals(error(714), upnp.call(twin, "GetSpecificPortMappingEntry", KEY));
        assertEquals(error(714), upnp.call(twin, "DeletePortMapping", KEY));
        assertEquals(error(718), upnp.add(twin, 8080, 80, "TCP", 600));
        assertEquals(Map.of(), upnp.add(twin, 8081, 80, "TCP", 600));

        other.port.close();
        assertNull(upnp.world.nat.mappings().findOutside(IpProtocol.TCP, ServiceWorld.PUBLIC, 8081));
        assertEquals(1, upnp.world.leases.size());
    }

    @Test
    void shouldHoldToItsLimits() throws IOException {
        PortLeaseLimits limits = new PortLeaseLimits(4, 3, 2, 1024, 65_535, Duration.ofDays(1));
        try (UpnpWorld small = new UpnpWorld(2, limits)) {
            assertEquals(Map.of(), small.add(small.alice, 2001, 1, "TCP", 600));
            assertEquals(Map.of(), small.add(small.alice, 2002, 2, "TCP", 600));
            assertEquals(error(501), small.add(small.alice, 2003, 3, "TCP", 600), "of a host");
            assertEquals(Map.of(), small.add(small.alice, 2002, 2, "TCP", 600), "renewal is over no limit");
            assertEquals(Map.of(), small.add(small.bob, 2004, 1, "TCP", 600));
            assertEquals(error(501), small.add(small.bob, 2005, 2, "TCP", 600), "of a namespace");
            Guest other = small.world.link().guest("10.0.0.2");
            assertEquals(Map.of(), small.add(other, 2006, 1, "TCP", 600));
            assertEquals(error(501), small.add(other, 2007, 2, "TCP", 600), "in all");
            assertEquals(
                    error(728), small.call(other, "AddAnyPortMapping", small.mapping("10.0.0.2", 2007, 2, "TCP", 600)));
        }
    }

    @Test
    void shouldHearNobodyWithAForgedSource() throws IOException {
        long before = upnp.world.nat.drops(NatDrop.BAD_SOURCE);
        for (String forged : List.of("10.0.1.2", "198.51.100.7", "10.0.0.1", "10.0.0.255", "203.0.113.1")) {
            Guest mallory = upnp.link.guest(forged);
            Stream stream = mallory.dial(UpnpWorld.PORT);
            upnp.pass(Duration.ofMillis(10));
            stream.send(UpnpWorld.request("GET", "/root.xml", "", ""));
            assertEquals("", stream.text(), forged);
        }
        assertTrue(upnp.world.nat.drops(NatDrop.BAD_SOURCE) >= before + 4);
    }

    @Test
    void shouldHearNothingFromOutside() {
        for (IpAddress to : List.of(ServiceWorld.PUBLIC, ServiceWorld.GATEWAY, Ssdp.GROUP)) {
            ByteBuffer search = PacketBuilder.udp(
                    IpAddress.parse("198.51.100.7"),
                    1900,
                    to,
                    1900,
                    ByteBuffer.wrap(
                            "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII)));
            upnp.world.outside.inject(new Packet().wrap(search));
        }
        upnp.pass(Duration.ofSeconds(6));
        assertEquals(0, upnp.world.nat.mappings().list().size());
        assertEquals(0, upnp.world.outside.stats().snapshot().sentPackets());
    }

    /** DNS rebinding: a page of somebody else's, whose name has come to mean our address. */
    @ParameterizedTest
    @ValueSource(
            strings = {"evil.example:5000", "evil.example", "10.0.0.1", "10.0.0.1:80", "10.0.0.1:5000.evil.example", ""
            })
    void shouldBeCalledByItsAddressAlone(String host) throws IOException {
        String answer =
                upnp.raw(upnp.alice, "GET /root.xml HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
        assertTrue(upnp.raw(upnp.alice, "GET /root.xml HTTP/1.1\r\n\r\n").startsWith("HTTP/1.1 400 "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 5\r\nContent-Length: 6",
                "Content-Length: 5\r\nTransfer-Encoding: chunked",
                "Content-Length: -1",
                "Content-Length: 0x10",
                "Content-Length: ",
                "Content-Length: +5",
                "Content-Length : 5",
                " folded: 1",
                "no colon"
            })
    void shouldRefuseWhatIsUnclear(String headers) throws IOException {
        String answer = upnp.raw(
                upnp.alice, "POST /control/wanip HTTP/1.1\r\nHost: 10.0.0.1:5000\r\n" + headers + "\r\n\r\nhello");
        assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
    }

    @Test
    void shouldBoundRequests() throws IOException {
        for (String length : List.of("65537", "4294967296", "99999999999999999999999999")) {
            String answer = upnp.raw(
                    upnp.alice,
                    "POST /control/wanip HTTP/1.1\r\nHost: 10.0.0.1:5000\r\nContent-Length: " + length + "\r\n\r\n");
            assertTrue(answer.startsWith("HTTP/1.1 413 "), length + ": " + answer);
        }
        String chunks = "POST /control/wanip HTTP/1.1\r\nHost: 10.0.0.1:5000\r\nTransfer-Encoding: chunked\r\n\r\n";
        assertTrue(upnp.raw(upnp.alice, chunks + "FFFFFFFF\r\n").startsWith("HTTP/1.1 413 "));
        assertTrue(upnp.raw(upnp.alice, chunks + "FFFFFFFFF\r\n").startsWith("HTTP/1.1 400 "));
        assertTrue(upnp.raw(upnp.alice, chunks + "1\r\na\r\n".repeat(5000)).startsWith("HTTP/1.1 413 "));
        String many = "10\r\n0123456789abcdef\r\n".repeat(1500) + "0\r\n\r\n";
        assertFalse(upnp.raw(upnp.alice, chunks + many).startsWith("HTTP/1.1 431 "), "chunks are no head");
        assertTrue(upnp.raw(upnp.alice, "GET /" + "a".repeat(5000) + " HTTP/1.1\r\n")
                .startsWith("HTTP/1.1 414 "));
        assertTrue(upnp.raw(upnp.alice, "GET / HTTP/1.1\r\n" + "a: b\r\n".repeat(2000))
                .startsWith("HTTP/1.1 4"));
        assertTrue(
                upnp.raw(upnp.alice, "GET / HTTP/1.1\r\nX: " + "a".repeat(9000)).startsWith("HTTP/1.1 431 "));
        String body = "x".repeat(65_536);
        assertEquals(
                500,
                upnp.http(upnp.alice, "POST", "/control/wanip", "Content-Type: text/xml\r\n", body)
                        .status());
    }

    @Test
    void shouldTakeChunksAndSeveralRequestsInAnyPieces() throws IOException {
        String soap = UpnpWorld.envelope(UpnpWorld.CONNECTION + "2", "GetExternalIPAddress");
        String head = "POST /control/wanip HTTP/1.1\r\nHost: 10.0.0.1:5000\r\nContent-Type: text/xml\r\nSOAPAction: \""
                + UpnpWorld.CONNECTION + "2#GetExternalIPAddress\"\r\n";
        StringBuilder chunked = new StringBuilder(head + "Transfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < soap.length(); i += 50) {
            String piece = soap.substring(i, Math.min(soap.length(), i + 50));
            chunked.append(Integer.toHexString(piece.length()))
                    .append(";x=y\r\n")
                    .append(piece)
                    .append("\r\n");
        }
        chunked.append("0\r\nTrailer: x\r\n\r\n");
        String both = chunked + head + "Content-Length: " + soap.length() + "\r\n\r\n" + soap;

        Stream whole = upnp.alice.dial(UpnpWorld.PORT);
        whole.send(both);
        upnp.pass(Duration.ofSeconds(1)); // as the client's TCP waits for an acknowledgment before its last segment
        assertEquals(2, whole.text().split("<NewExternalIPAddress>203.0.113.1", -1).length - 1, whole.text());
        Stream stream = upnp.alice.dial(UpnpWorld.PORT);
        for (byte octet : both.getBytes(StandardCharsets.US_ASCII)) {
            stream.send(new byte[] {octet});
        }
        upnp.pass(Duration.ofSeconds(1));
        assertEquals(2, stream.text().split("<NewExternalIPAddress>203.0.113.1", -1).length - 1, stream.text());
        assertFalse(stream.isEnded(), "it stays for more");
    }

    /** A whole request has thirty seconds, however often an octet of it comes. */
    @Test
    void shouldEndSlowRequests() throws IOException {
        Stream stream = upnp.alice.dial(UpnpWorld.PORT);
        stream.send("GET /root.xml HT");
        for (int i = 0; i < 14; i++) {
            upnp.pass(Duration.ofSeconds(2));
            stream.send("T");
        }
        assertFalse(stream.isEnded());
        upnp.pass(Duration.ofSeconds(3));
        assertTrue(stream.isEnded());

        Stream silent = upnp.alice.dial(UpnpWorld.PORT);
        upnp.pass(Duration.ofSeconds(29));
        assertFalse(silent.isEnded());
        upnp.pass(Duration.ofSeconds(2));
        assertTrue(silent.isEnded());
    }

    @Test
    void shouldBoundConnectionsOfAClientAndInAll() throws IOException {
        List<Stream> open = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            open.add(upnp.alice.dial(UpnpWorld.PORT));
            upnp.pass(Duration.ofMillis(5));
        }
        assertEquals(1, open.stream().filter(Stream::isEnded).count());
        assertTrue(open.get(8).isEnded());
        assertEquals(200, upnp.http(upnp.bob, "GET", "/root.xml", "", "").status(), "others are served");
        for (int host = 10; host < 18; host++) {
            Guest guest = upnp.link.guest("10.0.0." + host);
            for (int i = 0; i < 8; i++) {
                open.add(guest.dial(UpnpWorld.PORT));
                upnp.pass(Duration.ofMillis(5));
            }
        }
        assertEquals(64, open.stream().filter(each -> !each.isEnded()).count());
        upnp.pass(Duration.ofSeconds(31));
        assertEquals(0, open.stream().filter(each -> !each.isEnded()).count());
        assertEquals(200, upnp.http(upnp.bob, "GET", "/root.xml", "", "").status());
    }

    @Test
    void shouldCountConnectionsThatAClientNeverCloses() throws IOException {
        for (int i = 0; i < 140; i++) {
            Stream stream = upnp.alice.dial(UpnpWorld.PORT);
            stream.send("GET /root.xml HTTP/1.0\r\n\r\n");
            upnp.pass(Duration.ofMillis(5));
            assertTrue(stream.isEnded());
            assertEquals(i < 8, stream.text().contains("200 OK"), "i=" + i);
        }
        assertEquals(200, upnp.http(upnp.bob, "GET", "/root.xml", "", "").status(), "others are served");
        upnp.pass(Duration.ofSeconds(31));
        assertEquals(200, upnp.http(upnp.alice, "GET", "/root.xml", "", "").status());
    }

    @Test
    void shouldReadNoEntities() throws IOException {
        StringBuilder bomb = new StringBuilder("<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol0 \"lol\">");
        for (int i = 1; i < 12; i++) {
            bomb.append("<!ENTITY lol" + i + " \"")
                    .append(("&lol" + (i - 1) + ";").repeat(10))
                    .append("\">");
        }
        String body = UpnpWorld.envelope(UpnpWorld.CONNECTION + "2", "GetExternalIPAddress", "a", "&lol11;");
        List<String> bodies = List.of(
                bomb + "]>" + body.substring(body.indexOf("?>") + 2),
                body,
                "<!DOCTYPE a SYSTEM \"http://10.0.0.2/x.dtd\">" + body.substring(body.indexOf("?>") + 2),
                "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
                        + UpnpWorld.envelope(UpnpWorld.CONNECTION + "2", "GetExternalIPAddress", "a", "&x;")
                                .substring(21),
                "<a>".repeat(20_000),
                "<s:Envelope xmlns:s=\"" + SoapCall.ENVELOPE + "\"><s:Header>" + "<a>".repeat(15_000),
                "not xml",
                "<a/>",
                "");
        for (String each : bodies) {
            assertNull(
                    SoapCall.parse(each.getBytes(StandardCharsets.UTF_8)),
                    each.substring(0, Math.min(80, each.length())));
        }
        assertNull(SoapCall.parse(new byte[] {(byte) 0xFF, (byte) 0xFE, '<', 0}));
        UpnpWorld.Answer answer = upnp.http(
                upnp.alice,
                "POST",
                "/control/wanip",
                "Content-Type: text/xml\r\nSOAPAction: \"" + UpnpWorld.CONNECTION + "2#GetExternalIPAddress\"\r\n",
                bodies.get(0));
        assertEquals(error(401), UpnpWorld.values(answer));
    }

    @Test
    void shouldSurviveMutatedRequests() throws IOException {
        long seed = 20261129;
        SplittableRandom random = new SplittableRandom(seed);
        byte[] good = UpnpWorld.request(
                        "POST",
                        "/control/wanip",
                        "Content-Type: text/xml\r\nSOAPAction: \"" + UpnpWorld.CONNECTION + "2#AddPortMapping\"\r\n",
                        UpnpWorld.envelope(
                                UpnpWorld.CONNECTION + "2",
                                "AddPortMapping",
                                upnp.mapping("10.0.0.2", 8080, 80, "TCP", 60)))
                .getBytes(StandardCharsets.UTF_8);
        for (int round = 0; round < 3000; round++) {
            byte[] bytes = good.clone();
            for (int i = random.nextInt(6); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            int length = random.nextInt(4) == 0 ? random.nextInt(bytes.length) : bytes.length;
            HttpParser parser = new HttpParser();
            ByteBuffer input = ByteBuffer.wrap(bytes, 0, length);
            for (int i = 0; i < 3 && parser.take(input); i++) {
                HttpRequest request = parser.poll();
                if (request == null) {
                    assertTrue(parser.status() >= 400, "seed=" + seed);
                    break;
                }
                assertTrue(request.body().length <= HttpParser.MAX_BODY, "seed=" + seed);
                SoapCall.parse(request.body());
            }
        }
    }
}
