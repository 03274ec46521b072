// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.ra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RouterAdvertisementTest {
    private static final MacAddress MAC = MacAddress.parse("02:dd:00:00:00:01");
    private static final IpAddress ROUTER = IpAddress.parse("fe80::dd:ff:fe00:1");
    private static final Ipv6Offer OFFER = new Ipv6Offer(
            IpPrefix.parse("fd12:3456:789a::/64"),
            Duration.ofMinutes(30),
            1400,
            List.of(IpAddress.parse("fd12:3456:789a::1")),
            List.of("lan.test", "b.test"),
            IpPrefix.parse("64:ff9b::/96"));

    /** Put together by hand from RFC 4861 section 4.2 and 4.6, RFC 8106 section 5 and RFC 8781 section 4. */
    private static final String WANTED = "8600CCCC" + "40400708" + "00000000" + "00000000"
            + "010102dd00000001"
            + "0501000000000578"
            + "030440c0" + "00001518" + "00000a8c" + "00000000" + "fd123456789a00000000000000000000"
            + "19030000" + "00000708" + "fd123456789a00000000000000000001"
            + "1f040000" + "00000708" + "036c616e0474657374000162047465737400" + "000000000000"
            + "26020708" + "0064ff9b0000000000000000";

    private static ByteBuffer packet() {
        return OFFER.advertisement(MAC).toPacket(ROUTER, RouterAdvertisement.ALL_NODES);
    }

    @Test
    void shouldSayWhatTheRfcsSay() {
        ByteBuffer packet = packet();
        Packet view = new Packet().wrap(packet);
        byte[] message = new byte[packet.remaining() - 40];
        packet.get(40, message);

        String actual = HexFormat.of().formatHex(message);
        assertEquals(WANTED.replace("CCCC", actual.substring(4, 8)), actual);
        assertEquals(255, view.hopLimit());
        assertEquals(ROUTER, view.source());
    }

    @Test
    void shouldReadWhatItWrites() {
        assertEquals(OFFER.advertisement(MAC), RouterAdvertisement.parse(new Packet().wrap(packet())));
        RouterAdvertisement ending = OFFER.advertisement(MAC).ending();
        assertEquals(ending, RouterAdvertisement.parse(new Packet().wrap(ending.toPacket(ROUTER, ROUTER))));
        assertEquals(0, ending.routerLifetimeSeconds());
        assertEquals(0, ending.dnsLifetimeSeconds());
        assertEquals(0, ending.prefixes().get(0).preferredSeconds());
        assertTrue(ending.prefixes().get(0).validSeconds() > 0, "what is in use may go on");
    }

    /** What is written, with options behind it. */
    private static RouterAdvertisement with(String... options) {
        byte[] more = HexFormat.of().parseHex(String.join("", options));
        ByteBuffer packet = packet();
        int length = packet.limit() - 40;
        ByteBuffer longer = ByteBuffer.allocate(packet.limit() + more.length)
                .put(packet)
                .put(more)
                .flip();
        longer.putShort(4, (short) (length + more.length));
        Packet view = new Packet().wrap(longer);
        view.recomputeTransportChecksum();
        RouterAdvertisement said = RouterAdvertisement.parse(view);
        assertNotNull(said);
        return said;
    }

    /** fec0::/9 is fe80:: without its host bits. */
    @Test
    void shouldPassOverAPrefixThatIsLinkLocalWithoutItsHostBits() {
        RouterAdvertisement said =
                with("030409c0" + "00001518" + "00000a8c" + "00000000" + "fec00000000000000000000000000000");
        assertEquals(OFFER.advertisement(MAC), said);
    }

    /** RFC 8106 section 5.1: each option has a lifetime of its own. */
    @Test
    void shouldNotGiveWithdrawnServersTheLifetimeOfOthers() {
        String gone = "19030000" + "00000000" + "fd123456789a00000000000000000002";
        assertEquals(OFFER.advertisement(MAC), with(gone));
    }

    @Test
    void shouldRefuseWhatAHostMustNotTake() {
        ByteBuffer hops = packet();
        hops.put(7, (byte) 254);
        ByteBuffer global =
                OFFER.advertisement(MAC).toPacket(IpAddress.parse("2001:db8::1"), RouterAdvertisement.ALL_NODES);
        ByteBuffer damaged = packet();
        damaged.put(60, (byte) 99);
        for (ByteBuffer each : List.of(hops, global, damaged, asFragment(packet()))) {
            assertNull(RouterAdvertisement.parse(new Packet().wrap(each)));
        }
    }

    /** With a Fragment header, of the whole of it (RFC 6946). */
    static ByteBuffer asFragment(ByteBuffer packet) {
        ByteBuffer fragment = ByteBuffer.allocate(packet.limit() + 8);
        fragment.put(0, packet, 0, 40).put(48, packet, 40, packet.limit() - 40);
        fragment.put(6, (byte) 44).putShort(4, (short) (packet.limit() - 40 + 8));
        fragment.put(40, packet.get(6)).putInt(44, 7);
        assertEquals(ChecksumStatus.VALID, new Packet().wrap(fragment).verifyTransportChecksum());
        return fragment;
    }

    /** What is read can be written: the length of an option is an octet. */
    @Test
    void shouldReadNoMoreDomainsThanAnOptionHolds() {
        String name = "3f" + "61".repeat(63) + "3f" + "62".repeat(63) + "3f" + "63".repeat(63) + "3d" + "64".repeat(61);
        String option = "1f210000" + "00000708" + name + "00" + "00";
        String[] options = new String[12];
        Arrays.fill(options, option);

        RouterAdvertisement said = with(options);

        assertEquals(2 + 7, said.searchDomains().size());
        assertEquals(said, RouterAdvertisement.parse(new Packet().wrap(said.toPacket(ROUTER, ROUTER))));
    }

    @Test
    void shouldTakeNoHarmFromAnyOctets() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int read = 0;
        for (int i = 0; i < 100_000; i++) {
            ByteBuffer packet = packet();
            int length =
                    random.nextInt(4) == 0 ? 8 * random.nextInt((packet.limit() - 40) / 8 + 1) : packet.limit() - 40;
            packet.limit(40 + length).putShort(4, (short) length);
            for (int j = random.nextInt(4); j > 0 && length > 4; j--) {
                packet.put(44 + random.nextInt(length - 4), (byte) random.nextInt());
            }
            Packet view = new Packet().wrap(packet);
            if (length >= 4) {
                view.recomputeTransportChecksum();
            }
            RouterAdvertisement said = RouterAdvertisement.parse(view);
            if (said != null) {
                read++;
                assertNotNull(said.toPacket(ROUTER, ROUTER), "seed=" + seed + " i=" + i);
                assertTrue(said.prefixes().size() <= 16 && said.dnsServers().size() <= 16, "seed=" + seed);
            }
        }
        assertTrue(read > 10_000, "seed=" + seed + " read=" + read);
    }

    @Test
    void shouldRefuseOffersThatNoHostCanUse() {
        IpPrefix prefix = IpPrefix.parse("fd00::/64");
        assertThrows(
                IllegalArgumentException.class,
                () -> new Ipv6Offer(IpPrefix.parse("fd00::/56"), Duration.ZERO, 1500, List.of(), List.of(), null));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Ipv6Offer(prefix, Duration.ZERO, 1279, List.of(), List.of(), null));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Ipv6Offer(prefix, Duration.ZERO, 1500, List.of(), List.of("no name"), null));
        assertThrows(IllegalArgumentException.class, () -> new AdvertisedPrefix(prefix, true, true, 10, 11));
        String label = "a".repeat(63) + ".";
        String longest = label.repeat(3) + "a".repeat(61);
        String refused = String.valueOf(assertThrows(
                        IllegalArgumentException.class,
                        () -> new Ipv6Offer(
                                prefix, Duration.ZERO, 1500, List.of(), Collections.nCopies(16, longest), null))
                .getMessage());
        assertTrue(refused.contains("octets=" + 16 * 255), refused);
    }

    /** RFC 6980: it must not be cut into fragments, however short the link's packets are. */
    @Test
    void shouldFitTheShortestMtuWithAllThatAnOfferMayHave() {
        Ipv6Offer offer = new Ipv6Offer(
                IpPrefix.parse("fd12:3456:789a::/64"),
                Duration.ofMinutes(30),
                1280,
                Collections.nCopies(16, ROUTER),
                Collections.nCopies(12, "a".repeat(63) + "." + "b".repeat(8)), // 74 octets each
                IpPrefix.parse("64:ff9b::/96"));

        ByteBuffer packet = offer.advertisement(MAC).toPacket(ROUTER, RouterAdvertisement.ALL_NODES);

        assertTrue(packet.remaining() <= 1280, "length " + packet.remaining());
        assertEquals(offer.advertisement(MAC), RouterAdvertisement.parse(new Packet().wrap(packet)));
    }

    @Test
    void shouldRefuseAnAdvertisementThatIsMoreThanAnOptionHolds() {
        List<IpAddress> servers = Collections.nCopies(128, ROUTER);
        List<String> domains = Collections.nCopies(17, "a".repeat(63) + "." + "b".repeat(55)); // 121 octets each

        assertThrows(IllegalArgumentException.class, () -> of(servers, List.of()));
        assertThrows(IllegalArgumentException.class, () -> of(List.of(), domains));
        RouterAdvertisement most = of(servers.subList(1, 128), domains.subList(1, 17));
        assertNotNull(RouterAdvertisement.parse(new Packet().wrap(most.toPacket(ROUTER, ROUTER))));
    }

    private static RouterAdvertisement of(List<IpAddress> servers, List<String> domains) {
        return new RouterAdvertisement(64, false, false, 0, null, 0, List.of(), 9, servers, domains, null, 0);
    }
}
