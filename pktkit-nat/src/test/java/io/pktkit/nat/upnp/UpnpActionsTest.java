// SPDX-License-Identifier: MIT
package io.pktkit.nat.upnp;

import static io.pktkit.nat.upnp.UpnpWorld.CONNECTION;
import static io.pktkit.nat.upnp.UpnpWorld.error;
import static io.pktkit.nat.upnp.UpnpWorld.xml;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.observe.NatMapping;
import io.pktkit.nat.service.PortLeaseLimits;
import io.pktkit.nat.service.ServiceWorld;
import io.pktkit.nat.service.ServiceWorld.Guest;
import io.pktkit.wire.IpProtocol;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Descriptions and actions of the Internet Gateway Device. */
class UpnpActionsTest {

    /** WANIPConnection:1 section 2.4, WANIPConnection:2 section 2.5: those marked as required. */
    private static final List<String> REQUIRED_1 = List.of(
            "SetConnectionType",
            "GetConnectionTypeInfo",
            "RequestConnection",
            "ForceTermination",
            "GetStatusInfo",
            "GetNATRSIPStatus",
            "GetGenericPortMappingEntry",
            "GetSpecificPortMappingEntry",
            "AddPortMapping",
            "DeletePortMapping",
            "GetExternalIPAddress");

    private static final List<String> REQUIRED_2 =
            List.of("AddAnyPortMapping", "DeletePortMappingRange", "GetListOfPortMappings");

    private final UpnpWorld upnp = open(2);

