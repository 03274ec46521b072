// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.dhcp.internal.DhcpPackets;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The states of the client up to BOUND: RFC 2131 figure 5, sections 3.1 and 4.1. */
class DhcpClientTest {
    private static final String ALL = " from 0.0.0.0 broadcast";

    @Test
    void shouldRepeatDiscoverWithDoublingIntervals() {
        ClientBench bench = new ClientBench(false);

        bench.start();
        bench.runUntil(260);

        assertEquals(
                List.of(
                        "0 DISCOVER" + ALL,
                        "4 DISCOVER" + ALL,
                        "12 DISCOVER" + ALL,
                        "28 DISCOVER" + ALL,
                        "60 DISCOVER" + ALL,
                        "124 DISCOVER" + ALL,
                        "188 DISCOVER" + ALL,
                        "252 DISCOVER" + ALL),
                bench.log);
        assertEquals(252, bench.last().secs());
        assertEquals(1, xids(bench).size());
    }

    @Test
    void shouldJitterByASecondAtMost() {
        for (int seed = 0; seed < 50; seed++) {
            ClientBench bench = new ClientBench(DhcpClientConfig.builder(ClientBench.MAC)
                    .jitter(new SplittableRandom(seed))
                    .build());

            bench.start();
            double first = (bench.client.nextDeadlineNanos() - bench.now) / (double) ClientBench.SECOND;

            assertTrue(first >= 3 && first <= 5, "seed=" + seed + " first=" + first);
        }
    }

    @Test
    void shouldRequestWhatWasOffered() {
        ClientBench bench = new ClientBench(false);
        bench.start();
        bench.runUntil(5);
        int secs = bench.last().secs();
        int xid = bench.last().xid();

        bench.offer();

        assertEquals("5 REQUEST" + ALL, bench.log.get(2));
        assertEquals(xid, bench.last().xid());
        assertEquals(secs, bench.last().secs());
        assertEquals(0, bench.last().ciaddr());
        assertEquals(ClientBench.ADDRESS, (int) bench.last().intOption(DhcpOptions.REQUESTED_ADDRESS));
        assertEquals(ClientBench.SERVER, (int) bench.last().intOption(DhcpOptions.SERVER_IDENTIFIER));
        assertFalse(bench.last().wantsBroadcast());
        assertEquals(DhcpState.REQUESTING, bench.client.state());
    }

    @Test
    void shouldGiveUpAnOfferAfterFiveRequests() {
        ClientBench bench = new ClientBench(false);
        bench.start();
        bench.offer();

        bench.runUntil(125);

        assertEquals(
                List.of(
                        "0 DISCOVER" + ALL,
                        "0 REQUEST" + ALL,
                        "4 REQUEST" + ALL,
                        "12 REQUEST" + ALL,
                        "28 REQUEST" + ALL,
                        "60 REQUEST" + ALL,
                        "124 DISCOVER" + ALL),
                bench.log);
        assertEquals(2, xids(bench).size());
    }

    @Test
    void shouldBindAtOnceWithoutProbing() {
        ClientBench bench = new ClientBench(false);

        bench.bind();

        assertEquals(List.of("0 DISCOVER" + ALL, "0 REQUEST" + ALL, "0 bound 10.0.2.100/24"), bench.log);
        Lease lease = Objects.requireNonNull(bench.client.lease());
        assertEquals(MacAddress.of(ClientBench.SERVER_MAC), lease.serverMac());
        assertEquals(1800 * ClientBench.SECOND, lease.renewalNanos() - bench.now);
        assertEquals(3150 * ClientBench.SECOND, lease.rebindingNanos() - bench.now);
        assertEquals(3600 * ClientBench.SECOND, lease.expiryNanos() - bench.now);
    }

    @Test
    void shouldRunTheLeaseFromTheFirstRequest() {
        ClientBench bench = new ClientBench(false);
        bench.start();
        bench.runUntil(2);
        bench.offer();
        bench.runUntil(7);

        bench.ack();

        Lease lease = Objects.requireNonNull(bench.client.lease());
        assertEquals(5 * ClientBench.SECOND, bench.now - lease.startNanos());
        assertEquals(3595 * ClientBench.SECOND, lease.expiryNanos() - bench.now);
    }

    @Test
    void shouldRunAShortLeaseFromTheLatestRequest() {
        ClientBench bench = new ClientBench(false);
        bench.start();
        bench.offer();
        bench.runUntil(12);

        bench.answer(DhcpOptions.ACK, writer -> ClientBench.granted(writer, 10));

        Lease lease = Objects.requireNonNull(bench.client.lease());
        assertEquals(10 * ClientBench.SECOND, lease.expiryNanos() - bench.now);
    }

