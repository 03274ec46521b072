// SPDX-License-Identifier: MIT
package io.pktkit.nat.upnp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.service.PortLeaseLimits;
import io.pktkit.nat.service.ServiceWorld;
import io.pktkit.nat.service.ServiceWorld.Guest;
import io.pktkit.nat.service.ServiceWorld.Stream;
import java.io.IOException;
import java.io.StringReader;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;

/** A NAT with UPnP, and what a control point does. */
final class UpnpWorld implements AutoCloseable {

    static final UUID ID = UUID.fromString("b7ee9cc1-5a3f-4d32-9a0b-0123456789ab");
    static final String CONNECTION = "urn:schemas-upnp-org:service:WANIPConnection:";
    static final int PORT = UpnpService.DEFAULT_PORT;

    final ServiceWorld world;
    final ServiceWorld.Link link;
    final Guest alice;
    final Guest bob;

    /** An answer of HTTP. */
    record Answer(int status, Map<String, String> headers, String body) {}

    UpnpWorld() throws IOException {
        this(2, PortLeaseLimits.DEFAULT);
    }

    UpnpWorld(int version, PortLeaseLimits limits) throws IOException {
        world = new ServiceWorld(limits, (all, leases) -> new UpnpService(leases, ID, 1, "test", version, PORT));
        link = world.link();
        alice = link.guest("10.0.0.2");
        bob = link.guest("10.0.0.3");
    }

    void pass(Duration time) {
        world.time.advance(time);
    }

    String raw(Guest guest, String request) throws IOException {
        Stream stream = guest.dial(PORT);
        stream.send(request);
        pass(Duration.ofMillis(5));
        stream.close();
        pass(Duration.ofMillis(5));
        return stream.text();
    }

    static String request(String method, String path, String headers, String body) {
        return method + " " + path + " HTTP/1.1\r\nHost: 10.0.0.1:5000\r\nConnection: close\r\n" + headers
                + (body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n") + "\r\n" + body;
    }

    Answer http(Guest guest, String method, String path, String headers, String body) throws IOException {
        return parse(raw(guest, request(method, path, headers, body)));
    }

    static Answer parse(String text) {
        int end = text.indexOf("\r\n\r\n");
        assertTrue(end > 0, "no answer: " + text);
        String[] lines = text.substring(0, end).split("\r\n", -1);
        Map<String, String> headers = new LinkedHashMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            headers.put(
                    lines[i].substring(0, colon), lines[i].substring(colon + 1).strip());
        }
        return new Answer(Integer.parseInt(lines[0].split(" ", -1)[1]), headers, text.substring(end + 4));
    }

    static String envelope(String service, String action, String... arguments) {
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"" + SoapCall.ENVELOPE
                + "\"><s:Body><u:" + action + " xmlns:u=\"" + service + "\">");
        for (int i = 0; i < arguments.length; i += 2) {
            xml.append("<" + arguments[i] + ">" + arguments[i + 1] + "</" + arguments[i] + ">");
        }
        return xml + "</u:" + action + "></s:Body></s:Envelope>";
    }

    Answer soap(Guest guest, String path, String service, String action, String... arguments) throws IOException {
        return http(
                guest,
                "POST",
                path,
                "Content-Type: text/xml; charset=\"utf-8\"\r\nSOAPAction: \"" + service + "#" + action + "\"\r\n",
                envelope(service, action, arguments));
    }

    /** Calls an action of WANIPConnection:2, and gives what it answers by name; a fault as {@code error}. */
    Map<String, String> call(Guest guest, String action, String... arguments) throws IOException {
        return values(soap(guest, "/control/wanip", CONNECTION + "2", action, arguments));
    }

    static Map<String, String> values(Answer answer) {
        Document document = xml(answer.body());
        Map<String, String> values = new LinkedHashMap<>();
        Node body = document.getDocumentElement().getFirstChild();
        Node response = body.getFirstChild();
        if (answer.status() == 500) {
            values.put(
                    "error", document.getElementsByTagName("errorCode").item(0).getTextContent());
            return values;
        }
        assertEquals(200, answer.status(), answer.body());
        for (Node each = response.getFirstChild(); each != null; each = each.getNextSibling()) {
            values.put(each.getNodeName(), each.getTextContent());
        }
        return values;
    }

    static Document xml(String text) {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            return factory.newDocumentBuilder().parse(new InputSource(new StringReader(text)));
        } catch (Exception e) {
            throw new AssertionError(text, e);
        }
    }

    String[] mapping(String client, int outside, int inside, String protocol, int lease) {
        return new String[] {
            "NewRemoteHost",
            "",
            "NewExternalPort",
            "" + outside,
            "NewProtocol",
            protocol,
            "NewInternalPort",
            "" + inside,
            "NewInternalClient",
            client,
            "NewEnabled",
            "1",
            "NewPortMappingDescription",
            "a &amp; b",
            "NewLeaseDuration",
            "" + lease
        };
    }

    Map<String, String> add(Guest guest, int outside, int inside, String protocol, int lease) throws IOException {
        return call(guest, "AddPortMapping", mapping(guest.address.toString(), outside, inside, protocol, lease));
    }

    static Map<String, String> error(int code) {
        return Map.of("error", Integer.toString(code));
    }

    @Override
    public void close() {
        world.close();
    }
}
