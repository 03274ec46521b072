// SPDX-License-Identifier: MIT
package io.pktkit.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.pktkit.device.Attachment;
import io.pktkit.device.Interposer;
import io.pktkit.device.Receiver;
import io.pktkit.device.Registration;
import io.pktkit.device.Sender;
import io.pktkit.dhcp.Lease;
import io.pktkit.dhcp.LeaseStore;
import io.pktkit.dhcp.StoredLease;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.time.ManualTime;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.UdpDatagram;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole LAN in one process, against a real HTTP server on loopback. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LanTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static LanConfig.Builder config() {
        return LanConfig.builder().resolvConf(Path.of("/nonexistent"));
    }

    private static HttpServer server(String text) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        byte[] body = text.getBytes(StandardCharsets.US_ASCII);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server;
    }

    @Test
    void shouldLeaseResolveAndFetch() throws Exception {
        HttpServer server = server("hello from the host");
        int port = server.getAddress().getPort();
        BlockingQueue<String> events = new LinkedBlockingQueue<>();
        LanConfig config = config().subnet(IpPrefix.parse("10.9.8.0/24"))
                .allowHost(port)
                .leases((lease, event) -> events.add(event + " " + lease.address() + " " + lease.hostname()))
                .build();

        try (Lan lan = Lan.open(config);
                LanHost alice = lan.addHost("alice")) {
            Lease lease = alice.awaitLease(LIMIT);
            String page = alice.client()
                    .http()
                    .get("http://host.pktkit:" + port + "/")
                    .text();

            assertEquals("hello from the host", page);
            assertEquals(IpAddress.parse("10.9.8.1"), lease.router());
            assertEquals("GRANTED " + lease.address() + " alice", events.poll(LIMIT.toSeconds(), TimeUnit.SECONDS));
        } finally {
            server.stop(0);
        }
    }

    /** The first free address is still a guest's that is not there yet, and its name leads there. */
    @Test
    void shouldKnowItsGuestsAgain() throws Exception {
        LeaseStore store = new LeaseStore() {
            private List<StoredLease> kept = List.of();

            @Override
            public synchronized List<StoredLease> load() {
                return kept;
            }

            @Override
            public synchronized void save(List<StoredLease> leases) {
                kept = leases;
            }
        };
        LanConfig config = config().leaseStore(store).build();
        IpAddress before;
        Lan first = Lan.open(config);
        try (LanHost alice = first.addHost("alice")) {
            before = alice.awaitLease(LIMIT).address();
            first.close(); // before the guest, which would give its lease back
        } finally {
            first.close();
        }

        try (Lan again = Lan.open(config);
                LanHost bob = again.addHost("bob")) {
            IpAddress other = bob.awaitLease(LIMIT).address();

            assertNotEquals(before, other);
            assertEquals(List.of(before), bob.client().resolve("alice.pktkit"));
        }
    }

    @Test
    void shouldPutBetweenAHostAndTheNetworkFromTheFirstFrameOnAndLater() throws Exception {
        Counting first = new Counting();
        Counting later = new Counting();
        try (Lan lan = Lan.open(config().build());
                LanHost alice = lan.addHost("alice", link -> link.interpose(first))) {
            alice.awaitLease(LIMIT);
            assertTrue(first.discovers.get() > 0, "its first frame was there");

            Registration registration = alice.link().interpose(later);
            alice.client().ping(lan.gatewayAddress(), LIMIT);
            registration.close();
            int seen = later.fromHost.get();
            alice.client().ping(lan.gatewayAddress(), LIMIT);

            assertTrue(seen > 0 && later.toHost.get() > 0);
            assertEquals(seen, later.fromHost.get());
            assertTrue(first.fromHost.get() > seen);
            assertEquals(0, later.discovers.get());
        }
    }

    private static L2Adapter station(String mac) {
        return L2Adapter.builder().macAddress(MacAddress.parse(mac)).build();
    }

    @Test
    void shouldKeepAnAddressForAGuestWhileItIsAttached() throws Exception {
        IpAddress address = IpAddress.parse("10.0.2.254");
        LanStation guest = new LanStation("guest", address, false);
        try (Lan lan = Lan.open(config().staticAddresses(4).build());
                LanHost alice = lan.addHost("alice");
                L2Adapter first = station("02:00:00:00:00:01");
                L2Adapter again = station("02:00:00:00:00:01");
                L2Adapter other = station("02:00:00:00:00:02")) {
            alice.awaitLease(LIMIT);
            Attachment<Frame> before = lan.connectStatic(first, guest);
            Attachment<Frame> now = lan.connectStatic(again, guest);
            before.close();
            assertFalse(lan.isFree(address), "it has come back before it was noticed to be gone");
            assertEquals(List.of(address), alice.client().resolve("guest.pktkit"));
            assertThrows(IOException.class, () -> lan.connectStatic(other, guest));

            now.close();
            assertTrue(lan.isFree(address));
            Attachment<Frame> next = lan.connectStatic(other, guest);
            now.close();
            assertFalse(lan.isFree(address), "it is another's by now");
            next.close();
        }
    }

    @Test
    void shouldKeepNoAddressForAGuestThatCannotBeAttached() throws Exception {
        IpAddress address = IpAddress.parse("10.0.2.254");
        try (Lan lan = Lan.open(config().staticAddresses(4).build())) {
            L2Adapter gone = station("02:00:00:00:00:01");
            gone.close();

            assertThrows(
                    IllegalStateException.class,
                    () -> lan.connectStatic(gone, new LanStation("guest", address, false)));

            assertTrue(lan.isFree(address));
        }
    }

    private static final class Counting implements Interposer<Frame> {
        private final AtomicInteger fromHost = new AtomicInteger();
        private final AtomicInteger toHost = new AtomicInteger();
        private final AtomicInteger discovers = new AtomicInteger();

        @Override
        public void fromDevice(Frame frame, Receiver<Frame> next) {
            fromHost.incrementAndGet();
            UdpDatagram udp = frame.packet().udp();
            if (udp != null && udp.destinationPort() == 67 && frame.isBroadcast()) {
                discovers.incrementAndGet();
            }
            next.receive(frame);
        }

        @Override
        public boolean toDevice(Frame frame, Sender<Frame> next) {
            toHost.incrementAndGet();
            return next.send(frame);
        }
    }

    @Test
    void shouldGiveBothFamiliesAndReachAnIpv6ServerOfTheHost() throws Exception {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(IpAddress.parse("::1").toInetAddress(), 0), 16);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write("v6".getBytes(StandardCharsets.US_ASCII));
            exchange.close();
        });
        server.start();
        int port = server.getAddress().getPort();
        try (Lan lan = Lan.open(config().allowHost(port).build());
                LanHost alice = lan.addHost("alice")) {
            alice.awaitLease(LIMIT);
            IpPrefix address = alice.awaitIpv6(LIMIT);
            IpAddress gateway = lan.gatewayIpv6Address().orElseThrow();

            assertEquals(lan.ipv6(), address.masked());
            assertEquals(
                    "v6",
                    alice.client()
                            .http()
                            .get("http://[" + gateway + "]:" + port + "/")
                            .text());
            assertTrue(alice.client().resolve("gateway.pktkit").contains(gateway));
            assertTrue(alice.client().resolver().servers().contains(gateway), "also by IPv6");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void shouldResolveByIpv6Alone() throws Exception {
        try (Lan lan = Lan.open(
                        config().ipv6(IpPrefix.parse("fd12:3456:789a:1::/64")).build());
                LanHost alice = lan.addHost("alice")) {
            alice.awaitIpv6(LIMIT);
            IpAddress gateway = IpAddress.parse("fd12:3456:789a:1::1");
            alice.client().setDnsServers(List.of(gateway));

            assertTrue(alice.client().resolve("host.pktkit").contains(gateway));
        }
    }

    @Test
    void shouldLeaveIpv6OutWhenTold() throws Exception {
        try (Lan lan = Lan.open(config().withoutIpv6().build());
                LanHost alice = lan.addHost("alice")) {
            alice.awaitLease(LIMIT);

            assertEquals(Set.of(), Set.copyOf(lan.gatewayIpv6Address().stream().toList()));
            assertEquals(List.of(lan.gatewayAddress()), alice.client().resolve("gateway.pktkit"));
        }
    }

    @Test
    void shouldWakeWhoAwaitsAnAddressOfAHostThatIsClosed() throws Exception {
        try (Lan lan = Lan.open(config().timers(new ManualTime()).build())) {
            LanHost alice = lan.addHost("alice"); // gets nothing while the clock stands
            ExecutorService threads = Executors.newFixedThreadPool(2);
            Future<?> lease = threads.submit(() -> alice.awaitLease(LIMIT));
            Future<?> ipv6 = threads.submit(() -> alice.awaitIpv6(LIMIT));

            alice.close();

            for (Future<?> waiting : List.of(lease, ipv6)) {
                ExecutionException e =
                        assertThrows(ExecutionException.class, () -> waiting.get(LIMIT.toSeconds(), TimeUnit.SECONDS));
                assertInstanceOf(IOException.class, e.getCause());
            }
            threads.shutdown();
        }
    }

    @Test
    void shouldRefuseNamesAndPrefixesThatAreNone() {
        LanConfig.Builder builder = config();
        String longest = String.join(".", Collections.nCopies(125, "a")) + ".abc"; // a name, but none fits in it
        for (String domain : List.of("not a domain", "", ".", "a..b", "-a", "l".repeat(64), longest)) {
            assertThrows(IllegalArgumentException.class, () -> builder.domain(domain), domain);
        }
        for (InetSocketAddress target : List.of(
                InetSocketAddress.createUnresolved("localhost", 80),
                new InetSocketAddress(IpAddress.parse("0.0.0.0").toInetAddress(), 80),
                new InetSocketAddress(IpAddress.parse("::").toInetAddress(), 80),
                new InetSocketAddress(IpAddress.parse("127.0.0.1").toInetAddress(), 0))) {
            assertThrows(IllegalArgumentException.class, () -> builder.allowHost(80, target), target.toString());
        }
        assertThrows(IllegalArgumentException.class, () -> builder.name("a..b", IpAddress.parse("10.0.2.9")));
        for (String prefix : List.of("fd00::/48", "fd00::1/64", "fe80::/64", "ff02::/64", "::/64", "10.0.0.0/24")) {
            assertThrows(IllegalArgumentException.class, () -> builder.ipv6(IpPrefix.parse(prefix)), prefix);
        }
    }

    @Test
    void shouldTakeADomainWithADotAtItsEnd() throws Exception {
        try (Lan lan = Lan.open(config().withoutIpv6().domain("Lan.test.").build());
                LanHost alice = lan.addHost("alice")) {
            alice.awaitLease(LIMIT);

            assertEquals(List.of(lan.gatewayAddress()), alice.client().resolve("gateway.lan.test."));
        }
    }

    @Test
    void shouldLeaveNothingOfAHostWhoseNameIsRefused() throws Exception {
        try (Lan lan = Lan.open(config().build())) {
            int ports = lan.hub().portCount();

            assertThrows(IllegalArgumentException.class, () -> lan.addHost("not a name"));

            assertEquals(ports, lan.hub().portCount());
        }
    }

    @Test
    void shouldTakeAttachedDevicesOffTheSwitch() throws Exception {
        try (VirtualClient guest = new VirtualClient();
                L2Adapter device = L2Adapter.builder(guest).build()) {
            Lan lan = Lan.open(config().build());
            lan.connect(device);

            lan.close();

            assertEquals(0, lan.hub().portCount());
        }
    }

    @Test
    void shouldTellADialOfAnUnusedAddressThatNobodyIsThere() throws Exception {
        ManualTime time = new ManualTime();
        ExecutorService threads = Executors.newSingleThreadExecutor();
        try (Lan lan = Lan.open(config().timers(time).build());
                LanHost alice = lan.addHost("alice")) {
            while (!alice.client().prefix(IpFamily.IPV4).isSet()) {
                assertTrue(time.runNext());
            }
            String own = alice.client().prefix(IpFamily.IPV4).address().toString();
            String unused = own.equals("10.0.2.99") ? "10.0.2.98" : "10.0.2.99";
            Future<?> dialling = threads.submit(() -> alice.client().dial(unused, 80, LIMIT));
            while (alice.client().usage().waiting() == 0 && !dialling.isDone()) {
                Thread.onSpinWait();
            }
            time.advance(Duration.ofSeconds(4)); // three ARP requests, one a second

            ExecutionException e = assertThrows(ExecutionException.class, () -> dialling.get(30, TimeUnit.SECONDS));
            assertInstanceOf(NoRouteToHostException.class, e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void shouldLetHostsTalkToEachOtherByName() throws Exception {
        try (Lan lan = Lan.open(config().build());
                LanHost alice = lan.addHost("alice");
                LanHost bob = lan.addHost("bob");
                var listener = bob.client().serverSocketFactory().createServerSocket(7)) {
            alice.awaitLease(LIMIT);
            IpAddress address = bob.awaitLease(LIMIT).address();

            assertEquals(List.of(address), alice.client().resolve("bob.pktkit"));
            try (var out = alice.client().socketFactory().createSocket("bob.pktkit", 7)) {
                out.getOutputStream().write('x');
                try (var in = listener.accept()) {
                    assertEquals('x', in.getInputStream().read());
                }
            }
        }
    }

    @Test
    void shouldRefuseWhatOfTheHostIsNotAllowed() throws Exception {
        HttpServer server = server("secret");
        int port = server.getAddress().getPort();

        try (Lan lan = Lan.open(config().build());
                LanHost alice = lan.addHost("alice")) {
            alice.awaitLease(LIMIT);

            for (String target : List.of(lan.gatewayAddress().toString(), "127.0.0.1", "192.168.77.1")) {
                assertThrows(
                        ConnectException.class,
                        () -> alice.client()
                                .socketFactory()
                                .createSocket(target, port)
                                .close(),
                        target);
            }
        } finally {
            server.stop(0);
        }
    }

    @Test
    @Timeout(120) // in this thread, whose failure then says what was left
    void shouldLeaveNoThreadsAndNoFilesBehind() throws Exception {
        bringUpOnce();
        Set<String> before = threads();
        int files = openFiles();

        for (int i = 0; i < 20; i++) {
            bringUpOnce();
        }

        // Threads that were told to end, and what they have open, go a moment later.
        Set<String> more = threads();
        for (more.removeAll(before); !more.isEmpty() || openFiles() > files; more.removeAll(before)) {
            assertFalse(Thread.interrupted(), "threads " + more + ", files before " + files + ", after " + openFiles());
            Thread.onSpinWait();
            more = threads();
        }
    }

    private static void bringUpOnce() throws Exception {
        try (Lan lan = Lan.open(config().build());
                LanHost alice = lan.addHost("alice")) {
            alice.awaitLease(LIMIT);
        }
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("pktkit"))
                .collect(java.util.stream.Collectors.toSet());
    }

    private static int openFiles() {
        String[] files = Path.of("/proc/self/fd").toFile().list();
        return files == null ? 0 : files.length;
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/30", "10.0.0.0/7", "fd00::/64", "127.0.0.0/8", "224.0.0.0/24", "240.0.0.0/24"})
    void shouldRefuseSubnetsThatCannotBeALan(String subnet) {
        IllegalArgumentException refusal = assertThrows(
                IllegalArgumentException.class, () -> LanConfig.builder().subnet(IpPrefix.parse(subnet)));

        assertTrue(String.valueOf(refusal.getMessage()).contains(subnet), refusal.getMessage());
    }
}
