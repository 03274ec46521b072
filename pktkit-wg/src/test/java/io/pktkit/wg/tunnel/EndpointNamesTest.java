// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import static io.pktkit.wg.tunnel.VirtualNet.at;
import static io.pktkit.wg.tunnel.VirtualNet.options;
import static io.pktkit.wg.tunnel.VirtualNet.packet;
import static io.pktkit.wg.tunnel.VirtualNet.record;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Mailbox;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPeer;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Endpoints that have names. */
class EndpointNamesTest {

    private final VirtualNet net = new VirtualNet();
    private final List<String> asked = new ArrayList<>();
    private List<String> answer = List.of();
    private Runnable meanwhile = () -> {};
    private final WgPort port = net.port(net.config().resolver(this::resolve).build(), "192.0.2.10");
    private final WgDevice client = port.addDevice(net.key());
    private final List<Packet> told = record(client);
    private final WgDevice server =
            net.port("192.0.2.1", "192.0.2.2", "2001:db8::1").addDevice(net.key());
    private final List<Packet> arrived = record(server);

    private List<IpAddress> resolve(String host) throws IOException {
        asked.add(host);
        meanwhile.run();
        if (answer.isEmpty()) {
            throw new UnknownHostException(host);
        }
        return answer.stream().map(IpAddress::parse).toList();
    }

    @AfterEach
    void close() {
        net.close();
    }

    private WgPeer join() throws IOException {
        server.peers().add(client.identity().publicKey(), options("10.0.0.2/32"));
        return client.peers()
                .add(server.identity().publicKey(), options("0.0.0.0/0"), EndpointName.parse("vpn.example:51820"));
    }

    @Test
    void shouldResolveOffTheWayAndTryAgain() throws IOException {
        WgPeer peer = join();
        assertEquals(List.of(), asked, "not on the caller's thread");
        assertEquals("vpn.example:51820", String.valueOf(client.peers().endpointName(peer)));
        assertFalse(client.send(packet("10.0.0.2", "8.8.8.8", 20)));
        net.run(Duration.ofMillis(2999));
        assertEquals(2, asked.size(), "at once and after a second");
        assertEquals(2, port.failures());
        assertEquals(List.of(), told, "it is too early to tell that nobody is there");

        answer = List.of("2001:db8::1", "192.0.2.1"); // the client has no IPv6
        net.run(Duration.ofMillis(1));
        assertEquals(3, asked.size());
        assertEquals(at("192.0.2.1"), Objects.requireNonNull(peer.endpoint()).withoutLocal());
        // Somebody wanted to send, so there is a session already.
        assertTrue(peer.hasSession(net.time.nowNanos()));
        assertTrue(client.send(packet("10.0.0.2", "8.8.8.8", 20)));
        net.settle();
        assertEquals(1, arrived.size());
        net.run(Duration.ofMinutes(1));
        assertEquals(3, asked.size());
    }

    @Test
    void shouldBackOffToAboutAMinute() throws IOException {
        join();
        net.run(Duration.ofSeconds(1 + 2 + 4 + 8 + 16 + 32 + 64 + 64 + 64));
        assertEquals(10, asked.size());
    }

    /** Each session that is lost asks for the name anew, and there is one row of tries for all of them. */
    @Test
    void shouldAskNoMoreOftenTheLongerNobodyAnswers() throws IOException {
        answer = List.of("192.0.2.99");
        WgPeer peer = join();
        net.settle();
        peer.setPersistentKeepalive(25, net.time.nowNanos());
        client.peers().changed();
        answer = List.of();
        net.run(Duration.ofHours(2));
        int before = asked.size();
        net.run(Duration.ofSeconds(128));
        int more = asked.size() - before;
        assertTrue(more >= 1 && more <= 5, "a try in 64 seconds, and a lost session in about 100: " + more);
    }

