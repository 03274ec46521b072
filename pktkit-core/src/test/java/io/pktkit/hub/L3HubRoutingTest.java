// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class L3HubRoutingTest {

    private final L3Hub hub = new L3Hub(new ManualTime());
    private final List<L3HubPort> ports = new ArrayList<>();

    /** Devices by number, the first is 0; the default route leads to the last one, 4. Nothing is for dropped. */
    @ParameterizedTest(name = "from {0}, {1} to {2}: {3}")
    @CsvSource(
            nullValues = "-",
            value = {
                // 0: 10.0.0.1/16, 1: 10.0.5.1/24, 2: 10.0.5.9/32, 3: 10.0.5.2/24, 4: 192.0.2.1/24 and default
                "4, 192.0.2.1, 10.0.0.1, 0", // own address
                "4, 192.0.2.1, 10.0.7.7, 0",
                "4, 192.0.2.1, 10.0.5.7, 1", // the longest prefix, not the first; of two the first attached
                "4, 192.0.2.1, 10.0.5.2, 3", // own address before prefix
                "4, 192.0.2.1, 10.0.5.9, 2",
                "0, 10.0.0.1, 10.0.5.7, 1",
                "1, 10.0.5.1, 10.0.5.7, 4", // its own subnet: the default, never the wider 10.0/16
                "3, 10.0.5.2, 10.0.5.7, 4", // it ties for the best
                "1, 10.0.5.1, 10.0.5.2, 3",
                "1, 10.0.5.1, 10.0.5.1, -", // to itself
                "1, 10.0.5.1, 10.0.9.9, 0",
                "0, 10.0.0.1, 198.51.100.1, 4",
                "4, 192.0.2.1, 198.51.100.1, -", // never back
                "4, 192.0.2.1, 192.0.2.7, -",
                "0, 2001:db8::1, 2001:db8:1::7, 1", // the other family, by the same rules
                "1, 2001:db8:1::1, 2001:db8:1::7, 4",
                "0, 2001:db8::1, 2001:db8:1::1, 1",
                "0, 2001:db8::1, 2001:db9::1, 4",
            })
    void shouldChooseByTheRulesInOrder(int from, String source, String destination, String to) {
        RouterNode[] nodes = topology();

        nodes[from].inject(source, destination);

        assertEquals(to == null ? List.of() : List.of(Integer.parseInt(to)), reached(nodes));
        assertEquals(to == null ? 1 : 0, hub.stats().dropped(DropReason.NO_ROUTE));
        assertEquals(1, hub.stats().received());
    }

    @ParameterizedTest(name = "from {0}, {1} to {2}: {3}")
    @CsvSource({
        "0, 10.0.0.1, 224.0.0.5, 1234",
        "2, 10.0.5.9, 255.255.255.255, 0134",
        "0, 0.0.0.0, 255.255.255.255, 1234", // DHCP
        "0, ::, ff02::1, 1234",
        "0, fe80::1, ff02::2, 1234", // NDP
        "1, 10.0.5.1, 10.0.5.255, 3", // directed, among those of the subnet
        "3, 10.0.5.2, 10.0.5.255, 1",
    })
    void shouldFloodGroupsWithTheHopLimitAsItIs(int from, String source, String destination, String to) {
        RouterNode[] nodes = topology();

        nodes[from].inject(RouterNode.packet(source, destination, 1));

        StringBuilder reached = new StringBuilder();
        reached(nodes).forEach(reached::append);
        assertEquals(to, reached.toString());
        for (RouterNode node : nodes) {
            node.inbox.forEach(packet -> assertEquals(1, packet.hopLimit()));
        }
        assertEquals(1, hub.stats().flooded());
    }

    @ParameterizedTest(name = "{0} to {1}: {2}")
    @CsvSource({
        "192.0.2.1, 127.0.0.1, MARTIAN",
        "192.0.2.1, 0.0.0.1, MARTIAN",
        "192.0.2.1, 240.0.0.1, MARTIAN",
        "192.0.2.1, 169.254.169.254, MARTIAN",
        "127.0.0.1, 10.0.5.7, MARTIAN",
        "0.0.0.0, 10.0.5.7, MARTIAN",
        "224.0.0.1, 10.0.5.7, MARTIAN",
        "255.255.255.255, 10.0.5.7, MARTIAN",
        "169.254.0.1, 10.0.5.7, MARTIAN",
        "224.0.0.1, 224.0.0.2, MARTIAN",
        "127.0.0.1, 255.255.255.255, MARTIAN",
        "2001:db8::1, ::1, MARTIAN",
        "2001:db8::1, ::, MARTIAN",
        "2001:db8::1, fe80::1, MARTIAN",
        "2001:db8::1, ::ffff:10.0.0.1, MARTIAN",
        "fe80::1, 2001:db8:1::1, MARTIAN",
        "::, 2001:db8:1::1, MARTIAN",
        "::1, ff02::1, MARTIAN",
        "2001:db8::1, ff01::1, MARTIAN",
        "2001:db8::1, ff10::1, MARTIAN",
        "192.0.2.1, 10.0.5.255, FILTERED", // RFC 2644: no directed broadcast from outside
    })
    void shouldNeverForwardWhatMustStayOnItsLink(String source, String destination, DropReason reason) {
        RouterNode[] nodes = topology();

        nodes[4].inject(source, destination);

        assertEquals(List.of(), reached(nodes));
        assertEquals(1, hub.stats().dropped(reason));
    }

    @Test
    void shouldDecrementTheHopLimitInACopy() {
        RouterNode[] nodes = topology();
        Packet packet = RouterNode.packet("192.0.2.1", "10.0.5.7", 64);
        byte[] before = packet.toBytes();

        nodes[4].inject(packet);

        Packet arrived = nodes[1].inbox.get(0);
        assertEquals(63, arrived.hopLimit());
        assertEquals(ChecksumStatus.VALID, arrived.verifyIpv4Checksum());
        assertEquals(List.of(before.length, 64), List.of(packet.length(), packet.hopLimit()));
        org.junit.jupiter.api.Assertions.assertArrayEquals(before, packet.toBytes());
    }

    @Test
    void shouldFollowADeviceThatChangesItsAddress() {
        RouterNode a = attach("10.0.0.1/24");
        RouterNode b = attach("10.0.1.1/24");
        a.inject("10.0.0.1", "10.0.1.7");
        assertEquals(1, b.inbox.size());

        b.setPrefix(IpPrefix.parse("10.0.2.1/24"));
        a.inject("10.0.0.1", "10.0.1.7");
        a.inject("10.0.0.1", "10.0.2.7");
        b.setPrefix(IpPrefix.unset(IpFamily.IPV4));
        a.inject("10.0.0.1", "10.0.2.7");

        assertEquals(2, b.inbox.size());
        assertEquals(2, hub.stats().dropped(DropReason.NO_ROUTE));
    }

    /** Not when another device changes, of this hub or not, and not on the way of a packet. */
    @Test
    void shouldAskADeviceForItsAddressesOnlyWhenItChanges() {
        RouterNode a = attach("10.0.0.1/24", "2001:db8::1/64");
        ForeignDevice b = new ForeignDevice();
        hub.connect(b);
        b.setPrefix(IpPrefix.parse("10.0.1.1/24"));
        RouterNode stranger = new RouterNode("10.0.7.1/24");
        new L3Hub(new ManualTime()).connect(stranger);
        RouterNode gone = attach("10.0.6.1/24");
        Objects.requireNonNull(gone.attachment()).close();
        int before = b.asked;

        stranger.setPrefix(IpPrefix.parse("10.0.8.1/24"));
        new RouterNode("10.0.9.1/24").setPrefix(IpPrefix.parse("10.0.5.1/24"));
        gone.setPrefix(IpPrefix.parse("10.0.5.1/24"));
        a.setPrefix(IpPrefix.parse("10.0.0.1/24"));
        for (int i = 0; i < 100; i++) {
            a.inject("10.0.0.1", "10.0.1.7");
        }

        assertEquals(100, b.received);
        assertEquals(before, b.asked);
        b.setPrefix(IpPrefix.parse("10.0.2.1/24"));
        assertTrue(b.asked > before);
    }

    @Test
    void shouldHearFromADeviceOfAnotherKindToo() {
        RouterNode a = attach("10.0.0.1/24");
        ForeignDevice b = new ForeignDevice();
        hub.connect(b);

        a.inject("10.0.0.1", "10.0.1.7");
        b.setPrefix(IpPrefix.parse("10.0.1.1/24"));
        a.inject("10.0.0.1", "10.0.1.7");
        b.setPrefix(IpPrefix.parse("10.0.2.1/24"));
        a.inject("10.0.0.1", "10.0.1.7");

        assertEquals(1, b.received);
    }

    @Test
    void shouldOwnNothingWithoutAnAddress() {
        RouterNode a = attach("10.0.0.1/24");
        RouterNode b = attach();

        a.inject("10.0.0.1", "198.51.100.1");

        assertEquals(0, b.inbox.size());
    }

    @Test
    void shouldForgetTheDefaultRouteWithItsDevice() {
        RouterNode a = attach("10.0.0.1/24");
        RouterNode b = new RouterNode("10.0.1.1/24");
        L3HubPort port = hub.connect(b);
        hub.setDefaultRoute(port);
        L3HubPort other = new L3Hub().connect(new RouterNode());
        assertThrows(IllegalArgumentException.class, () -> hub.setDefaultRoute(other));
        assertSame(port, hub.defaultRoute());
        a.inject("10.0.0.1", "198.51.100.1");

        port.close();
        port.close();
        a.inject("10.0.0.1", "198.51.100.1");
        a.inject("10.0.0.1", "10.0.1.7");
        b.inject("10.0.1.1", "10.0.0.1");
        hub.connect(b);
        a.inject("10.0.0.1", "198.51.100.1");

        assertEquals(1, b.inbox.size());
        assertEquals(0, a.inbox.size());
        assertEquals(3, hub.stats().dropped(DropReason.NO_ROUTE));
        assertEquals(1, b.stats().dropped(DropReason.NO_HANDLER));
    }

    @Test
    void shouldDropWhatIsTruncated() {
        RouterNode a = attach("10.0.0.1/24");
        attach("10.0.1.1/24");
        byte[] whole = RouterNode.packet("10.0.0.1", "10.0.1.1", 64).toBytes();

        for (int length = 0; length < whole.length; length++) {
            a.inject(new Packet().wrap(java.nio.ByteBuffer.wrap(whole, 0, length)));
        }

        assertEquals(whole.length, hub.stats().dropped(DropReason.TRUNCATED));
    }

    private RouterNode[] topology() {
        RouterNode[] nodes = {
            attach("10.0.0.1/16", "2001:db8::1/32"),
            attach("10.0.5.1/24", "2001:db8:1::1/48"),
            attach("10.0.5.9/32"),
            attach("10.0.5.2/24"),
            attach("192.0.2.1/24")
        };
        hub.setDefaultRoute(ports.get(4));
        return nodes;
    }

    private RouterNode attach(String... prefixes) {
        RouterNode node = new RouterNode(prefixes);
        ports.add(hub.connect(node));
        return node;
    }

    private static List<Integer> reached(RouterNode[] nodes) {
        List<Integer> reached = new ArrayList<>();
        for (int i = 0; i < nodes.length; i++) {
            for (int n = 0; n < nodes[i].inbox.size(); n++) {
                reached.add(i);
            }
        }
        return reached;
    }
}
