// SPDX-License-Identifier: MIT
package io.pktkit.nat.upnp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.iphost.UdpPort;
import io.pktkit.nat.service.ServiceWorld;
import io.pktkit.nat.service.ServiceWorld.Guest;
import io.pktkit.nat.service.ServiceWorld.Stream;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SSDP and GENA: how a device is found, and how it tells of changes. */
class UpnpDiscoveryTest {

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

    private static byte[] search(String target, String headers) {
        return ("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nST: " + target + "\r\n" + headers + "\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private List<String> searched(Guest guest, byte[] search, Duration wait) throws IOException {
        UdpPort port = guest.udp(0, null);
        guest.datagrams.clear();
        guest.send(port, Ssdp.GROUP, Ssdp.PORT, search);
        upnp.pass(wait);
        return guest.texts();
    }

    private static String header(String text, String name) {
        for (String line : text.split("\r\n", -1)) {
            if (line.startsWith(name + ":")) {
                return line.substring(name.length() + 1).strip();
            }
        }
        return "(none)";
    }

    private static final String GOOD = "MAN: \"ssdp:discover\"\r\nMX: 2\r\n";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "upnp:rootdevice",
                "uuid:b7ee9cc1-5a3f-4d32-9a0b-0123456789ab",
                "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
                "urn:schemas-upnp-org:device:InternetGatewayDevice:2",
                "urn:schemas-upnp-org:device:WANConnectionDevice:1",
                "urn:schemas-upnp-org:service:WANIPConnection:1",
                "urn:schemas-upnp-org:service:WANIPConnection:2",
                "urn:schemas-upnp-org:service:WANCommonInterfaceConfig:1"
            })
    void shouldAnswerWhatIsSearchedFor(String target) throws IOException {
        List<String> answers = searched(upnp.alice, search(target, GOOD), Duration.ofSeconds(2));

        assertEquals(1, answers.size(), target);
        String answer = answers.get(0);
        assertTrue(answer.startsWith("HTTP/1.1 200 OK\r\n") && answer.endsWith("\r\n\r\n"), answer);
        assertEquals(target, header(answer, "ST"));
        String usn = header(answer, "USN");
        assertTrue(usn.equals(target) || (usn.startsWith("uuid:") && usn.endsWith("::" + target)), usn);
        assertEquals("http://10.0.0.1:5000/root.xml", header(answer, "LOCATION"));
        assertEquals("max-age=1800", header(answer, "CACHE-CONTROL"));
        assertEquals("", header(answer, "EXT"));
        assertTrue(header(answer, "SERVER").contains("UPnP/1.1"), answer);
    }

    @Test
    void shouldSpreadItsAnswersOverTheTimeThatIsAllowed() throws IOException {
        UdpPort port = upnp.alice.udp(0, null);
        Set<Integer> counts = new HashSet<>();
        upnp.alice.send(port, Ssdp.GROUP, Ssdp.PORT, search("ssdp:all", "MAN: \"ssdp:discover\"\r\nMX: 120\r\n"));
        assertEquals(0, upnp.alice.datagrams.size(), "not at once");
        for (int i = 0; i < 50; i++) {
            upnp.pass(Duration.ofMillis(100));
            counts.add(upnp.alice.datagrams.size());
        }
        assertEquals(
                10, upnp.alice.datagrams.size(), "three devices by UUID and type, the root, three services, in 5 s");
        assertTrue(counts.size() > 3, counts.toString());
        assertEquals(
                10,
                upnp.alice.texts().stream()
                        .map(each -> header(each, "USN"))
                        .distinct()
                        .count());
    }

    @Test
    void shouldNotAnswerWhatIsNoSearch() throws IOException {
        String target = "upnp:rootdevice";
        for (byte[] each : List.of(
                search(target, "MX: 1\r\n"),
                search(target, "MAN: ssdp:discover\r\nMX: 1\r\n"),
                search(target, "MAN: \"ssdp:discover\"\r\n"),
                search(target, "MAN: \"ssdp:discover\"\r\nMX: 0\r\n"),
                search(target, "MAN: \"ssdp:discover\"\r\nMX: x\r\n"),
                search("urn:schemas-upnp-org:device:MediaServer:1", GOOD),
                search("urn:schemas-upnp-org:service:WANIPConnection:3", GOOD),
                search("urn:schemas-upnp-org:service:WANIPConnection:0", GOOD),
                "NOTIFY * HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                search(target, GOOD + "a: b\r\n".repeat(40)),
                new byte[0])) {
            assertEquals(List.of(), searched(upnp.alice, each, Duration.ofSeconds(6)));
        }
        assertEquals(
                1,
                searched(
                                upnp.alice,
                                ("M-SEARCH * HTTP/1.1\r\nHOST: 10.0.0.1:1900\r\nMAN: \"ssdp:discover\"\r\nST: " + target
                                                + "\r\n\r\n")
                                        .getBytes(StandardCharsets.US_ASCII),
                                Duration.ofMillis(1))
                        .size(),
                "to us alone, at once");
    }

    @Test
    void shouldBoundTheAnswersThatWait() throws IOException {
        UdpPort port = upnp.alice.udp(0, null);
        for (int i = 0; i < 50; i++) {
            upnp.alice.send(port, Ssdp.GROUP, Ssdp.PORT, search("ssdp:all", "MAN: \"ssdp:discover\"\r\nMX: 5\r\n"));
        }
        upnp.pass(Duration.ofSeconds(5));
        assertEquals(64, upnp.alice.datagrams.size());
        assertEquals(
                1,
                searched(upnp.bob, search("upnp:rootdevice", GOOD), Duration.ofSeconds(2))
                        .size());
    }

    @Test
    void shouldSayThatItIsThereAndThatItGoes() throws IOException {
        ServiceWorld.Link link = upnp.world.link();
        Guest listener = link.guest("10.0.0.9");
        listener.udp(Ssdp.PORT, Ssdp.GROUP);
        upnp.pass(Duration.ofSeconds(1));
        assertEquals(20, listener.datagrams.size(), "ten, twice");
        String alive = listener.texts().get(0);
        assertTrue(alive.startsWith("NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n"), alive);
        assertEquals("ssdp:alive", header(alive, "NTS"));
        assertEquals(header(alive, "NT"), "upnp:rootdevice");
        assertTrue(header(alive, "USN").endsWith("::upnp:rootdevice"), alive);

        listener.datagrams.clear();
        upnp.pass(Duration.ofSeconds(Ssdp.MAX_AGE_SECONDS / 2));
        assertTrue(listener.datagrams.size() >= 10, "before half of its age");

        listener.datagrams.clear();
        upnp.world.services.close();
        assertEquals(10, listener.datagrams.size());
        assertTrue(
                listener.texts().stream().allMatch(each -> header(each, "NTS").equals("ssdp:byebye")));
    }

    private UpnpWorld.Answer subscribe(Guest guest, String callback) throws IOException {
        return upnp.http(
                guest,
                "SUBSCRIBE",
                "/event/wanip",
                "CALLBACK: " + callback + "\r\nNT: upnp:event\r\nTIMEOUT: Second-300\r\n",
                "");
    }

    @Test
    void shouldTellSubscribersOfChanges() throws IOException {
        List<Stream> events = upnp.alice.listen(7000, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        UpnpWorld.Answer answer = subscribe(upnp.alice, "<http://10.0.0.2:7000/evt>");
        assertEquals(200, answer.status());
        assertEquals("Second-1800", answer.headers().get("TIMEOUT"));
        String sid = Objects.requireNonNull(answer.headers().get("SID"));
        upnp.pass(Duration.ofMillis(50));

        assertEquals(1, events.size());
        String first = events.get(0).text();
        assertTrue(first.startsWith("NOTIFY /evt HTTP/1.1\r\nHOST: 10.0.0.2:7000\r\n"), first);
        assertEquals("0", header(first, "SEQ"));
        assertEquals(sid, header(first, "SID"));
        for (String variable : List.of(
                "PossibleConnectionTypes>IP_Routed",
                "ConnectionStatus>Connected",
                "ExternalIPAddress>203.0.113.1",
                "PortMappingNumberOfEntries>0",
                "SystemUpdateID>0")) {
            assertTrue(first.contains("<e:property><" + variable + "<"), first);
        }

        upnp.add(upnp.bob, 8080, 80, "TCP", 60);
        upnp.pass(Duration.ofSeconds(1));
        assertEquals(2, events.size());
        String second = events.get(1).text();
        assertEquals("1", header(second, "SEQ"));
        assertTrue(second.contains("PortMappingNumberOfEntries>1<"), second);
        assertFalse(second.contains("ExternalIPAddress"), "what has changed alone");
        upnp.pass(Duration.ofSeconds(60));
        assertEquals(3, events.size(), "a lease has lapsed");

        assertEquals(
                200,
                upnp.http(upnp.alice, "SUBSCRIBE", "/event/wanip", "SID: " + sid + "\r\n", "")
                        .status());
        assertEquals(
                412,
                upnp.http(upnp.bob, "UNSUBSCRIBE", "/event/wanip", "SID: " + sid + "\r\n", "")
                        .status());
        assertEquals(
                200,
                upnp.http(upnp.alice, "UNSUBSCRIBE", "/event/wanip", "SID: " + sid + "\r\n", "")
                        .status());
        upnp.add(upnp.bob, 8081, 81, "TCP", 60);
        upnp.pass(Duration.ofSeconds(5));
        assertEquals(3, events.size());
    }

    @Test
    void shouldTellAtOnceWhatChangedWhileAnEventWasOnItsWay() throws IOException {
        List<Stream> events = upnp.alice.listen(7000, "");
        subscribe(upnp.alice, "<http://10.0.0.2:7000/>");
        upnp.pass(Duration.ofSeconds(1));
        upnp.add(upnp.bob, 8080, 80, "TCP", 600);
        upnp.pass(Duration.ofSeconds(1));
        assertEquals(1, events.size(), "one at a time");

        events.get(0).send("HTTP/1.1 200 OK\r\n\r\n");
        upnp.pass(Duration.ofMillis(300));

        assertEquals(2, events.size());
        assertTrue(events.get(1).text().contains("PortMappingNumberOfEntries>1<"));
    }

    @Test
    void shouldTellSubscribersOfAnotherAddress() throws IOException {
        List<Stream> events = upnp.alice.listen(7000, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        upnp.add(upnp.bob, 8080, 80, "TCP", 60);
        subscribe(upnp.alice, "<http://10.0.0.2:7000/>");
        upnp.pass(Duration.ofSeconds(1));
        assertEquals(1, events.size());

        upnp.world.nat.outside(List.of(IpAddress.parse("203.0.113.2")));
        upnp.pass(Duration.ofSeconds(1));

        assertEquals(2, events.size());
        String told = events.get(1).text();
        assertTrue(told.contains("ExternalIPAddress>203.0.113.2<"), told);
        assertTrue(told.contains("PortMappingNumberOfEntries>0<"), "what was mapped went with the address: " + told);
    }

    /** CVE-2020-12695: to have us connect to somebody else, or send much to him. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "<http://10.0.0.3:7000/>",
                "<http://198.51.100.7/>",
                "<http://127.0.0.1:80/>",
                "<http://10.0.0.1:5000/control/wanip>",
                "<http://evil.example/>",
                "<http://10.0.0.2@10.0.0.3/>",
                "<http://10.0.0.2:7000/><http://10.0.0.3:7000/>",
                "<http://10.0.0.2:0/>",
                "<http://10.0.0.2:70000/>",
                "<https://10.0.0.2/>",
                "<http://10.0.0.2:7000/ HTTP/1.1>",
                "<http://010.0.0.2:7000/>",
                "http://10.0.0.2:7000/",
                "<>"
            })
    void shouldTellSubscribersThemselvesAlone(String callback) throws IOException {
        List<Stream> bob = upnp.bob.listen(7000, "HTTP/1.1 200 OK\r\n\r\n");
        assertEquals(412, subscribe(upnp.alice, callback).status());
        upnp.pass(Duration.ofSeconds(10));
        assertEquals(List.of(), bob);
        assertEquals(0, upnp.world.nat.mappings().list().size());
    }

    @Test
    void shouldBoundSubscriptionsAndForgetThem() throws IOException {
        for (int i = 0; i < 8; i++) {
            assertEquals(
                    200,
                    subscribe(upnp.alice, "<http://10.0.0.2:7000/" + i + ">").status());
        }
        assertEquals(503, subscribe(upnp.alice, "<http://10.0.0.2:7000/8>").status());
        assertEquals(200, subscribe(upnp.bob, "<http://10.0.0.3:7000/>").status());
        // Nobody listens there: three events in a row that nobody takes end a subscription.
        for (int i = 0; i < 4; i++) {
            upnp.pass(Duration.ofSeconds(10));
            upnp.add(upnp.bob, 9000 + i, 90 + i, "TCP", 600);
        }
        upnp.pass(Duration.ofSeconds(10));
        assertEquals(200, subscribe(upnp.alice, "<http://10.0.0.2:7000/8>").status());
    }

    @Test
    void shouldForgetSubscriptionsInTime() throws IOException {
        List<Stream> events = upnp.alice.listen(7000, "HTTP/1.1 200 OK\r\n\r\n");
        String sid = Objects.requireNonNull(
                subscribe(upnp.alice, "<http://10.0.0.2:7000/>").headers().get("SID"));
        upnp.pass(Duration.ofMinutes(30));
        assertEquals(
                412,
                upnp.http(upnp.alice, "SUBSCRIBE", "/event/wanip", "SID: " + sid + "\r\n", "")
                        .status());
        int before = events.size();
        upnp.add(upnp.bob, 8080, 80, "TCP", 60);
        upnp.pass(Duration.ofSeconds(5));
        assertEquals(before, events.size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CALLBACK: <http://10.0.0.2:7000/>\r\n",
                "NT: upnp:event\r\n",
                "NT: upnp:other\r\nCALLBACK: <http://10.0.0.2:7000/>\r\n",
                "SID: uuid:none\r\n"
            })
    void shouldRefuseIncompleteSubscriptions(String headers) throws IOException {
        assertEquals(
                412,
                upnp.http(upnp.alice, "SUBSCRIBE", "/event/wanip", headers, "").status());
        assertEquals(
                400,
                upnp.http(upnp.alice, "SUBSCRIBE", "/event/wanip", "SID: uuid:x\r\nNT: upnp:event\r\n", "")
                        .status());
    }
}
