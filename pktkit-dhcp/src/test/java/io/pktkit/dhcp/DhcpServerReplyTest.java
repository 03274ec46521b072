// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static io.pktkit.dhcp.ServerBench.address;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.internal.DhcpMessage;
import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.dhcp.internal.DhcpPackets;
import io.pktkit.dhcp.internal.DhcpWriter;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Where replies go and what is in them: RFC 2131 sections 4.1 and 4.3.1, RFC 3046, RFC 3396, RFC 6842. */
class DhcpServerReplyTest {
    private static final String ALL = "255.255.255.255:68 ff:ff:ff:ff:ff:ff";
    private final ServerBench bench = new ServerBench();

    @Test
    void shouldUnicastToTheNewAddress() {
        assertEquals("10.0.2.10:68 02:00:00:00:00:01", bench.discover(1).destination());
    }

    @Test
    void shouldBroadcastIfAskedTo() {
        ServerBench.Reply offer = bench.send(1, DhcpOptions.DISCOVER, writer -> writer.flags(0x8000));

        assertEquals(ALL, offer.destination());
        assertEquals(0x8000, offer.message().flags());
    }

    @Test
    void shouldUnicastARenewalToTheClientsAddressEvenIfAskedToBroadcast() {
        bench.lease(1);

        ServerBench.Reply ack = bench.send(
                1, DhcpOptions.REQUEST, writer -> writer.ciaddr(address(10)).flags(0x8000));

        assertEquals("10.0.2.10:68 02:00:00:00:00:01", ack.destination());
        assertEquals(address(10), ack.message().ciaddr());
    }

    @Test
    void shouldNotSendWhereADiscoverSays() {
        ServerBench.Reply offer = bench.send(1, DhcpOptions.DISCOVER, writer -> writer.ciaddr(0x08080808));

        assertEquals("10.0.2.10:68 02:00:00:00:00:01", offer.destination());
        assertEquals(0, offer.message().ciaddr());
    }

    @Test
    void shouldBroadcastANakWithLittleInIt() {
        ServerBench.Reply nak = bench.renew(1, 0xC0A80101);

        assertEquals(ALL, nak.destination());
        assertEquals(List.of(53, 54), codes(nak));
        assertEquals(0, nak.yiaddr());
        assertEquals(0, nak.message().ciaddr());
    }

    /** RFC 3021: a link of two addresses has no broadcast address. */
    @Test
    void shouldNameNoBroadcastAddressWhereThereIsNone() {
        byte[] asked = {28};
        for (int length = 30; length <= 31; length++) {
            DhcpServer server = new DhcpServer(
                    DhcpServerConfig.builder(IpPrefix.of(IpAddress.parse("10.0.2.2"), length))
                            .build(),
                    bench.time);
            List<Boolean> told = new ArrayList<>();
            server.attach(frame -> {
                UdpDatagram udp = Objects.requireNonNull(frame.packet().udp());
                DhcpMessage offer = new DhcpMessage().wrap(frame.buffer(), udp.payloadOffset(), udp.payloadLength());
                told.add(offer.option(28) != null);
            });

            byte[] discover = ServerBench.message(1, DhcpOptions.DISCOVER, w -> w.option(55, asked));
            server.send(ServerBench.frame(Lan.mac(1), MacAddress.BROADCAST, discover));

            assertEquals(List.of(length == 30), told, "length=" + length);
            server.close();
        }
    }

    @Test
    void shouldAnswerThroughARelayOnTheSubnet() {
        ServerBench.Reply offer = bench.sendAs(9, 1, DhcpOptions.DISCOVER, writer -> writer.giaddr(address(5)));
        ServerBench.Reply nak = bench.sendAs(
                9, 1, DhcpOptions.REQUEST, writer -> writer.giaddr(address(5)).ciaddr(0xC0A80101));

        assertEquals("10.0.2.5:67 02:00:00:00:00:09", offer.destination());
        assertEquals(address(5), offer.message().giaddr());
        assertEquals("10.0.2.5:67 02:00:00:00:00:09", nak.destination());
        assertTrue(nak.message().wantsBroadcast());
    }

    @Test
    void shouldBeSilentToARelayOnAnotherSubnet() {
        assertTrue(bench.sendAs(9, 1, DhcpOptions.DISCOVER, writer -> writer.giaddr(0xC0A80105))
                .isSilence());
    }

    @Test
    void shouldTieARelayedLeaseToTheRelay() {
        relayedLease();

        ServerBench.Reply otherMac = bench.sendAs(
                8, 1, DhcpOptions.REQUEST, writer -> writer.giaddr(address(5)).ciaddr(address(10)));
        ServerBench.Reply moved = bench.renew(1, address(10)); // broadcast, so it is on the server's link

        assertEquals(DhcpOptions.ACK, otherMac.type(), "the relay is known by its address, not by its station");
        assertEquals(DhcpOptions.NAK, moved.type());
    }

