// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.dhcp.internal.DhcpWriter;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How one run of a client ends and the next begins, and what it counts and waits on the way. */
class DhcpClientRunTest {
    private static final String ALL = " from 0.0.0.0 broadcast";

    private static DhcpClientConfig config(byte... identifier) {
        DhcpClientConfig.Builder builder =
                DhcpClientConfig.builder(ClientBench.MAC).arpProbe(false).jitter(new ClientBench.NoJitter());
        return (identifier.length == 0 ? builder : builder.clientIdentifier(identifier)).build();
    }

    @Test
    void shouldReleaseBeforeItStartsUnderAnotherConfiguration() {
        ClientBench bench = new ClientBench(false);
        bench.bind();
        bench.log.clear();

        bench.client.restart(config((byte) 1, (byte) 2), bench.now);

        assertEquals(
                List.of(
                        "0 RELEASE from 10.0.2.100 to 10.0.2.2 at 02:00:00:00:00:ff",
                        "0 lost 10.0.2.100/24",
                        "0 DISCOVER" + ALL),
                bench.log);
        byte[] identifier = bench.last().option(DhcpOptions.CLIENT_IDENTIFIER);
        assertEquals(2, identifier == null ? -1 : identifier.length);
    }

    @Test
    void shouldStartAClientThatIsStoppedByRestart() {
        ClientBench bench = new ClientBench(true);

        bench.client.restart(config(), bench.now);
        bench.offer();
        bench.ack();

        assertEquals(List.of("0 DISCOVER" + ALL, "0 REQUEST" + ALL, "0 bound 10.0.2.100/24"), bench.log);
    }

    /** The server answers at once, within the call that sends. */
    @Test
    void shouldEndOneRunBeforeTheNextWhenRestartedFromWithinACallback() {
        try (Lan lan = Lan.withDefaults()) {
            List<String> log = new ArrayList<>();
            Lan.Host host = lan.host(1);
            Recorder recorder = new Recorder(log, host);
            recorder.client = new DhcpClient(
                    DhcpClientConfig.builder(Lan.mac(1)).arpProbe(false).build(), recorder);
            lan.listen(frame -> recorder.client().onPacket(frame.packet(), frame.sourceMac(), lan.time.nowNanos()));
            recorder.onFirstBound = () -> recorder.client()
                    .restart(
                            DhcpClientConfig.builder(Lan.mac(1)).arpProbe(false).build(), lan.time.nowNanos());

            recorder.client().start(lan.time.nowNanos());

            assertEquals(
                    List.of("broadcast", "broadcast", "bound", "unicast", "lost", "broadcast", "broadcast", "bound"),
                    log);
            assertEquals(List.of("GRANTED 10.0.2.3", "RELEASED 10.0.2.3", "GRANTED 10.0.2.3"), lan.events);
            assertEquals(1, lan.server.leases().size(), "the server and the client agree");
            assertEquals(DhcpState.BOUND, recorder.client().state());
        }
    }

    @Test
    void shouldRefuseAnotherStation() {
        ClientBench bench = new ClientBench(false);
        bench.bind();
        DhcpClientConfig other = DhcpClientConfig.builder(Lan.mac(9)).build();

        String message = String.valueOf(
                assertThrows(IllegalArgumentException.class, () -> bench.client.restart(other, bench.now))
                        .getMessage());

        assertTrue(message.contains("mac=" + Lan.mac(9)), message);
        assertEquals(DhcpState.BOUND, bench.client.state(), "and goes on as it was");
        assertEquals(Lan.mac(9), other.mac());
    }

    @Test
    void shouldLoseTheLeaseWhenClosedAndNeverStartAgain() {
        ClientBench bench = new ClientBench(false);
        bench.bind();
        bench.log.clear();

        bench.client.close();
        bench.client.close();

        assertEquals(List.of("0 lost 10.0.2.100/24"), bench.log);
        assertNull(bench.client.lease());
        assertFalse(bench.client.isActive());
        assertEquals(Timers.NEVER, bench.client.nextDeadlineNanos());
        assertThrows(IllegalStateException.class, () -> bench.client.start(bench.now));
        assertThrows(IllegalStateException.class, () -> bench.client.restart(config(), bench.now));
        bench.client.stop();
        bench.client.release();
        bench.client.onTick(bench.now);
        assertEquals(1, bench.log.size());
    }

    @Test
    @Timeout(60)
    void shouldCallNothingOnceCloseHasReturned() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        List<String> log = new ArrayList<>();
        try (Lan lan = Lan.withDefaults()) {
            Recorder recorder = new Recorder(log, lan.host(1));
            recorder.client = new DhcpClient(
                    DhcpClientConfig.builder(Lan.mac(1)).arpProbe(false).build(), recorder);
            lan.listen(frame -> recorder.client().onPacket(frame.packet(), frame.sourceMac(), lan.time.nowNanos()));
            recorder.onFirstBound = () -> {
                inside.countDown();
                try {
                    leave.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            };
            Thread starter = new Thread(() -> recorder.client().start(lan.time.nowNanos()));
            starter.start();
            inside.await();
            List<String> atClose = new ArrayList<>();
            Thread closer = new Thread(() -> {
                recorder.client().close();
                atClose.addAll(log);
            });

            closer.start();
            leave.countDown();
            closer.join();
            starter.join();

            assertEquals(List.of("broadcast", "broadcast", "bound", "lost"), atClose);
            assertEquals(atClose, log);
        }
    }

