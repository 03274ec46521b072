// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The client from BOUND on: RFC 2131 section 4.4.5, and how it is stopped. */
class DhcpClientLeaseTest {
    private static final String RENEW = " REQUEST from 10.0.2.100 to 10.0.2.2 at 02:00:00:00:00:ff";
    private static final String REBIND = " REQUEST from 10.0.2.100 broadcast";

    @Test
    void shouldRenewThenRebindThenExpire() {
        ClientBench bench = bound();

        bench.runUntil(3601);

        assertEquals(
                List.of(
                        "1800" + RENEW,
                        "2475" + RENEW,
                        "2812.5" + RENEW,
                        "2981.2" + RENEW,
                        "3065.6" + RENEW,
                        "3125.6" + RENEW,
                        "3150" + REBIND,
                        "3375" + REBIND,
                        "3487.5" + REBIND,
                        "3547.5" + REBIND,
                        "3600 lost 10.0.2.100/24",
                        "3600 DISCOVER from 0.0.0.0 broadcast"),
                bench.log);
    }

    @Test
    void shouldNameTheAddressAndNeitherServerNorWishWhenExtending() {
        ClientBench bench = bound();

        bench.runUntil(1800);

        assertEquals(DhcpState.RENEWING, bench.client.state());
        assertEquals(ClientBench.ADDRESS, bench.last().ciaddr());
        assertEquals(-1, bench.last().intOption(DhcpOptions.REQUESTED_ADDRESS));
        assertEquals(-1, bench.last().intOption(DhcpOptions.SERVER_IDENTIFIER));
        assertEquals(0, bench.last().secs());
    }

    @Test
    void shouldRunTheExtendedLeaseFromTheFirstRenewal() {
        ClientBench bench = bound();
        bench.runUntil(2475);

        bench.ack();

        assertEquals("2475 renewed 10.0.2.100/24", bench.log.get(2));
        assertEquals((3600 - 675) * ClientBench.SECOND, lease(bench).expiryNanos() - bench.now);
        assertEquals(DhcpState.BOUND, bench.client.state());
    }

    /** As of a server that was started again and knows nothing: 1800 + 120 is over by then. */
    @Test
    void shouldRunAnExtensionThatWouldBeOverFromTheLatestRenewal() {
        ClientBench bench = bound();
        bench.runUntil(2475);
        bench.now += ClientBench.SECOND;

        bench.answer(DhcpOptions.ACK, writer -> ClientBench.granted(writer, 120));

        assertEquals("2476 renewed 10.0.2.100/24", bench.log.get(2));
        assertEquals(DhcpState.BOUND, bench.client.state());
        assertEquals(119 * ClientBench.SECOND, lease(bench).expiryNanos() - bench.now);
    }

    @Test
    void shouldRunAnExtensionThatWouldBeOverFromTheLatestRebinding() {
        ClientBench bench = bound();
        bench.runUntil(3375);

        bench.answer(DhcpOptions.ACK, writer -> ClientBench.granted(writer, 120));

        assertEquals(DhcpState.BOUND, bench.client.state());
        assertEquals(120 * ClientBench.SECOND, lease(bench).expiryNanos() - bench.now);
    }

    @Test
    void shouldNotTakeAnExtensionThatIsOverInAnyCase() {
        ClientBench bench = bound();
        bench.runUntil(2475);
        bench.now += 120 * ClientBench.SECOND;

        bench.answer(DhcpOptions.ACK, writer -> ClientBench.granted(writer, 120));

        assertEquals(DhcpState.RENEWING, bench.client.state());
    }

    @Test
    void shouldKeepTheTransactionFromRenewingToRebinding() {
        ClientBench bench = bound();
        int first = bench.last().xid();
        bench.runUntil(1800);
        int renewing = bench.last().xid();

        bench.runUntil(3150);

        assertEquals(renewing, bench.last().xid());
        assertNotEquals(first, renewing);
        assertEquals(DhcpState.REBINDING, bench.client.state());
    }