    /** RFC 2131 section 4.3.2: in RENEWING a client writes to the server itself, and no relay is told of it. */
    @Test
    void shouldExtendARelayedLeaseThatItsClientRenews() {
        relayedLease();
        bench.advance(60);

        ServerBench.Reply ack = direct(1, 1, DhcpOptions.REQUEST, writer -> writer.ciaddr(address(10)));

        assertEquals(DhcpOptions.ACK, ack.type());
        assertEquals("10.0.2.10:68 02:00:00:00:00:01", ack.destination());
        assertEquals(3600, ack.leaseSeconds(), "the renewal proves the client");
        assertEquals(List.of("GRANTED 10.0.2.10", "RENEWED 10.0.2.10"), bench.events);
        bench.advance(1800);
        ServerBench.Reply relayed = bench.sendAs(
                9, 1, DhcpOptions.REQUEST, writer -> writer.giaddr(address(5)).ciaddr(address(10)));
        assertEquals(DhcpOptions.ACK, relayed.type(), "it is the relay's as before");
    }

    @Test
    void shouldChangeNothingButTheTimeOfARelayedLeaseByWhoRenewsIt() {
        relayedLease();
        byte[] name = {'e', 'v', 'e'};

        ServerBench.Reply ack = direct(
                7, 1, DhcpOptions.REQUEST, writer -> writer.ciaddr(address(10)).option(DhcpOptions.HOST_NAME, name));

        assertEquals(DhcpOptions.ACK, ack.type());
        ServerLease told = bench.told.get(1);
        assertEquals(Lan.mac(9), told.station());
        assertEquals(Lan.mac(1), told.mac());
        assertNull(told.hostname());
    }

    @Test
    void shouldTakeNothingButARenewalOfARelayedLeaseWithoutTheRelay() {
        relayedLease();

        ServerBench.Reply other = direct(2, 2, DhcpOptions.REQUEST, writer -> writer.ciaddr(address(10)));
        ServerBench.Reply otherRelay = direct(
                9, 1, DhcpOptions.REQUEST, writer -> writer.giaddr(address(6)).ciaddr(address(10)));
        direct(1, 1, DhcpOptions.RELEASE, ServerBench.releasing(address(10)));
        direct(1, 1, DhcpOptions.DECLINE, ServerBench.selecting(address(10)));

        assertEquals(DhcpOptions.NAK, other.type());
        assertEquals(DhcpOptions.NAK, otherRelay.type());
        assertEquals(List.of("GRANTED 10.0.2.10"), bench.events);
        assertEquals(1, bench.server.leases().size());
    }

    /** Station 1 gets 10.0.2.10 over the relay .5, which is station 9. */
    private void relayedLease() {
        bench.sendAs(9, 1, DhcpOptions.DISCOVER, writer -> writer.giaddr(address(5)));
        bench.sendAs(9, 1, DhcpOptions.REQUEST, writer -> {
            ServerBench.selecting(address(10)).accept(writer);
            writer.giaddr(address(5));
        });
    }

    /** Sends a message from 10.0.2.10 to the server alone. */
    private ServerBench.Reply direct(int source, int station, int type, Consumer<DhcpWriter> more) {
        byte[] message = ServerBench.message(station, type, more);
        IpAddress from = IpAddress.ofIpv4(address(10));
        Packet packet = DhcpPackets.udp(14, from, 68, ServerBench.SERVER_ADDRESS, 67, message);
        packet.buffer().putShort(12, (short) EtherType.IPV4);
        return bench.sendFrame(new Frame()
                .wrap(packet.buffer(), 0, 14 + packet.length())
                .destinationMac(bench.server.macAddress().toLong())
                .sourceMac(Lan.mac(source).toLong()));
    }

    @Test
    void shouldAnswerInformWithoutALease() {
        ServerBench.Reply ack = bench.send(1, DhcpOptions.INFORM, writer -> writer.ciaddr(address(77)));

        assertEquals(DhcpOptions.ACK, ack.type());
        assertEquals("10.0.2.77:68 02:00:00:00:00:01", ack.destination());
        assertEquals(0, ack.yiaddr());
        assertEquals(-1, ack.leaseSeconds());
        assertEquals(ServerBench.SERVER, (int) ack.message().intOption(DhcpOptions.SERVER_IDENTIFIER));
        assertEquals(List.of(), bench.server.leases());
        assertTrue(bench.send(1, DhcpOptions.INFORM, writer -> writer.ciaddr(0x08080808))
                .isSilence());
    }

