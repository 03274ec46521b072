// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static io.pktkit.dhcp.ServerBench.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.dhcp.internal.DhcpPackets;
import io.pktkit.dhcp.internal.DhcpWriter;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which messages are answered, what the others are counted as, and what an answer holds at the edges. */
class DhcpServerMessageTest {
    private final ServerBench bench = new ServerBench();

    @ParameterizedTest
    @CsvSource({"0,false", "1,true", "16,true", "17,false", "255,false"})
    void shouldTakeHardwareAddressesThatFit(int hlen, boolean taken) {
        ServerBench.Reply offer =
                bench.send(1, DhcpOptions.DISCOVER, writer -> writer.hardware(32, hlen, new byte[] {5}));

        assertEquals(taken, !offer.isSilence());
        assertEquals(taken ? 0 : 1, dropped(DropReason.MALFORMED));
        if (taken) {
            assertEquals("10.0.2.10:68 02:00:00:00:00:01", offer.destination(), "to the station that asked");
        }
    }

    /** What is kept of each client is bounded, in the table and in the store. */
    @ParameterizedTest
    @CsvSource({"255,true", "256,false"})
    void shouldTakeClientIdentifiersOfOneOption(int length, boolean taken) {
        ServerBench.Reply offer = bench.send(
                1, DhcpOptions.DISCOVER, writer -> writer.option(DhcpOptions.CLIENT_IDENTIFIER, new byte[length]));

        assertEquals(taken, !offer.isSilence());
        assertEquals(taken ? 0 : 1, dropped(DropReason.MALFORMED));
    }