    @Test
    void shouldDrawAnIdWhenItRebindsWithoutHavingRenewed() {
        ClientBench bench = new ClientBench(false);
        bench.bind();
        int selecting = bench.last().xid();
        bench.now += 3200 * ClientBench.SECOND; // as after a suspend

        bench.client.onTick(bench.now);

        assertEquals(DhcpState.REBINDING, bench.client.state());
        assertNotEquals(selecting, bench.last().xid());
    }

    @Test
    void shouldLoseTheLeaseAtOnceAfterALongSuspend() {
        ClientBench bench = bound();
        bench.now += 4000 * ClientBench.SECOND;

        bench.client.onTick(bench.now);

        assertEquals(List.of("4000 lost 10.0.2.100/24", "4000 DISCOVER from 0.0.0.0 broadcast"), bench.log);
    }

    @Test
    void shouldHearOnlyItsOwnServerWhileRenewing() {
        ClientBench bench = bound();
        bench.runUntil(1800);

        bench.answer(DhcpOptions.NAK, writer -> writer.intOption(DhcpOptions.SERVER_IDENTIFIER, 0x0A0002FE));

        assertEquals(DhcpState.RENEWING, bench.client.state());

        bench.answer(DhcpOptions.NAK, ClientBench::named);

        assertEquals("1800 lost 10.0.2.100/24", bench.log.get(1));
        assertEquals(DhcpState.INIT, bench.client.state());
        assertEquals(ClientBench.SECOND, bench.client.nextDeadlineNanos() - bench.now);
    }

    @Test
    void shouldTakeAnyServerWhileRebinding() {
        ClientBench bench = bound();
        bench.runUntil(3150);

        bench.deliver(
                bench.reply(DhcpOptions.ACK, writer -> {
                    writer.yiaddr(ClientBench.ADDRESS).intOption(DhcpOptions.LEASE_TIME, 7200);
                    writer.intOption(DhcpOptions.SERVER_IDENTIFIER, 0x0A0002FE);
                    writer.intOption(DhcpOptions.SUBNET_MASK, 0xFFFFFF00);
                }),
                0x0200_0000_00EEL);

        assertEquals(DhcpState.BOUND, bench.client.state());
        assertEquals(IpAddress.parse("10.0.2.254"), lease(bench).serverIdentifier());
        assertEquals(MacAddress.of(0x0200_0000_00EEL), lease(bench).serverMac());
    }

    @Test
    void shouldIgnoreAnExtensionOfAnotherAddress() {
        ClientBench bench = bound();
        bench.runUntil(1800);

        bench.answer(DhcpOptions.ACK, writer -> {
            ClientBench.usual(writer);
            writer.yiaddr(ClientBench.ADDRESS + 1);
        });

        assertEquals(DhcpState.RENEWING, bench.client.state());
    }

    @Test
    void shouldTakeTheServersTimesIfTheyAreInOrder() {
        ClientBench bench = new ClientBench(false);
        bench.start();
        bench.offer();

        bench.answer(DhcpOptions.ACK, writer -> {
            ClientBench.usual(writer);
            writer.intOption(DhcpOptions.RENEWAL_TIME, 100);
            writer.intOption(DhcpOptions.REBINDING_TIME, 200);
        });

        assertEquals(100 * ClientBench.SECOND, lease(bench).renewalNanos() - bench.now);
        assertEquals(200 * ClientBench.SECOND, lease(bench).rebindingNanos() - bench.now);
    }