    @Test
    void shouldEchoTheClientIdentifierInEveryReply() {
        byte[] identifier = {1, 2, 3, 4};

        for (int type : new int[] {DhcpOptions.DISCOVER, DhcpOptions.INFORM, DhcpOptions.REQUEST}) {
            ServerBench.Reply reply = bench.send(1, type, writer -> {
                writer.option(DhcpOptions.CLIENT_IDENTIFIER, identifier);
                writer.ciaddr(type == DhcpOptions.DISCOVER ? 0 : address(77));
            });
            assertArrayEquals(identifier, reply.message().option(DhcpOptions.CLIENT_IDENTIFIER), "type=" + type);
        }
    }

    @Test
    void shouldEchoRelayAgentInformationLast() {
        byte[] information = {1, 2, 9, 9};

        ServerBench.Reply offer = bench.send(1, DhcpOptions.DISCOVER, writer -> {
            writer.option(DhcpOptions.RELAY_AGENT_INFORMATION, information);
            writer.giaddr(address(5));
        });

        List<Integer> codes = codes(offer);
        assertEquals(DhcpOptions.RELAY_AGENT_INFORMATION, codes.get(codes.size() - 1));
        assertArrayEquals(information, offer.message().option(DhcpOptions.RELAY_AGENT_INFORMATION));
    }

    @Test
    void shouldFollowTheOrderAskedForWithTheMaskBeforeTheRouter() {
        ServerBench full = new ServerBench(builder -> builder.dnsServers(List.of(IpAddress.parse("9.9.9.9")))
                .domainName("lan.example")
                .mtu(1400));

        ServerBench.Reply offer = full.send(
                1,
                DhcpOptions.DISCOVER,
                writer -> writer.option(DhcpOptions.PARAMETER_REQUEST_LIST, new byte[] {15, 3, 6, 6, 1, (byte) 200}));

        assertEquals(List.of(53, 54, 51, 58, 59, 15, 1, 3, 6), codes(offer));
    }

    @Test
    void shouldTellTheUsualWhenNothingIsAskedFor() {
        ServerBench.Reply offer = bench.discover(1);

        assertEquals(List.of(53, 54, 51, 58, 59, 1, 3), codes(offer));
        assertEquals(60, offer.message().intOption(DhcpOptions.RENEWAL_TIME));
        assertEquals(105, offer.message().intOption(DhcpOptions.REBINDING_TIME));
    }

    @Test
    void shouldSplitSixtyFourNameServers() {
        List<IpAddress> servers = Collections.nCopies(64, IpAddress.parse("9.9.9.9"));
        ServerBench many = new ServerBench(builder -> builder.dnsServers(servers));

        ServerBench.Reply offer = many.discover(1);

        byte[] value = offer.message().option(DhcpOptions.DNS_SERVERS);
        assertEquals(256, value == null ? 0 : value.length);
        assertEquals(2, Collections.frequency(codes(offer), 6));
    }

    @Test
    void shouldKeepToTheSizeThatTheClientTakes() {
        List<String> domains = Collections.nCopies(12, "a-rather-long-search-domain.lan.example");
        List<IpAddress> servers = Collections.nCopies(64, IpAddress.parse("9.9.9.9"));
        ServerBench large =
                new ServerBench(builder -> builder.dnsServers(servers).searchDomains(domains));

        ServerBench.Reply small = large.discover(1);
        ServerBench.Reply whole =
                large.send(1, DhcpOptions.DISCOVER, w -> w.shortOption(DhcpOptions.MAXIMUM_MESSAGE_SIZE, 1500));

        assertTrue(small.frame().packet().totalLength() <= 576);
        assertNull(small.message().option(DhcpOptions.DOMAIN_SEARCH));
        assertTrue(whole.frame().packet().totalLength() > 576);
        assertFalse(whole.message().option(DhcpOptions.DOMAIN_SEARCH) == null);
    }

    @Test
    void shouldPadToTheLengthThatRelaysWant() {
        assertEquals(300 + 28, bench.discover(1).frame().packet().totalLength());
    }

    /** The codes of the options field in order. */
    private static List<Integer> codes(ServerBench.Reply reply) {
        Frame frame = reply.frame();
        List<Integer> codes = new ArrayList<>();
        int at = frame.payloadOffset() + 28 + DhcpMessage.HEADER_LENGTH;
        for (int code = octet(frame, at); code != DhcpOptions.END; code = octet(frame, at)) {
            codes.add(code);
            at += 2 + octet(frame, at + 1);
        }
        return codes;
    }

    private static int octet(Frame frame, int at) {
        return frame.buffer().get(at) & 0xFF;
    }
}