    @Test
    void shouldBroadcastToAStationThatIsNotKnown() {
        List<String> sent = new ArrayList<>();
        bench.listen(frame -> sent.add(frame.destination().toString()));
        byte[] message = ServerBench.message(1, DhcpOptions.DISCOVER, w -> w.hardware(32, 8, new byte[8]));
        Packet packet =
                DhcpPackets.udp(0, IpAddress.parse("0.0.0.0"), 68, IpAddress.parse("255.255.255.255"), 67, message);

        bench.server.onPacket(packet, 0);

        assertEquals(List.of("ff:ff:ff:ff:ff:ff"), sent);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 0x0100_5E00_0001L, 0xFFFF_FFFF_FFFFL})
    void shouldNotAnswerAGroupOrNobody(long chaddr) {
        byte[] mac = {
            (byte) (chaddr >> 40),
            (byte) (chaddr >> 32),
            (byte) (chaddr >> 24),
            (byte) (chaddr >> 16),
            (byte) (chaddr >> 8),
            (byte) chaddr
        };

        assertTrue(
                bench.send(1, DhcpOptions.DISCOVER, w -> w.hardware(1, 6, mac)).isSilence());
        assertEquals(1, dropped(DropReason.MALFORMED));
        assertFalse(
                bench.send(1, DhcpOptions.DISCOVER, w -> w.hardware(32, 6, mac)).isSilence());
    }

    @Test
    void shouldCountWhyItSaysNothing() {
        bench.lease(1);
        silent(DropReason.MALFORMED, 1, DhcpOptions.DISCOVER, w -> w.op(2));
        silent(DropReason.MALFORMED, 1, DhcpOptions.OFFER, w -> {});
        silent(DropReason.FILTERED, 1, DhcpOptions.DISCOVER, w -> w.giaddr(0xC0A80105));
        silent(DropReason.MALFORMED, 1, DhcpOptions.REQUEST, w -> {});
        silent(
                DropReason.MALFORMED,
                1,
                DhcpOptions.REQUEST,
                w -> w.intOption(DhcpOptions.SERVER_IDENTIFIER, ServerBench.SERVER));
        silent(DropReason.NOT_FOR_US, 1, DhcpOptions.REQUEST, w -> {
            w.intOption(DhcpOptions.REQUESTED_ADDRESS, address(10));
            w.intOption(DhcpOptions.SERVER_IDENTIFIER, ServerBench.OTHER_SERVER);
        });
        silent(
                DropReason.NOT_FOR_US,
                2,
                DhcpOptions.REQUEST,
                w -> w.intOption(DhcpOptions.REQUESTED_ADDRESS, address(99)));
        silent(
                DropReason.NOT_FOR_US,
                1,
                DhcpOptions.DECLINE,
                w -> w.intOption(DhcpOptions.REQUESTED_ADDRESS, address(10)));
        silent(
                DropReason.NOT_FOR_US,
                1,
                DhcpOptions.DECLINE,
                w -> w.intOption(DhcpOptions.SERVER_IDENTIFIER, ServerBench.SERVER));
        silent(DropReason.NOT_FOR_US, 2, DhcpOptions.DECLINE, ServerBench.selecting(address(10)));
        silent(DropReason.NOT_FOR_US, 1, DhcpOptions.DECLINE, ServerBench.selecting(address(11)));
        silent(DropReason.NOT_FOR_US, 2, DhcpOptions.RELEASE, ServerBench.releasing(address(10)));
        silent(DropReason.NOT_FOR_US, 1, DhcpOptions.RELEASE, ServerBench.releasing(address(11)));
        silent(DropReason.NOT_FOR_US, 1, DhcpOptions.RELEASE, w -> w.ciaddr(address(10)));
        silent(DropReason.NOT_FOR_US, 1, DhcpOptions.INFORM, w -> w.ciaddr(0x08080808));
        assertEquals(1, bench.server.leases().size());

        long before = bench.server.stats().snapshot().sentPackets();
        assertTrue(bench.release(1, address(10)).isSilence());
        assertEquals(before + 1, bench.server.stats().snapshot().sentPackets(), "done, and counted as taken");
    }

    @Test
    void shouldNotTakeAZeroForAMissingOption() {
        bench.lease(1);

        ServerBench.Reply otherServer = bench.send(1, DhcpOptions.REQUEST, w -> {
            w.intOption(DhcpOptions.SERVER_IDENTIFIER, 0);
            w.intOption(DhcpOptions.REQUESTED_ADDRESS, address(10));
        });
        ServerBench.Reply noWish = bench.send(
                1, DhcpOptions.REQUEST, w -> w.ciaddr(address(10)).intOption(DhcpOptions.REQUESTED_ADDRESS, 0));
        ServerBench.Reply chosenForNothing = bench.select(1, 0);

        assertTrue(otherServer.isSilence(), "it names a server, which is not this one");
        assertTrue(noWish.isSilence(), "it asks for 0.0.0.0");
        assertEquals(DhcpOptions.NAK, chosenForNothing.type());
    }

    @Test
    void shouldTakeADeclineOfAReservedAddressThatItDoesNotKnowOf() {
        ServerBench reserved = new ServerBench(b -> b.reservation(reserve(1, 50)));

        reserved.decline(1, address(50));

        assertEquals(List.of("DECLINED 10.0.2.50"), reserved.events);
        assertEquals(Lan.mac(1), reserved.told.get(0).mac());
        assertTrue(reserved.discover(1).isSilence());
        reserved.advance(3601);
        reserved.decline(1, address(51));
        assertEquals(1, reserved.events.size(), "it is not the one that is reserved");
        assertEquals(address(50), reserved.discover(1).yiaddr());
    }

    @Test
    void shouldTakeADeclineOfAReservedAddressThatIsLeased() {
        ServerBench reserved = new ServerBench(b -> b.reservation(reserve(1, 50)));
        reserved.lease(1);

        reserved.decline(1, address(50));

        assertEquals(List.of("GRANTED 10.0.2.50", "DECLINED 10.0.2.50"), reserved.events);
    }

    @ParameterizedTest
    @CsvSource({
        "576,  276", // 548 less the fixed part, the options that must be there, and END
        "0,    276",
        "575,  276", // what every client takes, whatever it says (RFC 2131 section 2)
        "1000, 698",
        "1500, 1194",
        "9000, 1194", // never more than an Ethernet frame holds
    })
    void shouldUseTheRoomThatTheClientTakes(int maximum, int longest) {
        assertEquals(List.of(true, false), echoes(bench, maximum, longest));
    }

    @ParameterizedTest
    @CsvSource({"900, 1500, 598", "576, 1500, 276", "68, 1500, 276", "1500, 1500, 1194", "9000, 9000, 1194"})
    void shouldUseTheRoomThatTheLinkHas(int mtu, int maximum, int longest) {
        assertEquals(List.of(true, false), echoes(new ServerBench(b -> b.mtu(mtu)), maximum, longest));
    }

    /** Whether relay information of a length, and of one octet more, fits the answer, with all of it echoed. */
    private static List<Boolean> echoes(ServerBench bench, int maximum, int longest) {
        List<Boolean> fits = new ArrayList<>();
        for (int length = longest; length <= longest + 1; length++) {
            byte[] information = new byte[length];
            information[length - 1] = 9;
            ServerBench.Reply offer = bench.send(1, DhcpOptions.DISCOVER, w -> {
                w.shortOption(DhcpOptions.MAXIMUM_MESSAGE_SIZE, maximum);
                w.option(DhcpOptions.RELAY_AGENT_INFORMATION, information);
            });
            byte[] echoed = offer.message().option(DhcpOptions.RELAY_AGENT_INFORMATION);
            fits.add(!offer.isSilence());
            if (!offer.isSilence()) {
                assertEquals(length, echoed == null ? -1 : echoed.length);
                assertEquals(120, offer.leaseSeconds());
                assertEquals(60, offer.message().intOption(DhcpOptions.RENEWAL_TIME));
                assertEquals(105, offer.message().intOption(DhcpOptions.REBINDING_TIME));
                assertNull(offer.message().option(DhcpOptions.ROUTER), "there is no room for it");
            }
        }
        return fits;
    }

    @Test
    void shouldEchoBothWithTheLongestThatFit() {
        ServerBench.Reply offer = bench.send(1, DhcpOptions.DISCOVER, w -> {
            w.option(DhcpOptions.CLIENT_IDENTIFIER, new byte[136]);
            w.option(DhcpOptions.RELAY_AGENT_INFORMATION, new byte[140]);
        });

        byte[] identifier = offer.message().option(DhcpOptions.CLIENT_IDENTIFIER);
        byte[] information = offer.message().option(DhcpOptions.RELAY_AGENT_INFORMATION);
        assertEquals(136, identifier == null ? -1 : identifier.length);
        assertEquals(140, information == null ? -1 : information.length);
        assertEquals(576, offer.frame().packet().totalLength());
    }

    @ParameterizedTest
    @CsvSource({"24, 255", "30, 3", "31, -1"})
    void shouldTellTheBroadcastAddressIfThereIsOne(int length, int host) {
        ServerBench link =
                new ServerBench(b -> DhcpServerConfig.builder(IpPrefix.of(IpAddress.ofIpv4(address(1)), length)));

        ServerBench.Reply offer =
                link.send(7, DhcpOptions.DISCOVER, w -> w.option(DhcpOptions.PARAMETER_REQUEST_LIST, new byte[] {28}));

        assertEquals(
                host < 0 ? -1 : Integer.toUnsignedLong(address(host)),
                offer.message().intOption(28));
        assertTrue(offer.message().intOption(DhcpOptions.SUBNET_MASK) > 0, "the mask is told unasked");
    }

    @Test
    void shouldTellTheReservedNameOnceAndOnlyIfAskedForIt() {
        ServerBench reserved = new ServerBench(
                b -> b.reservation(new Reservation(Lan.mac(1), IpAddress.ofIpv4(address(11)), "printer")));

        for (int asked : new int[] {0, 1, 2}) {
            byte[] list = new byte[1 + asked];
            list[0] = 6;
            Arrays.fill(list, 1, list.length, (byte) DhcpOptions.HOST_NAME);
            ServerBench.Reply offer =
                    reserved.send(1, DhcpOptions.DISCOVER, w -> w.option(DhcpOptions.PARAMETER_REQUEST_LIST, list));
            byte[] name = offer.message().option(DhcpOptions.HOST_NAME);
            assertEquals(asked == 0 ? -1 : 7, name == null ? -1 : name.length, "asked " + asked + " times");
        }
        ServerBench.Reply other = reserved.send(
                2,
                DhcpOptions.DISCOVER,
                w -> w.option(DhcpOptions.PARAMETER_REQUEST_LIST, new byte[] {DhcpOptions.HOST_NAME}));
        assertNull(other.message().option(DhcpOptions.HOST_NAME));
    }

    @Test
    void shouldTellNoTimesOfALeaseThatNeverEnds() {
        ServerBench forever = new ServerBench(b -> b.leaseTime(Duration.ofSeconds(Lease.INFINITE))
                .provisionalLeaseTime(Duration.ofSeconds(Lease.INFINITE)));

        ServerBench.Reply offer = forever.discover(1);

        assertEquals(Lease.INFINITE, offer.leaseSeconds());
        assertEquals(-1, offer.message().intOption(DhcpOptions.RENEWAL_TIME));
        assertEquals(-1, offer.message().intOption(DhcpOptions.REBINDING_TIME));
    }

    @Test
    void shouldKeepWhatFollowsAnOptionThatDoesNotFit() {
        List<IpAddress> servers = Collections.nCopies(64, IpAddress.parse("9.9.9.9"));
        ServerBench large = new ServerBench(b -> b.dnsServers(servers).domainName("lan.example"));

        ServerBench.Reply offer = large.send(1, DhcpOptions.DISCOVER, w -> {
            w.option(DhcpOptions.RELAY_AGENT_INFORMATION, new byte[100]);
            w.option(DhcpOptions.PARAMETER_REQUEST_LIST, new byte[] {6, 3, 15});
        });

        assertNull(offer.message().option(DhcpOptions.DNS_SERVERS));
        byte[] domain = offer.message().option(DhcpOptions.DOMAIN_NAME);
        assertEquals(11, domain == null ? -1 : domain.length);
    }

    private void silent(DropReason reason, int station, int type, Consumer<DhcpWriter> more) {
        long before = dropped(reason);

        assertTrue(bench.send(station, type, more).isSilence());

        assertEquals(before + 1, dropped(reason), reason + " of message type " + type);
    }

    private long dropped(DropReason reason) {
        return bench.server.stats().dropped(reason);
    }

    private static Reservation reserve(int station, int host) {
        return new Reservation(Lan.mac(station), IpAddress.ofIpv4(address(host)), null);
    }
}