    @Test
    void shouldResolveAgainWhenNobodyAnswers() throws IOException {
        answer = List.of("192.0.2.99", "192.0.2.2");
        WgPeer peer = join();
        net.settle();
        assertEquals(at("192.0.2.99"), peer.endpoint());
        assertTrue(client.send(packet("10.0.0.2", "8.8.8.8", 20)));
        net.run(Duration.ofSeconds(85));
        assertEquals(1, asked.size());
        net.run(Duration.ofSeconds(30)); // after 20 initiations it gives up, and it is the other one's turn

        assertEquals(2, asked.size());
        assertEquals(
                at("192.0.2.2").address(),
                Objects.requireNonNull(peer.endpoint()).address());
        assertTrue(peer.hasSession(net.time.nowNanos()));
    }

    /** Both waited for a connector that is slow. */
    @Test
    void shouldStayWhereThePeerHasAnsweredSinceNobodyDid() throws IOException {
        answer = List.of("192.0.2.1", "192.0.2.2");
        WgPeer peer = join();
        net.settle();
        assertTrue(client.send(packet("10.0.0.2", "8.8.8.8", 20)));
        net.settle();
        PeerLink link = Objects.requireNonNull(client.port().link(peer));
        PeerEvents<PeerLink> events =
                new PeerEvents<>(new Mailbox(net.time.callbacks(), WgTenants.class), client.peers()::lived);
        events.note(link, PeerEvents.UNANSWERED);
        events.note(link, PeerEvents.HANDSHAKE);
        net.settle();

        assertEquals(1, asked.size());
        assertEquals(
                at("192.0.2.1").address(),
                Objects.requireNonNull(peer.endpoint()).address());
    }

    /** Its keys are wiped after nine minutes, which says nothing about the address. */
    @Test
    void shouldStayWhereItIsWhileNothingIsSent() throws IOException {
        answer = List.of("192.0.2.1", "192.0.2.2");
        WgPeer peer = join();
        net.settle();
        assertTrue(client.send(packet("10.0.0.2", "8.8.8.8", 20)));
        net.settle();
        assertTrue(server.send(packet("8.8.8.8", "10.0.0.2", 20)));
        net.run(Duration.ofSeconds(20));
        assertEquals(1, told.size());
        int[] datagrams = new int[1];
        net.network.setLink((path, length) -> datagrams[0]++);
        net.run(Duration.ofMinutes(10));

        assertFalse(peer.hasSession(net.time.nowNanos()));
        assertEquals(
                at("192.0.2.1").address(),
                Objects.requireNonNull(peer.endpoint()).address());
        assertEquals(0, datagrams[0]);
        assertEquals(1, asked.size());
    }

    @Test
    void shouldTryEachAddressOnceForOnePacket() throws IOException {
        answer = List.of("192.0.2.98", "192.0.2.99");
        join();
        net.settle();
        Map<IpAddress, Integer> initiations = new HashMap<>();
        net.network.setLink((path, length) -> {
            initiations.merge(path.remoteAddress(), 1, Integer::sum);
            return -1;
        });
        assertTrue(client.send(packet("10.0.0.2", "8.8.8.8", 20)));
        net.run(Duration.ofHours(2));
        Map<IpAddress, Integer> each =
                Map.of(at("192.0.2.98").address(), 20, at("192.0.2.99").address(), 20);
        assertEquals(each, initiations);

        // The next packet is a reason to try them all again.
        initiations.clear();
        assertTrue(client.send(packet("10.0.0.2", "8.8.8.8", 20)));
        net.run(Duration.ofHours(2));
        assertEquals(each, initiations);
    }

    /** A packet is sent under the session, and only that nothing comes back tells that it was in vain. */
    @Test
    void shouldTryTheNextAddressEachTimeThatASessionDies() throws IOException {
        answer = List.of("192.0.2.1", "192.0.2.2");
        WgPeer peer = join();
        net.settle();
        assertTrue(client.send(packet("10.0.0.2", "8.8.8.8", 20)));
        net.run(Duration.ofSeconds(30));
        for (String[] move : new String[][] {{"192.0.2.1", "192.0.2.2"}, {"192.0.2.2", "192.0.2.1"}}) {
            IpAddress dead = at(move[0]).address();
            net.network.setLink((path, length) -> path.remoteAddress().equals(dead) ? -1 : 0);
            assertTrue(client.send(packet("10.0.0.2", "8.8.8.8", 20)));
            net.run(Duration.ofSeconds(150));

            assertEquals(
                    at(move[1]).address(),
                    Objects.requireNonNull(peer.endpoint()).address());
            assertTrue(peer.hasSession(net.time.nowNanos()));
        }
    }