    @Test
    void shouldProbeThenBindThenAnnounceTwice() {
        ClientBench bench = new ClientBench(true);

        bench.bind();
        assertEquals(DhcpState.PROBING, bench.client.state());
        assertNull(bench.client.lease());
        bench.runUntil(60);

        assertEquals(
                List.of(
                        "0 DISCOVER" + ALL,
                        "0 REQUEST" + ALL,
                        "0 probe 10.0.2.100",
                        "1 probe 10.0.2.100",
                        "2 probe 10.0.2.100",
                        "4 bound 10.0.2.100/24",
                        "4 announce 10.0.2.100",
                        "6 announce 10.0.2.100"),
                bench.log);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldDeclineAnAddressInUseAndWait(boolean otherProbes) {
        ClientBench bench = new ClientBench(true);
        bench.bind();
        bench.runUntil(1.5);

        int sender = otherProbes ? 0 : ClientBench.ADDRESS;
        bench.client.onArp(0x0200_0000_0099L, sender, ClientBench.ADDRESS, bench.now);

        assertEquals("1.5 DECLINE" + ALL, bench.log.get(bench.log.size() - 1));
        assertEquals(0, bench.last().ciaddr());
        assertEquals(ClientBench.ADDRESS, (int) bench.last().intOption(DhcpOptions.REQUESTED_ADDRESS));
        assertEquals(ClientBench.SERVER, (int) bench.last().intOption(DhcpOptions.SERVER_IDENTIFIER));
        assertEquals(DhcpState.INIT, bench.client.state());

        bench.runUntil(12);

        assertEquals("11.5 DISCOVER" + ALL, bench.log.get(bench.log.size() - 1));
        assertFalse(bench.log.contains("4 bound 10.0.2.100/24"));
    }

    @Test
    void shouldStartACleanCheckOfAnAddressOfferedAgain() {
        ClientBench bench = new ClientBench(true);
        bench.bind();
        bench.client.onArp(0x0200_0000_0099L, ClientBench.ADDRESS, 0, bench.now);
        bench.client.onArp(0x0200_0000_0099L, ClientBench.ADDRESS, 0, bench.now);
        bench.runUntil(10);

        bench.offer();
        bench.ack();
        bench.runUntil(14);

        assertEquals("14 bound 10.0.2.100/24", bench.log.get(bench.log.size() - 2));
    }

    @Test
    void shouldNotTakeItsOwnEchoOrOthersBusinessForAConflict() {
        ClientBench bench = new ClientBench(true);
        bench.bind();

        bench.client.onArp(ClientBench.MAC.toLong(), 0, ClientBench.ADDRESS, bench.now);
        bench.client.onArp(0x0200_0000_0099L, 0x0A000201, ClientBench.ADDRESS, bench.now);
        bench.client.onArp(0x0200_0000_0099L, 0, ClientBench.ADDRESS + 1, bench.now);

        assertEquals(DhcpState.PROBING, bench.client.state());
    }

    @Test
    void shouldBackOffAfterEachNak() {
        ClientBench bench = new ClientBench(false);
        bench.start();

        double[] waits = {1, 2, 4, 8, 16, 32, 64, 64};
        double at = 0;
        for (double wait : waits) {
            bench.offer();
            bench.answer(DhcpOptions.NAK, ClientBench::named);
            assertEquals(DhcpState.INIT, bench.client.state());
            at += wait;
            assertEquals((long) (wait * ClientBench.SECOND), bench.client.nextDeadlineNanos() - bench.now);
            bench.runUntil(at);
        }

        assertEquals(DhcpState.SELECTING, bench.client.state());
    }

    @Test
    void shouldHearOnlyTheChosenServerWhileRequesting() {
        ClientBench bench = new ClientBench(false);
        bench.start();
        bench.offer();

        bench.answer(DhcpOptions.NAK, writer -> writer.intOption(DhcpOptions.SERVER_IDENTIFIER, 0x0A0002FE));
        bench.answer(DhcpOptions.NAK, writer -> {});
        bench.answer(
                DhcpOptions.ACK, writer -> writer.yiaddr(ClientBench.ADDRESS).intOption(DhcpOptions.LEASE_TIME, 60));

        assertEquals(DhcpState.REQUESTING, bench.client.state());
        assertEquals(3, bench.client.ignoredMessages());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 0x00010203, 0x7F000001, 0xE0000001, 0xFFFFFFFF})
    void shouldIgnoreOffersOfAddressesNoHostCanHave(int address) {
        ClientBench bench = new ClientBench(false);
        bench.start();

        bench.answer(DhcpOptions.OFFER, writer -> {
            ClientBench.usual(writer);
            writer.yiaddr(address);
        });

        assertEquals(DhcpState.SELECTING, bench.client.state());
    }