    @ParameterizedTest
    @CsvSource({"0,200", "200,200", "300,200", "100,3600", "100,4000", "-1,-1"})
    void shouldNotTakeTimesThatAreNot(int t1, int t2) {
        ClientBench bench = new ClientBench(false);
        bench.start();
        bench.offer();

        bench.answer(DhcpOptions.ACK, writer -> {
            ClientBench.usual(writer);
            writer.intOption(DhcpOptions.RENEWAL_TIME, t1);
            writer.intOption(DhcpOptions.REBINDING_TIME, t2);
        });

        assertEquals(1800 * ClientBench.SECOND, lease(bench).renewalNanos() - bench.now);
        assertEquals(3150 * ClientBench.SECOND, lease(bench).rebindingNanos() - bench.now);
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "3", "60"})
    void shouldNotHurryWithShortLeases(int seconds) {
        for (int seed = 0; seed < 20; seed++) {
            ClientBench bench = new ClientBench(DhcpClientConfig.builder(ClientBench.MAC)
                    .arpProbe(false)
                    .jitter(new SplittableRandom(seed))
                    .build());
            bench.start();
            bench.answer(DhcpOptions.OFFER, writer -> ClientBench.granted(writer, seconds));
            bench.answer(DhcpOptions.ACK, writer -> ClientBench.granted(writer, seconds));

            long wait = bench.client.nextDeadlineNanos() - bench.now;

            assertTrue(wait >= seconds * ClientBench.SECOND * 3 / 8, "seed=" + seed + " wait=" + wait);
            assertTrue(lease(bench).renewalNanos() - lease(bench).rebindingNanos() <= 0, "seed=" + seed);
            assertTrue(lease(bench).rebindingNanos() - lease(bench).expiryNanos() < 0, "seed=" + seed);
        }
    }

    @Test
    void shouldNeverRenewAnInfiniteLease() {
        ClientBench bench = new ClientBench(false);
        bench.start();
        bench.offer();

        bench.answer(DhcpOptions.ACK, writer -> ClientBench.granted(writer, -1));

        assertEquals(Timers.NEVER, bench.client.nextDeadlineNanos());
    }

    @ParameterizedTest
    @CsvSource({"-256,24", "-16711681,8", "0,8", "-1,32", "-2147483648,1"})
    void shouldUseTheLeadingOnesOfTheMask(int mask, int length) {
        ClientBench bench = new ClientBench(false);
        bench.start();
        bench.answer(DhcpOptions.OFFER, writer -> {
            writer.yiaddr(ClientBench.ADDRESS).intOption(DhcpOptions.LEASE_TIME, 60);
            writer.intOption(DhcpOptions.SERVER_IDENTIFIER, ClientBench.SERVER);
        });

        bench.answer(DhcpOptions.ACK, writer -> {
            writer.yiaddr(ClientBench.ADDRESS).intOption(DhcpOptions.LEASE_TIME, 60);
            writer.intOption(DhcpOptions.SERVER_IDENTIFIER, ClientBench.SERVER);
            writer.intOption(DhcpOptions.SUBNET_MASK, mask);
        });

        assertEquals(length, lease(bench).prefix().length());
    }

    @Test
    void shouldStopSilently() {
        ClientBench bench = bound();

        bench.client.stop();

        assertEquals(List.of("0 lost 10.0.2.100/24"), bench.log);
        assertEquals(Timers.NEVER, bench.client.nextDeadlineNanos());
        assertFalse(bench.client.isActive());
        bench.client.stop();
        bench.client.onTick(bench.now + 10_000 * ClientBench.SECOND);
        assertEquals(1, bench.log.size());
    }

    @Test
    void shouldReleaseFromTheAddressBeforeItIsLost() {
        ClientBench bench = bound();

        bench.client.release();

        assertEquals(
                List.of("0 RELEASE from 10.0.2.100 to 10.0.2.2 at 02:00:00:00:00:ff", "0 lost 10.0.2.100/24"),
                bench.log);
        assertEquals(ClientBench.ADDRESS, bench.last().ciaddr());
        assertEquals(ClientBench.SERVER, (int) bench.last().intOption(DhcpOptions.SERVER_IDENTIFIER));
        assertEquals(-1, bench.last().intOption(DhcpOptions.REQUESTED_ADDRESS));
    }

    @Test
    void shouldLoseTheLeaseFirstWhenStartedAgain() {
        ClientBench bench = bound();

        bench.start();

        assertEquals(List.of("0 lost 10.0.2.100/24", "0 DISCOVER from 0.0.0.0 broadcast"), bench.log);
        assertNull(bench.client.lease());
    }

    @Test
    void shouldDropWhatIsQueuedWhenStoppedFromACallback() {
        DhcpClient[] self = new DhcpClient[1];
        Recorder recorder = new Recorder() {
            @Override
            public void onBound(Lease lease) {
                super.onBound(lease);
                self[0].stop();
            }
        };
        ClientBench bench = new ClientBench(true);
        self[0] = new DhcpClient(ClientBench.probing(), recorder);
        recorder.runToBound(self[0], bench);

        assertEquals(List.of("broadcast", "broadcast", "probe", "probe", "probe", "bound", "lost"), recorder.log);
    }

    @Test
    void shouldGoOnAfterACallbackThrew() {
        ClientBench bench = new ClientBench(true);
        Recorder recorder = new Recorder() {
            @Override
            public void onBound(Lease lease) {
                super.onBound(lease);
                throw new IllegalStateException("expected by the test");
            }
        };
        DhcpClient client = new DhcpClient(ClientBench.probing(), recorder);

        recorder.runToBound(client, bench);

        assertEquals(List.of("broadcast", "broadcast", "probe", "probe", "probe", "bound", "announce"), recorder.log);
    }

    @Test
    @Timeout(60)
    void shouldHoldNoLockWhileItCallsTheTransport() {
        DhcpClient[] self = new DhcpClient[1];
        List<Boolean> free = new ArrayList<>();
        Recorder recorder = new Recorder() {
            @Override
            public void onBound(Lease lease) {
                Thread other = new Thread(() -> self[0].onTick(lease.startNanos()));
                other.start();
                try {
                    other.join(); // or the test times out
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                free.add(!other.isAlive());
            }
        };
        self[0] = new DhcpClient(ClientBench.probing(), recorder);

        recorder.runToBound(self[0], new ClientBench(true));

        assertEquals(List.of(true), free);
    }

    private static ClientBench bound() {
        ClientBench bench = new ClientBench(false);
        bench.bind();
        bench.log.clear();
        return bench;
    }

    private static Lease lease(ClientBench bench) {
        return Objects.requireNonNull(bench.client.lease());
    }

    private static class Recorder implements DhcpTransport {
        final List<String> log = new ArrayList<>();
        private final List<Packet> sent = new ArrayList<>();

        void runToBound(DhcpClient client, ClientBench bench) {
            client.start(bench.now);
            for (int type : new int[] {DhcpOptions.OFFER, DhcpOptions.ACK}) {
                bench.sent.clear();
                bench.sent.addAll(sent);
                byte[] reply = bench.reply(type, ClientBench::usual);
                client.onMessage(ByteBuffer.wrap(reply), 0, reply.length, ClientBench.SERVER_MAC, bench.now);
            }
            for (int second = 0; second < 5; second++) {
                client.onTick(bench.now + second * ClientBench.SECOND);
            }
        }

        @Override
        public void sendBroadcast(Packet packet) {
            sent.add(packet);
            log.add("broadcast");
        }

        @Override
        public void sendUnicast(Packet packet, MacAddress serverMac) {
            log.add("unicast");
        }

        @Override
        public void onBound(Lease lease) {
            log.add("bound");
        }

        @Override
        public void onRenewed(Lease lease) {
            log.add("renewed");
        }

        @Override
        public void onLost(Lease lease) {
            log.add("lost");
        }

        @Override
        public void sendProbe(IpAddress address) {
            log.add("probe");
        }

        @Override
        public void sendAnnouncement(IpAddress address) {
            log.add("announce");
        }
    }
}