    /** Also when the first answer is that there is none. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void shouldStayWhereThePeerSpokeFromMeanwhile(int lookUp) throws IOException {
        answer = List.of("192.0.2.99");
        WgPeer peer = join();
        net.settle();
        assertTrue(client.send(packet("10.0.0.2", "8.8.8.8", 20)));
        net.run(Duration.ofSeconds(85));
        WgPeer back =
                Objects.requireNonNull(server.peers().find(client.identity().publicKey()));
        WgEndpoint over = new WgEndpoint(
                at("192.0.2.10").address(), VirtualNet.PORT, at("192.0.2.2").address(), 0);
        answer = List.of();
        meanwhile = () -> {
            if (asked.size() == lookUp) {
                answer = List.of("192.0.2.1");
                back.setEndpoint(over, net.time.nowNanos());
                server.peers().connect(back);
                net.settle();
            }
        };
        net.run(Duration.ofMinutes(1));

        assertEquals(lookUp, asked.size());
        assertTrue(peer.hasSession(net.time.nowNanos()));
        assertEquals(
                at("192.0.2.2").address(),
                Objects.requireNonNull(peer.endpoint()).address());
    }

    @Test
    void shouldTakeWhatTheNameMeansBySoonWhenItWasChanged() throws IOException {
        answer = List.of("192.0.2.99");
        WgPeer peer = join();
        client.peers().setEndpoint(peer, EndpointName.parse("192.0.2.1:51820"));
        net.settle();
        assertNull(client.peers().endpointName(peer));
        assertEquals(at("192.0.2.1"), peer.endpoint());

        client.peers().setEndpoint(peer, EndpointName.parse("other.example:51820"));
        net.settle();
        assertEquals(List.of("other.example"), asked);
        client.peers().remove(peer);
        client.peers().setEndpoint(peer, EndpointName.parse("gone.example:51820"));
        net.run(Duration.ofMinutes(3));
        assertEquals(List.of("other.example"), asked);
    }

    @Test
    void shouldSurviveAResolverThatThrows() throws IOException {
        WgPort broken = net.port(
                net.config()
                        .resolver(host -> {
                            throw new IllegalStateException("on purpose");
                        })
                        .build(),
                "192.0.2.20");
        WgPeer peer = broken.addDevice(net.key())
                .peers()
                .add(server.identity().publicKey(), options(), EndpointName.parse("vpn.example:1"));
        net.run(Duration.ofSeconds(2));
        assertNull(peer.endpoint());
        assertEquals(2, broken.failures());
    }

    @ParameterizedTest
    @ValueSource(strings = {"vpn.example:51820", "192.0.2.1:1", "[2001:db8::1]:65535", "a:10"})
    void shouldReadAndPrint(String text) {
        assertEquals(text, EndpointName.parse(text).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "vpn.example",
                ":1",
                "host:",
                "host:0",
                "host:65536",
                "host:99999999999",
                "host:1x",
                "host:0518209",
                "host:051820xyz",
                "host:000000",
                "2001:db8::1:5",
                "[]:1",
                "host:+1",
                "host:-1"
            })
    void shouldRefuseOtherForms(String text) {
        IllegalArgumentException thrown = assertThrows(IllegalArgumentException.class, () -> EndpointName.parse(text));
        assertTrue(Objects.requireNonNull(thrown.getMessage()).contains("="), thrown.getMessage());
    }

    @Test
    void shouldKnowAddressesFromNames() {
        assertNull(EndpointName.parse("vpn.example:1").literal());
        assertEquals(
                at("2001:db8::1"), EndpointName.parse("[2001:db8::1]:51820").literal());
        assertEquals(at("192.0.2.1"), new EndpointName("::ffff:192.0.2.1", 51820).literal());
    }
}
