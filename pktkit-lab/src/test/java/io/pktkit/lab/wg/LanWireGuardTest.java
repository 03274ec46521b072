// SPDX-License-Identifier: MIT
package io.pktkit.lab.wg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.pktkit.datagram.DatagramConfig;
import io.pktkit.iphost.socket.VirtualServerSocket;
import io.pktkit.lab.Lan;
import io.pktkit.lab.LanConfig;
import io.pktkit.lab.LanHost;
import io.pktkit.lab.control.ControlClient;
import io.pktkit.lab.control.ControlServer;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.vclient.VirtualDatagramSocket;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wg.quick.WgQuickConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Peers that know nothing but their files, on sockets of the loopback. */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LanWireGuardTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration NEVER = Duration.ofSeconds(2);
    private static final IpAddress SPARE = IpAddress.parse("10.0.2.250");
    private static final IpAddress LAST = IpAddress.parse("10.0.2.254");

    @TempDir
    private Path directory;

    private static LanConfig.Builder config() {
        return LanConfig.builder().staticAddresses(16).resolvConf(Path.of("/nonexistent"));
    }

    /** As after a start, with the prefix that is kept. */
    private LanConfig keptConfig() throws IOException {
        return config().uniqueLocal(LanWireGuard.uniqueLocal(directory.resolve("state")))
                .build();
    }

    private LanWireGuardConfig onLoopback(int port, boolean peerToPeer) {
        return new LanWireGuardConfig(
                DatagramConfig.builder()
                        .address(IpAddress.parse("127.0.0.1"))
                        .port(port)
                        .build(),
                directory.resolve("state"),
                null,
                peerToPeer,
                new SecureRandom());
    }

    private static WgClient client(LanPeer peer) throws IOException {
        return WgClient.open(WgQuickConfig.read(peer.file()));
    }

    private static String talk(VirtualClient from, VirtualClient to, String host) throws IOException {
        try (VirtualServerSocket server = to.listen(7000);
                Socket dialled = from.dial(host, 7000, LIMIT);
                Socket accepted = server.accept()) {
            dialled.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
            return new String(accepted.getInputStream().readNBytes(5), StandardCharsets.US_ASCII);
        }
    }

    /** Sees what becomes of the keys that are made of it. */
    private static final class Witness extends SecureRandom {
        private static final long serialVersionUID = 1;
        final transient List<byte[]> given = new ArrayList<>();

        @Override
        public void nextBytes(byte[] bytes) {
            super.nextBytes(bytes);
            given.add(bytes);
        }
    }

    @Test
    void shouldWipeTheKeysOfAPeerThatCannotBeAdded() throws Exception {
        Witness random = new Witness();
        LanConfig config = config().staticAddresses(1)
                .uniqueLocal(LanWireGuard.uniqueLocal(directory.resolve("state")))
                .build();
        try (Lan lan = Lan.open(config);
                LanWireGuard wireGuard = LanWireGuard.open(
                        lan,
                        new LanWireGuardConfig(
                                DatagramConfig.builder()
                                        .address(IpAddress.parse("127.0.0.1"))
                                        .port(0)
                                        .build(),
                                directory.resolve("state"),
                                null,
                                false,
                                random))) {
            wireGuard.add("phone");
            random.given.clear();

            assertThrows(IOException.class, () -> wireGuard.add("laptop"));

            assertEquals(2, random.given.size(), "a private and a preshared key");
            for (byte[] key : random.given) {
                assertArrayEquals(new byte[32], key);
            }
        }
    }

    /** Else it could not be removed again, and would have access once more after the next start. */
    @Test
    void shouldKeepAPeerWhoseRemovalCannotBeKept() throws Exception {
        Path store = directory.resolve("state/wireguard.server");
        try (Lan lan = Lan.open(keptConfig());
                LanWireGuard wireGuard = LanWireGuard.open(lan, onLoopback(0, false))) {
            LanPeer phone = wireGuard.add("phone");
            Path aside = Files.move(store, directory.resolve("aside"));
            Files.createDirectories(store.resolve("in the way"));

            assertThrows(IOException.class, () -> wireGuard.remove("phone"));

            assertEquals(List.of(phone), wireGuard.peers());
            assertNotNull(wireGuard.identity().peer(phone.publicKey()));
            assertTrue(Files.exists(phone.file()));
            Files.delete(store.resolve("in the way"));
            Files.delete(store);
            Files.move(aside, store);
            assertTrue(wireGuard.remove("phone"));
            assertNull(wireGuard.identity().peer(phone.publicKey()));
        }
        try (Lan lan = Lan.open(keptConfig());
                LanWireGuard wireGuard = LanWireGuard.open(lan, onLoopback(0, false))) {
            assertEquals(List.of(), wireGuard.peers());
        }
    }

    @Test
    void shouldLetPeersReachGatewayNatAndHosts() throws Exception {
        HttpServer page = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        page.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 5);
            exchange.getResponseBody().write("hello".getBytes(StandardCharsets.US_ASCII));
            exchange.close();
        });
        page.start();
        int number = page.getAddress().getPort();
        try (Lan lan = Lan.open(config().allowHost(number).build());
                LanWireGuard wireGuard = LanWireGuard.open(lan, onLoopback(0, false));
                LanHost alice = lan.addHost("alice")) {
            alice.awaitLease(LIMIT);
            LanPeer phone = wireGuard.add("phone");
            try (WgClient peer = client(phone)) {
                peer.client().ping(lan.gatewayAddress(), LIMIT);
                assertEquals(
                        "hello",
                        peer.client()
                                .http()
                                .get("http://host.pktkit:" + number + "/")
                                .text());
                assertEquals("hello", talk(peer.client(), alice.client(), "alice.pktkit"));
                assertEquals("hello", talk(alice.client(), peer.client(), "phone.pktkit"));
                assertEquals(IpAddress.parse("10.0.2.254"), phone.address());
            }
            assertTrue(wireGuard.remove("PHONE"));
            try (LanHost bob = lan.addHost("bob")) { // alice remembers
                bob.awaitLease(LIMIT);
                assertThrows(IOException.class, () -> bob.client().resolve("phone.pktkit"));
            }
            assertNull(wireGuard.find("phone"));
            assertTrue(Files.notExists(phone.file()));
            assertFalse(wireGuard.remove("phone"));
        } finally {
            page.stop(0);
        }
    }

    @Test
    void shouldGivePeersIpv6() throws Exception {
        IpPrefix prefix = IpPrefix.parse("fd12:3456:789a:1::/64");
        try (DatagramSocket echo = new DatagramSocket(0, IpAddress.parse("::1").toInetAddress());
                Lan lan = Lan.open(config().ipv6(prefix)
                        .ipv6Router(true)
                        .allowHost(echo.getLocalPort())
                        .build());
                LanWireGuard wireGuard = LanWireGuard.open(lan, onLoopback(0, false));
                LanHost alice = lan.addHost("alice")) {
            alice.awaitIpv6(LIMIT);
            LanPeer phone = wireGuard.add("phone");
            LanPeer laptop = wireGuard.add("laptop");
            assertEquals(
                    IpAddress.parse("fd12:3456:789a:1::a00:2fe"),
                    lan.staticIpv6(phone.address()).orElseThrow());
            try (WgClient peer = client(phone);
                    WgClient other = client(laptop)) {
                IpAddress gateway = lan.gatewayIpv6Address().orElseThrow();
                peer.client().ping(gateway, LIMIT);
                other.client().ping(gateway, LIMIT);
                assertEquals("hello", talk(alice.client(), peer.client(), "fd12:3456:789a:1::a00:2fe"));
                IpAddress apart = lan.staticIpv6(laptop.address()).orElseThrow();
                assertThrows(IOException.class, () -> peer.client().ping(apart, NEVER));

                try (VirtualDatagramSocket socket = peer.client().openDatagram(0)) {
                    socket.connect(gateway, echo.getLocalPort());
                    socket.send(ByteBuffer.wrap(new byte[] {1, 2, 3}));
                    echo.setSoTimeout((int) LIMIT.toMillis());
                    DatagramPacket received = new DatagramPacket(new byte[9], 9);
                    echo.receive(received);
                    assertEquals(3, received.getLength());
                    echo.send(received);
                    assertEquals(3, socket.receive(LIMIT).toBytes().length);
                }
            }
        }
        try (Lan lan = Lan.open(config().withoutIpv6().build());
                LanWireGuard wireGuard = LanWireGuard.open(lan, onLoopback(0, false))) {
            LanPeer phone = Objects.requireNonNull(wireGuard.find("phone"));
            WgQuickConfig file = WgQuickConfig.read(phone.file());
            assertEquals(List.of(IpPrefix.parse("10.0.2.254/32")), file.addresses());
            try (WgClient peer = client(phone)) {
                peer.client().ping(lan.gatewayAddress(), LIMIT);
            }
        }
    }

    @Test
    void shouldKeepPeersApart() throws Exception {
        try (Lan lan = Lan.open(config().build());
                LanWireGuard wireGuard = LanWireGuard.open(lan, onLoopback(0, false));
                WgClient phone = client(wireGuard.add("phone"));
                WgClient laptop = client(wireGuard.add("laptop"))) {
            phone.client().ping(lan.gatewayAddress(), LIMIT);
            laptop.client().ping(lan.gatewayAddress(), LIMIT);

            assertThrows(IOException.class, () -> phone.client().ping(IpAddress.parse("10.0.2.253"), NEVER));
            assertThrows(IOException.class, () -> laptop.client().ping(IpAddress.parse("10.0.2.254"), NEVER));
        }
    }

    @Test
    void shouldLetPeersReachEachOtherWhenAsked() throws Exception {
        try (Lan lan = Lan.open(config().build());
                LanWireGuard wireGuard = LanWireGuard.open(lan, onLoopback(0, true));
                WgClient phone = client(wireGuard.add("phone"));
                WgClient laptop = client(wireGuard.add("laptop"))) {
            laptop.client().ping(lan.gatewayAddress(), LIMIT);

            assertEquals("hello", talk(phone.client(), laptop.client(), "laptop.pktkit"));
        }
    }

    @Test
    void shouldKeepKeysAndAddresses() throws Exception {
        Path state = directory.resolve("state");
        String before;
        LanPeer laptop;
        int number;
        try (Lan lan = Lan.open(keptConfig());
                LanWireGuard wireGuard = LanWireGuard.open(lan, onLoopback(0, false))) {
            wireGuard.add("phone");
            laptop = wireGuard.add("laptop");
            wireGuard.remove("phone");
            before = wireGuard.publicKey().toString();
            number = wireGuard.port().port();
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(state)));
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(laptop.file())));
            assertEquals(state.resolve("laptop.conf"), laptop.file());
        }
        String file = Files.readString(laptop.file());
        try (Lan lan = Lan.open(keptConfig());
                LanWireGuard wireGuard = LanWireGuard.open(lan, onLoopback(number, false))) {
            assertEquals(before, wireGuard.publicKey().toString());
            assertEquals(List.of(laptop), wireGuard.peers());
            assertEquals(file, Files.readString(laptop.file()));
            assertEquals(IpAddress.parse("10.0.2.254"), wireGuard.add("tablet").address(), "free again");
            try (WgClient peer = client(laptop)) {
                peer.client().ping(lan.gatewayAddress(), LIMIT);
            }
        }
        LanWireGuardConfig elsewhere = new LanWireGuardConfig(
                onLoopback(0, false).datagrams(), state, "vpn.example", false, new SecureRandom());
        try (Lan lan = Lan.open(config().build());
                LanWireGuard wireGuard = LanWireGuard.open(lan, elsewhere)) {
            String moved = Files.readString(laptop.file());
            assertTrue(
                    moved.contains("Endpoint = vpn.example:" + wireGuard.port().port()), moved);
            assertEquals(
                    WgQuickConfig.parse(file, "before").privateKey(),
                    WgQuickConfig.parse(moved, "after").privateKey());
        }
    }

    /** A file holds what a phone needs, and says what was guessed. */
    @Test
    void shouldWriteAFileThatIsComplete() throws Exception {
        try (Lan lan = Lan.open(config().mtu(1300).build());
                LanWireGuard wireGuard = LanWireGuard.open(lan, onLoopback(0, false))) {
            LanPeer peer = wireGuard.add("phone");
            WgQuickConfig file = WgQuickConfig.read(peer.file());

            IpAddress ipv6 = lan.staticIpv6(peer.address()).orElseThrow();
            assertTrue(Objects.requireNonNull(lan.ipv6()).contains(ipv6), ipv6.toString());
            assertTrue(ipv6.toString().endsWith(":a00:2fe"), ipv6.toString());
            assertEquals(List.of(IpPrefix.parse("10.0.2.254/32"), IpPrefix.of(ipv6, 128)), file.addresses());
            assertEquals(List.of(lan.gatewayAddress()), file.dnsServers());
            assertEquals(1300, file.mtu());
            assertEquals(
                    peer.publicKey(), Objects.requireNonNull(file.privateKey()).publicKey());
            assertEquals(wireGuard.publicKey(), file.peers().get(0).publicKey());
            assertNotNull(file.peers().get(0).presharedKey());
            assertEquals(
                    List.of(
                            IpPrefix.parse("0.0.0.0/0"),
                            lan.isIpv6Router() ? IpPrefix.parse("::/0") : Objects.requireNonNull(lan.ipv6())),
                    file.peers().get(0).allowedIps());
            assertEquals(wireGuard.endpoint(), file.peers().get(0).endpoint());
            String text = Files.readString(peer.file());
            assertTrue(text.startsWith("# phone.pktkit: for wg-quick"), text);
            assertTrue(text.contains("# The endpoint is the address of this host that leads outward"), text);
        }
    }

    @Test
    void shouldKeepAddressesFromDhcp() throws Exception {
        LanConfig small = LanConfig.builder()
                .subnet(IpPrefix.parse("10.0.2.0/29"))
                .staticAddresses(2)
                .resolvConf(Path.of("/nonexistent"))
                .build();
        try (Lan lan = Lan.open(small);
                LanWireGuard wireGuard = LanWireGuard.open(lan, onLoopback(0, false));
                LanHost first = lan.addHost("first");
                LanHost second = lan.addHost("second");
                LanHost third = lan.addHost("third")) {
            first.awaitLease(LIMIT);
            second.awaitLease(LIMIT);
            assertThrows(IOException.class, () -> third.awaitLease(NEVER));

            assertEquals(IpAddress.parse("10.0.2.6"), wireGuard.add("a").address());
            assertEquals(IpAddress.parse("10.0.2.5"), wireGuard.add("b").address());
            IOException full = assertThrows(IOException.class, () -> wireGuard.add("c"));
            assertTrue(full.toString().contains("all 2 addresses for peers are taken"), full.toString());
            assertTrue(Files.notExists(directory.resolve("state/c.conf")));
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> LanConfig.builder().subnet(IpPrefix.parse("10.0.2.0/29")).staticAddresses(4));
    }

    @Test
    void shouldSayWhatIsWrong() throws Exception {
        Path state = directory.resolve("state");
        try (Lan lan = Lan.open(config().build())) {
            try (LanWireGuard wireGuard = LanWireGuard.open(lan, onLoopback(0, false))) {
                wireGuard.add("phone");
                assertMessage("already: name=Phone", () -> wireGuard.add("Phone"));
                assertMessage("1 to 15 letters, digits and hyphens", () -> wireGuard.add("../phone"));
                Files.writeString(state.resolve("tv.conf"), "precious");
                assertMessage("tv.conf is in the way", () -> wireGuard.add("tv"));
                assertEquals("precious", Files.readString(state.resolve("tv.conf")));
            }
            try (DatagramSocket taken =
                    new DatagramSocket(0, IpAddress.parse("127.0.0.1").toInetAddress())) {
                assertMessage(
                        "" + taken.getLocalPort(),
                        () -> LanWireGuard.open(lan, onLoopback(taken.getLocalPort(), false)));
            }
            Path server = state.resolve("wireguard.server");
            Files.setPosixFilePermissions(server, PosixFilePermissions.fromString("rw-r--r--"));
            assertMessage(
                    "(mode 644), and holds secrets: chmod 600", () -> LanWireGuard.open(lan, onLoopback(0, false)));
            Files.setPosixFilePermissions(server, PosixFilePermissions.fromString("rw-------"));
            String text = Files.readString(server);
            Files.writeString(server, text.replaceAll("PrivateKey = .", "PrivateKey = "));
            assertMessage("wireguard.server line 3: PrivateKey: ", () -> LanWireGuard.open(lan, onLoopback(0, false)));
            Files.writeString(server, text);
        }
        LanConfig other = config().subnet(IpPrefix.parse("10.7.0.0/24")).build();
        try (Lan lan = Lan.open(other)) {
            assertMessage("peer phone has 10.0.2.254", () -> LanWireGuard.open(lan, onLoopback(0, false)));
        }
        try (Lan lan = Lan.open(LanConfig.builder().build())) {
            assertMessage("staticAddresses=0", () -> LanWireGuard.open(lan, onLoopback(0, false)));
        }
    }

    /** The reason that a file is no tunnel, or says nothing of who is who. */
    @Test
    void shouldWantAFileThatIsATunnel() {
        assertMessage("has no PrivateKey", () -> WgClient.open(WgQuickConfig.parse("[Interface]", "x")));
        String key = "[Interface]\nPrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\n";
        assertMessage("has no Address", () -> WgClient.open(WgQuickConfig.parse(key, "x")));
        assertMessage("there is no [Peer]", () -> WgClient.open(WgQuickConfig.parse(key + "Address = ::1", "x")));
    }

    @Test
    void shouldBeAskedAndToldThroughTheControlSocket() throws Exception {
        Path state = directory.resolve("state");
        try (Lan lan = Lan.open(config().build());
                ControlServer control = ControlServer.open(state);
                LanWireGuard wireGuard = LanWireGuard.open(lan, onLoopback(0, false))) {
            WgVerbs.register(control, wireGuard);

            Map<String, Object> added = ControlClient.call(state, "wg add", Map.of("name", "phone"));

            LanPeer phone = Objects.requireNonNull(wireGuard.find("phone"));
            assertEquals(
                    Map.of(
                            "name",
                            "phone",
                            "address",
                            "10.0.2.254",
                            "file",
                            phone.file().toString()),
                    added);
            try (WgClient peer = client(phone)) {
                peer.client().ping(lan.gatewayAddress(), LIMIT);
                Map<String, Object> shown = ControlClient.call(state, "wg show", Map.of());
                assertEquals("pktkit" + wireGuard.port().port(), shown.get("interface"));
                assertEquals(wireGuard.publicKey().toString(), shown.get("publicKey"));
                Map<?, ?> first = (Map<?, ?>) ((List<?>) Objects.requireNonNull(shown.get("peers"))).get(0);
                assertEquals("phone", first.get("name"));
                assertEquals(
                        List.of("10.0.2.254/32", lan.staticIpv6(phone.address()).orElseThrow() + "/128"),
                        first.get("allowedIps"));
                assertEquals("127.0.0.1:" + peer.port().port(), first.get("endpoint"));
                assertTrue((Long) Objects.requireNonNull(first.get("received")) > 0, first.toString());
            }
            assertEquals(Map.of("name", "phone"), ControlClient.call(state, "wg rm", Map.of("name", "phone")));
            assertMessage(
                    "no peer of this name: name=phone",
                    () -> ControlClient.call(state, "wg rm", Map.of("name", "phone")));
            assertMessage("1 to 15 letters", () -> ControlClient.call(state, "wg add", Map.of("name", "a b")));
        }
    }

    /** What {@code wg set} says, and what it is answered. */
    private static String set(LanWireGuard wireGuard, WgPublicKey peer, String change) throws IOException {
        try (SocketChannel socket = SocketChannel.open(UnixDomainSocketAddress.of(wireGuard.socket()));
                BufferedReader answer = new BufferedReader(Channels.newReader(socket, StandardCharsets.US_ASCII))) {
            String request = "set=1\npublic_key=" + peer.toHex() + "\n" + change + "\n\n";
            socket.write(StandardCharsets.US_ASCII.encode(request));
            return String.valueOf(answer.readLine());
        }
    }

    private static WgPublicKey key() {
        return WgPrivateKey.generate(new SecureRandom()).publicKey();
    }

    private static String allowed(IpAddress address) {
        return "allowed_ip=" + address + "/32";
    }

    /** So the key of an address is changed. */
    @Test
    void shouldFreeTheAddressOfAPeerThatWgRemoves() throws Exception {
        try (Lan lan = Lan.open(config().build());
                LanWireGuard wireGuard = LanWireGuard.open(lan, onLoopback(0, false))) {
            WgPublicKey old = key();
            WgPublicKey next = key();
            assertEquals("errno=0", set(wireGuard, old, allowed(SPARE)));
            assertEquals("errno=-5", set(wireGuard, next, allowed(SPARE)), "it is another's");

            assertEquals("errno=0", set(wireGuard, old, "remove=true"));
            assertTrue(lan.isFree(SPARE));
            assertEquals("errno=0", set(wireGuard, next, allowed(SPARE)));
            assertFalse(lan.isFree(SPARE));
        }
    }

    /** Of small order, which is noticed when its address is taken already. */
    @Test
    void shouldLeaveTheAddressOfAPeerThatIsRefusedFree() throws Exception {
        try (Lan lan = Lan.open(config().build());
                LanWireGuard wireGuard = LanWireGuard.open(lan, onLoopback(0, false))) {
            assertEquals("errno=-22", set(wireGuard, WgPublicKey.of(new byte[32]), allowed(SPARE)));

            assertTrue(lan.isFree(SPARE));
            assertEquals("errno=0", set(wireGuard, key(), allowed(SPARE)));
        }
    }

    @Test
    void shouldTakeNoAddressFromWhoHasItByNow() throws Exception {
        try (Lan lan = Lan.open(config().build());
                LanWireGuard wireGuard = LanWireGuard.open(lan, onLoopback(0, false))) {
            LanPeer phone = wireGuard.add("phone");
            assertEquals("errno=0", set(wireGuard, phone.publicKey(), "remove=true"));
            assertEquals(IpAddress.parse("10.0.2.253"), wireGuard.add("laptop").address(), "it is kept for the phone");
            assertEquals("errno=0", set(wireGuard, key(), allowed(LAST)));

            assertTrue(wireGuard.remove("phone"));

            assertFalse(lan.isFree(LAST));
            assertEquals(IpAddress.parse("10.0.2.252"), wireGuard.add("tablet").address());
        }
    }

    @Test
    void shouldFreeAllItsAddressesWhenItCloses() throws Exception {
        Path server = directory.resolve("state").resolve("wireguard.server");
        try (Lan lan = Lan.open(config().build())) {
            try (LanWireGuard wireGuard = LanWireGuard.open(lan, onLoopback(0, false))) {
                wireGuard.add("phone");
                wireGuard.add("laptop");
                assertEquals("errno=0", set(wireGuard, key(), allowed(SPARE)));
                assertFalse(lan.isFree(LAST));
                assertFalse(lan.isFree(SPARE));
            }
            assertTrue(lan.isFree(LAST));
            assertTrue(lan.isFree(SPARE));

            Files.writeString(server, Files.readString(server).replace("10.0.2.253", "10.0.2.254"));
            assertMessage("choose another address", () -> LanWireGuard.open(lan, onLoopback(0, false)));
            assertTrue(lan.isFree(LAST), "that of the one that was let in before");
        }
    }

    private static void assertMessage(String part, Executable call) {
        Exception refused = assertThrows(Exception.class, call);
        assertTrue(refused.toString().contains(part), refused.toString());
    }
}