    @Test
    void shouldNotHearAServerWithoutAnAddressWhileRebinding() {
        ClientBench bench = new ClientBench(false);
        bench.bind();
        bench.runUntil(3150);

        for (int server : new int[] {0, 0x7F000001, 0xFFFFFFFF}) {
            ignores(bench, 1, DhcpOptions.NAK, writer -> writer.intOption(DhcpOptions.SERVER_IDENTIFIER, server));
        }
        ignores(bench, 1, DhcpOptions.NAK, writer -> {});
        assertEquals(DhcpState.REBINDING, bench.client.state());

        ignores(bench, 0, DhcpOptions.NAK, writer -> writer.intOption(DhcpOptions.SERVER_IDENTIFIER, 0x0A000209));
        assertEquals(DhcpState.INIT, bench.client.state());
    }

    @Test
    void shouldAddTheJitterToEachWait() {
        for (long jitter : new long[] {-ClientBench.SECOND / 2, ClientBench.SECOND / 2}) {
            ClientBench bench = new ClientBench(DhcpClientConfig.builder(ClientBench.MAC)
                    .jitter(new FixedJitter(jitter))
                    .build());

            bench.start();

            assertEquals(4 * ClientBench.SECOND + jitter, bench.client.nextDeadlineNanos() - bench.now);
        }
    }

    @Test
    void shouldCountWhatIsOfNoUseAndNothingElse() {
        ClientBench bench = new ClientBench(false);
        bench.start();
        ignores(bench, 1, DhcpOptions.OFFER, ClientBench::named);
        ignores(bench, 1, DhcpOptions.ACK, ClientBench::usual);
        ignores(bench, 0, DhcpOptions.OFFER, ClientBench::usual);
        ignores(bench, 1, DhcpOptions.OFFER, ClientBench::usual);
        ignores(bench, 1, DhcpOptions.ACK, ClientBench::named);
        ignores(bench, 1, DhcpOptions.DISCOVER, ClientBench::usual);
        ignores(bench, 0, DhcpOptions.NAK, ClientBench::named);
        bench.runUntil(1);
        ignores(bench, 0, DhcpOptions.OFFER, ClientBench::usual);
        ignores(bench, 0, DhcpOptions.ACK, ClientBench::usual);
        ignores(bench, 1, DhcpOptions.ACK, ClientBench::usual);
        bench.runUntil(1801);
        ignores(bench, 0, DhcpOptions.ACK, ClientBench::usual);
    }

    @Test
    void shouldCountNothingOfAProbedAddressEither() {
        ClientBench bench = new ClientBench(true);
        bench.bind();

        assertEquals(DhcpState.PROBING, bench.client.state());
        assertEquals(0, bench.client.ignoredMessages());
    }

    @Test
    void shouldNotUseAnAddressWhoseTimeEndedWhileItWasProbedFor() {
        ClientBench bench = new ClientBench(true);
        bench.start();
        bench.answer(DhcpOptions.OFFER, writer -> ClientBench.granted(writer, 3));
        bench.answer(DhcpOptions.ACK, writer -> ClientBench.granted(writer, 3));

        bench.runUntil(4.5);

        assertEquals("4 DISCOVER" + ALL, bench.log.get(bench.log.size() - 1));
        assertEquals(DhcpState.SELECTING, bench.client.state());
        assertFalse(bench.log.contains("4 bound 10.0.2.100/24"));
    }

    @Test
    void shouldSendNoIdentifierUnlessItHasOne() {
        ClientBench bench = new ClientBench(false);
        bench.start();

        assertNull(bench.last().option(DhcpOptions.CLIENT_IDENTIFIER));
    }

    private static void ignores(ClientBench bench, int count, int type, Consumer<DhcpWriter> options) {
        long before = bench.client.ignoredMessages();

        bench.answer(type, options);

        assertEquals(before + count, bench.client.ignoredMessages(), bench.client.state() + " and type " + type);
    }

    /** The same each time. */
    private record FixedJitter(long nanos) implements RandomGenerator {
        @Override
        public long nextLong() {
            return nanos;
        }

        @Override
        public long nextLong(long origin, long bound) {
            return nanos;
        }
    }

    /** A transport that sends through a host of the network and notes the calls. */
    private static final class Recorder implements DhcpTransport {
        private final List<String> log;
        private final Lan.Host host;
        private Runnable onFirstBound = () -> {};
        private @Nullable DhcpClient client;

        Recorder(List<String> log, Lan.Host host) {
            this.log = log;
            this.host = host;
        }

        DhcpClient client() {
            return Objects.requireNonNull(client);
        }

        @Override
        public void sendBroadcast(Packet packet) {
            log.add("broadcast");
            host.sendBroadcast(packet);
        }

        @Override
        public void sendUnicast(Packet packet, MacAddress serverMac) {
            log.add("unicast");
            host.sendUnicast(packet, serverMac);
        }

        @Override
        public void onBound(Lease lease) {
            log.add("bound");
            Runnable action = onFirstBound;
            onFirstBound = () -> {};
            action.run();
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