    private static UpnpWorld open(int version) {
        try {
            return new UpnpWorld(version, PortLeaseLimits.DEFAULT);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void close() {
        upnp.close();
    }

    private static List<String> texts(Document document, String tag) {
        List<String> texts = new ArrayList<>();
        NodeList found = document.getElementsByTagName(tag);
        for (int i = 0; i < found.getLength(); i++) {
            texts.add(found.item(i).getTextContent());
        }
        return texts;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldDescribeItself(int version) throws IOException {
        try (UpnpWorld world = open(version)) {
            Document root =
                    xml(world.http(world.alice, "GET", "/root.xml", "", "").body());
            String device = "urn:schemas-upnp-org:device:";
            assertEquals(
                    List.of(
                            device + "InternetGatewayDevice:" + version,
                            device + "WANDevice:" + version,
                            device + "WANConnectionDevice:" + version),
                    texts(root, "deviceType"));
            assertEquals(3, texts(root, "UDN").stream().distinct().count());
            assertEquals(3, texts(root, "serviceType").size());
            for (String path : texts(root, "SCPDURL")) {
                UpnpWorld.Answer answer = world.http(world.alice, "GET", path, "", "");
                assertEquals(200, answer.status(), path);
                Document description = xml(answer.body());
                List<String> variables = new ArrayList<>();
                NodeList states = description.getElementsByTagName("stateVariable");
                for (int i = 0; i < states.getLength(); i++) {
                    variables.add(((Element) states.item(i))
                            .getElementsByTagName("name")
                            .item(0)
                            .getTextContent());
                }
                assertTrue(variables.containsAll(texts(description, "relatedStateVariable")), path);
                if (path.equals("/wanip.xml")) {
                    List<String> names = texts(description, "name");
                    assertTrue(names.containsAll(REQUIRED_1), names.toString());
                    assertEquals(version == 2, names.containsAll(REQUIRED_2), names.toString());
                }
            }
            UpnpWorld.Answer head = world.http(world.alice, "HEAD", "/root.xml", "", "");
            assertEquals("", head.body());
            assertTrue(Integer.parseInt(Objects.requireNonNull(head.headers().get("CONTENT-LENGTH"))) > 1000);
            assertEquals(404, world.http(world.alice, "GET", "/", "", "").status());
            assertEquals(
                    405, world.http(world.alice, "POST", "/root.xml", "", "").status());
            assertEquals(
                    405,
                    world.http(world.alice, "GET", "/control/wanip", "", "").status());
        }
    }

    @Test
    void shouldAnswerWhatIsAskedOfTheConnection() throws IOException {
        assertEquals(
                Map.of("NewConnectionType", "IP_Routed", "NewPossibleConnectionTypes", "IP_Routed"),
                upnp.call(upnp.alice, "GetConnectionTypeInfo"));
        upnp.pass(Duration.ofSeconds(90));
        Map<String, String> status = upnp.call(upnp.alice, "GetStatusInfo");
        assertEquals("Connected", status.get("NewConnectionStatus"));
        assertEquals("90", status.get("NewUptime"));
        assertEquals(Map.of("NewExternalIPAddress", "203.0.113.1"), upnp.call(upnp.alice, "GetExternalIPAddress"));
        assertEquals(Map.of("NewRSIPAvailable", "0", "NewNATEnabled", "1"), upnp.call(upnp.alice, "GetNATRSIPStatus"));
        assertEquals(Map.of(), upnp.call(upnp.alice, "RequestConnection"));
        assertEquals(error(606), upnp.call(upnp.alice, "ForceTermination"));
        assertEquals(Map.of(), upnp.call(upnp.alice, "SetConnectionType", "NewConnectionType", "IP_Routed"));
        assertEquals(error(731), upnp.call(upnp.alice, "SetConnectionType", "NewConnectionType", "IP_Bridged"));
        assertEquals(error(401), upnp.call(upnp.alice, "Reboot"));
        assertEquals(error(402), upnp.call(upnp.alice, "SetConnectionType"));
    }

    @Test
    void shouldAnswerWhatIsAskedOfTheOtherServices() throws IOException {
        String common = "urn:schemas-upnp-org:service:WANCommonInterfaceConfig:1";
        for (String counter : List.of("BytesSent", "BytesReceived", "PacketsSent", "PacketsReceived")) {
            Map<String, String> values =
                    UpnpWorld.values(upnp.soap(upnp.alice, "/control/common", common, "GetTotal" + counter));
            assertEquals("0", values.get("NewTotal" + counter));
        }
        Map<String, String> link =
                UpnpWorld.values(upnp.soap(upnp.alice, "/control/common", common, "GetCommonLinkProperties"));
        assertEquals("Up", link.get("NewPhysicalLinkStatus"));
        String forwarding = "urn:schemas-upnp-org:service:Layer3Forwarding:1";
        Map<String, String> service =
                UpnpWorld.values(upnp.soap(upnp.alice, "/control/l3f", forwarding, "GetDefaultConnectionService"));
        String name = Objects.requireNonNull(service.get("NewDefaultConnectionService"));
        assertTrue(name.endsWith(":WANConnectionDevice:2,urn:upnp-org:serviceId:WANIPConn1"), name);
    }

    @Test
    void shouldTakeCallsByTheTypeOfVersion1() throws IOException {
        UpnpWorld.Answer answer = upnp.soap(upnp.alice, "/control/wanip", CONNECTION + "1", "GetExternalIPAddress");
        assertTrue(answer.body().contains("<u:GetExternalIPAddressResponse xmlns:u=\"" + CONNECTION + "1\">"));
        assertEquals(
                error(401),
                UpnpWorld.values(upnp.soap(upnp.alice, "/control/wanip", CONNECTION + "3", "GetExternalIPAddress")));
    }

    @Test
    void shouldForwardToTheLinkThatAsks() throws IOException {
        int shared = upnp.world.nat.addNamespace();
        upnp.world.link(shared);
        Guest carol = upnp.world.link(shared).guest("10.0.0.4");
        carol.udp(80, null);
        assertEquals(Map.of(), upnp.add(carol, 8080, 80, "UDP", 600));

        upnp.world.knock(8080);

        assertEquals(1, carol.datagrams.size(), "though it has sent nothing outside");
    }

    @Test
    void shouldForwardAPort() throws IOException {
        assertEquals(Map.of(), upnp.add(upnp.alice, 8080, 80, "TCP", 600));

        NatMapping mapping = upnp.world.nat.mappings().findOutside(IpProtocol.TCP, ServiceWorld.PUBLIC, 8080);
        assertNotNull(mapping);
        assertEquals(NatMapping.Origin.FORWARD, mapping.origin());
        assertEquals(upnp.alice.address, mapping.inside());
        assertEquals(80, mapping.insidePort());
        String[] key = {"NewRemoteHost", "", "NewExternalPort", "8080", "NewProtocol", "TCP"};
        upnp.pass(Duration.ofSeconds(100));
        Map<String, String> entry = upnp.call(upnp.bob, "GetSpecificPortMappingEntry", key);
        assertEquals(
                List.of(
                        "NewInternalPort",
                        "NewInternalClient",
                        "NewEnabled",
                        "NewPortMappingDescription",
                        "NewLeaseDuration"),
                List.copyOf(entry.keySet()));
        assertEquals("10.0.0.2", entry.get("NewInternalClient"));
        assertEquals("a & b", entry.get("NewPortMappingDescription"));
        assertEquals("500", entry.get("NewLeaseDuration"));
        assertEquals(Map.of(), upnp.call(upnp.alice, "DeletePortMapping", key));
        assertNull(upnp.world.nat.mappings().findOutside(IpProtocol.TCP, ServiceWorld.PUBLIC, 8080));
        assertEquals(error(714), upnp.call(upnp.alice, "DeletePortMapping", key));
        assertEquals(error(714), upnp.call(upnp.alice, "GetSpecificPortMappingEntry", key));
    }

    @Test
    void shouldEndALeaseOnTimeAndNotBefore() throws IOException {
        upnp.add(upnp.alice, 8080, 80, "TCP", 60);
        upnp.add(upnp.alice, 8081, 81, "TCP", 0);
        String[] key = {"NewRemoteHost", "", "NewExternalPort", "8080", "NewProtocol", "TCP"};

        upnp.pass(Duration.ofMillis(59_900));
        assertEquals(
                "1", upnp.call(upnp.alice, "GetSpecificPortMappingEntry", key).get("NewLeaseDuration"));
        upnp.pass(Duration.ofMillis(100));
        assertEquals(error(714), upnp.call(upnp.alice, "GetSpecificPortMappingEntry", key));
        assertNull(upnp.world.nat.mappings().findOutside(IpProtocol.TCP, ServiceWorld.PUBLIC, 8080));

        upnp.pass(Duration.ofDays(6));
        assertNotNull(upnp.world.nat.mappings().findOutside(IpProtocol.TCP, ServiceWorld.PUBLIC, 8081));
        upnp.pass(Duration.ofDays(1));
        assertEquals(0, upnp.world.leases.size(), "zero is a week");
    }

    @Test
    void shouldRenewWithoutMovingInTheList() throws IOException {
        for (int i = 0; i < 3; i++) {
            upnp.add(upnp.alice, 8080 + i, 80 + i, "TCP", 600);
        }
        upnp.pass(Duration.ofSeconds(500));
        assertEquals(Map.of(), upnp.add(upnp.alice, 8080, 80, "TCP", 600));

        List<String> ports = new ArrayList<>();
        Map<String, String> entry = Map.of();
        for (int i = 0; !entry.containsKey("error"); i++) {
            entry = upnp.call(upnp.bob, "GetGenericPortMappingEntry", "NewPortMappingIndex", "" + i);
            ports.add(entry.getOrDefault("NewExternalPort", "error " + entry.get("error")));
        }
        assertEquals(List.of("8080", "8081", "8082", "error 713"), ports);
        upnp.pass(Duration.ofSeconds(100));
        assertEquals(1, upnp.world.leases.all(upnp.link.port.namespace()).size(), "the others have lapsed");
    }

    @Test
    void shouldPutRemoteHostIntoTheKeyAndLetInNobodyElse() throws IOException {
        String[] wish = upnp.mapping("10.0.0.2", 8080, 80, "TCP", 600);
        wish[1] = "198.51.100.7";
        assertEquals(Map.of(), upnp.call(upnp.alice, "AddPortMapping", wish));
        assertEquals(Map.of(), upnp.call(upnp.alice, "AddPortMapping", wish), "renewal");

        String[] key = {"NewRemoteHost", "198.51.100.7", "NewExternalPort", "8080", "NewProtocol", "TCP"};
        assertEquals(
                "80", upnp.call(upnp.alice, "GetSpecificPortMappingEntry", key).get("NewInternalPort"));
        key[1] = "";
        assertEquals(error(714), upnp.call(upnp.alice, "GetSpecificPortMappingEntry", key));
        assertEquals(error(714), upnp.call(upnp.alice, "DeletePortMapping", key));
        assertEquals(error(402), upnp.call(upnp.alice, "AddPortMapping", "NewRemoteHost", "some.name"));
    }

    @Test
    void shouldKeepADisabledMappingsPortAndForwardNothing() throws IOException {
        String[] wish = upnp.mapping("10.0.0.2", 8080, 80, "TCP", 600);
        wish[11] = "0";
        assertEquals(Map.of(), upnp.call(upnp.alice, "AddPortMapping", wish));
        assertNull(upnp.world.nat.mappings().findOutside(IpProtocol.TCP, ServiceWorld.PUBLIC, 8080));
        assertEquals(error(718), upnp.add(upnp.bob, 8080, 80, "TCP", 600));
        wish[11] = "1";
        assertEquals(Map.of(), upnp.call(upnp.alice, "AddPortMapping", wish));
        assertNotNull(upnp.world.nat.mappings().findOutside(IpProtocol.TCP, ServiceWorld.PUBLIC, 8080));
    }

    @Test
    void shouldGiveAnyPort() throws IOException {
        upnp.add(upnp.bob, 8080, 80, "TCP", 600);
        Map<String, String> same =
                upnp.call(upnp.alice, "AddAnyPortMapping", upnp.mapping("10.0.0.2", 8081, 80, "TCP", 600));
        assertEquals(Map.of("NewReservedPort", "8081"), same);
        Map<String, String> other =
                upnp.call(upnp.alice, "AddAnyPortMapping", upnp.mapping("10.0.0.2", 8080, 81, "TCP", 600));
        int port = Integer.parseInt(Objects.requireNonNull(other.get("NewReservedPort"), other.toString()));
        assertTrue(port >= 1024 && port != 8080, other.toString());
        assertEquals(
                error(728), upnp.call(upnp.alice, "AddAnyPortMapping", upnp.mapping("10.0.0.2", 9000, 81, "TCP", 600)));
    }

    @Test
    void shouldListAndDeleteRangesOfTheAskersOwn() throws IOException {
        upnp.add(upnp.alice, 2000, 1, "TCP", 600);
        upnp.add(upnp.alice, 2002, 2, "TCP", 600);
        upnp.add(upnp.alice, 2003, 3, "UDP", 600);
        upnp.add(upnp.bob, 2001, 1, "TCP", 600);
        String[] range = {
            "NewStartPort",
            "2000",
            "NewEndPort",
            "2010",
            "NewProtocol",
            "TCP",
            "NewManage",
            "1",
            "NewNumberOfPorts",
            "0"
        };
        String listing = Objects.requireNonNull(
                upnp.call(upnp.alice, "GetListOfPortMappings", range).get("NewPortListing"));
        assertEquals(List.of("2000", "2002"), texts(xml(listing), "p:NewExternalPort"));
        assertEquals(List.of("a & b", "a & b"), texts(xml(listing), "p:NewDescription"));
        range[9] = "1";
        listing = Objects.requireNonNull(
                upnp.call(upnp.alice, "GetListOfPortMappings", range).get("NewPortListing"));
        assertEquals(List.of("2000"), texts(xml(listing), "p:NewExternalPort"));
        String[] backwards = {"NewStartPort", "9", "NewEndPort", "8", "NewProtocol", "TCP", "NewManage", "0"};
        assertEquals(error(733), upnp.call(upnp.alice, "DeletePortMappingRange", backwards));
        String[] own = {"NewStartPort", "1", "NewEndPort", "65535", "NewProtocol", "TCP", "NewManage", "1"};
        assertEquals(Map.of(), upnp.call(upnp.alice, "DeletePortMappingRange", own));
        assertEquals(error(730), upnp.call(upnp.alice, "DeletePortMappingRange", own));
        assertEquals(2, upnp.world.leases.size(), "hers of UDP, and his");
    }

    @Test
    void shouldRefuseWhatIsNoMapping() throws IOException {
        assertEquals(error(716), upnp.add(upnp.alice, 0, 80, "TCP", 600));
        assertEquals(error(402), upnp.add(upnp.alice, 8080, 0, "TCP", 600));
        assertEquals(error(402), upnp.add(upnp.alice, 8080, 80, "SCTP", 600));
        assertEquals(error(402), upnp.add(upnp.alice, 80800, 80, "TCP", 600));
        assertEquals(error(606), upnp.add(upnp.alice, 80, 80, "TCP", 600), "a privileged port");
        assertEquals(Map.of(), upnp.add(upnp.alice, 8080, 80, "TCP", 600));
        assertEquals(error(718), upnp.add(upnp.alice, 8081, 80, "TCP", 600), "it has one already");
        assertEquals(Map.of(), upnp.add(upnp.alice, 8080, 81, "TCP", 600), "her own port, to another of hers");
        assertEquals(Map.of(), upnp.add(upnp.alice, 8081, 80, "TCP", 600));
        assertEquals(error(718), upnp.add(upnp.alice, 8081, 81, "TCP", 600), "which has one");
        assertEquals(2, upnp.world.leases.size(), "and nothing is lost by asking");
        assertNotNull(upnp.world.nat.mappings().findOutside(IpProtocol.TCP, ServiceWorld.PUBLIC, 8081));
    }
}