    @Test
    void shouldIgnoreWhatIsNotAnAnswerToIt() {
        ClientBench bench = new ClientBench(false);
        bench.start();
        byte[] good = bench.reply(DhcpOptions.OFFER, ClientBench::usual);

        for (int at : new int[] {0, 1, 2, 4, 7, 28, 33, 236, 239}) {
            byte[] bad = good.clone();
            bad[at] ^= 1;
            bench.deliver(bad);
            assertEquals(DhcpState.SELECTING, bench.client.state(), "changed octet " + at);
        }
        bench.answer(
                DhcpOptions.OFFER,
                writer -> writer.yiaddr(ClientBench.ADDRESS).intOption(DhcpOptions.LEASE_TIME, 60)); // no server
        bench.answer(DhcpOptions.OFFER, writer -> ClientBench.granted(writer, 0));
        bench.answer(
                DhcpOptions.OFFER,
                writer -> writer.yiaddr(ClientBench.ADDRESS)
                        .intOption(DhcpOptions.SERVER_IDENTIFIER, ClientBench.SERVER)); // no time
        bench.ack();

        assertEquals(DhcpState.SELECTING, bench.client.state());
        bench.deliver(good);
        assertEquals(DhcpState.REQUESTING, bench.client.state());
    }

    @Test
    void shouldCompareTheClientIdentifierIfItIsEchoed() {
        byte[] identifier = {1, 2, 3};
        ClientBench bench = new ClientBench(DhcpClientConfig.builder(ClientBench.MAC)
                .clientIdentifier(identifier)
                .build());
        bench.start();

        bench.answer(DhcpOptions.OFFER, writer -> {
            ClientBench.usual(writer);
            writer.option(DhcpOptions.CLIENT_IDENTIFIER, new byte[] {1, 2, 4});
        });
        assertEquals(DhcpState.SELECTING, bench.client.state());
        bench.answer(DhcpOptions.OFFER, writer -> {
            ClientBench.usual(writer);
            writer.option(DhcpOptions.CLIENT_IDENTIFIER, identifier);
        });

        assertEquals(DhcpState.REQUESTING, bench.client.state());
    }

    @Test
    void shouldTakeOnlyPacketsForItsPortWhileActive() {
        ClientBench bench = new ClientBench(false);
        IpAddress server = IpAddress.ofIpv4(ClientBench.SERVER);
        IpAddress all = IpAddress.parse("255.255.255.255");
        Packet toClient = DhcpPackets.udp(0, server, 67, all, 68, new byte[300]);
        Packet toOther = DhcpPackets.udp(0, server, 67, all, 69, new byte[300]);
        Packet fragment = DhcpPackets.udp(0, server, 67, all, 68, new byte[300]);
        fragment.buffer().putShort(6, (short) 0x2000);
        fragment.recomputeIpv4Checksum();

        assertFalse(bench.client.onPacket(toClient, 1, bench.now));
        bench.start();

        assertTrue(bench.client.onPacket(toClient, 1, bench.now));
        assertFalse(bench.client.onPacket(toOther, 1, bench.now));
        assertFalse(bench.client.onPacket(fragment.wrap(fragment.buffer()), 1, bench.now));
    }

    @Test
    void shouldDropAnswersFromOtherPortsAndWithWrongChecksums() {
        ClientBench bench = new ClientBench(false);
        bench.start();
        IpAddress server = IpAddress.ofIpv4(ClientBench.SERVER);
        IpAddress all = IpAddress.parse("255.255.255.255");
        byte[] offer = bench.reply(DhcpOptions.OFFER, ClientBench::usual);
        Packet fromOtherPort = DhcpPackets.udp(0, server, 1067, all, 68, offer);
        Packet damaged = DhcpPackets.udp(0, server, 67, all, 68, offer);
        damaged.buffer().put(100, (byte) (damaged.buffer().get(100) ^ 1));

        assertTrue(bench.client.onPacket(fromOtherPort, 1, bench.now));
        assertTrue(bench.client.onPacket(damaged, 1, bench.now));

        assertEquals(DhcpState.SELECTING, bench.client.state());
        assertEquals(2, bench.client.ignoredMessages());
    }

    @Test
    void shouldDrawAnotherTransactionIdForEachTransaction() {
        ClientBench bench = new ClientBench(false);
        for (int i = 0; i < 64; i++) {
            bench.start();
        }

        assertEquals(64, xids(bench).size());
    }

    private static Set<Integer> xids(ClientBench bench) {
        Set<Integer> xids = new HashSet<>();
        for (Packet packet : bench.sent) {
            xids.add(ClientBench.message(packet).xid());
        }
        return xids;
    }
}
