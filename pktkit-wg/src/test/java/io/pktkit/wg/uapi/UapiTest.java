// SPDX-License-Identifier: MIT
package io.pktkit.wg.uapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wg.PresharedKey;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wg.tunnel.WgDevice;
import io.pktkit.wg.tunnel.WgPort;
import io.pktkit.wg.tunnel.WgPortConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The protocol on a device of ours. The expected texts are those of the specification. */
class UapiTest {

    private static final String A = "b85996fecc9c7f1fc6d2572a76eda11d59bcd20be8e543b15ce4bd85a8e75a33";
    private static final String B = "58402e695ba1772b1cc9309755f043251ea77fdcf10fbe63989ceb7e19321376";
    private static final String PSK = "188515093e952f5f22e865cef3012e72f8b5f0b598ac0309d5dacce3b70fcf52";
    private static final String NONE = "0".repeat(64);
    private static final String FINE = "errno=0\n\n";
    private static final String INVALID = "errno=-22\n\n";

    @TempDir
    private Path directory;

    private WgPort port;
    private WgDevice device;
    private UapiTarget target;

    @BeforeEach
    void open() throws IOException {
        port = WgPort.open(WgPortConfig.client());
        device = port.addDevice(WgPrivateKey.generate(new SecureRandom()));
        target = new PortTarget(port, device.peers());
    }

    @AfterEach
    void close() {
        port.close();
    }

    /** If each line looked through those before it this would take minutes. */
    @Test
    void shouldReadManyAllowedIps() throws UapiException {
        int count = 300_000;
        StringBuilder lines = new StringBuilder("public_key=" + A + "\n");
        for (int i = 0; i < count; i++) {
            lines.append("allowed_ip=").append(IpAddress.ofIpv4(i)).append("/32\n");
        }
        List<IpPrefix> read =
                new UapiParser().parse(lines.toString()).peers().get(0).allowedIps();
        assertEquals(count, read.size());
        assertEquals(IpPrefix.parse("0.0.0.0/32"), read.get(0), "in their order");
    }

    /** The example of the specification, as far as a device can be in that state. */
    @Test
    void shouldTellWhatADeviceIsLike() {
        WgPrivateKey key = WgPrivateKey.parseHex("e84b5a6d2717c1003a13b431570353dbaca9146cf150c5f8575680feba52027a");
        UapiDevice shown = new UapiDevice(
                key,
                12_912,
                List.of(
                        new UapiDevice.Peer(
                                WgPublicKey.parseHex(A),
                                PresharedKey.parseHex(PSK),
                                new WgEndpoint(IpAddress.parse("abcd:23::33"), 51_820),
                                Instant.ofEpochSecond(1_612_345_678, 42),
                                2_224,
                                38_333,
                                0,
                                List.of(IpPrefix.parse("192.168.4.4/32"))),
                        new UapiDevice.Peer(
                                WgPublicKey.parseHex(B),
                                null,
                                new WgEndpoint(IpAddress.parse("182.122.22.19"), 3233),
                                null,
                                0,
                                0,
                                111,
                                List.of(IpPrefix.parse("192.168.4.6/32"), IpPrefix.parse("fd00::/8")))));

        assertEquals("""
                private_key=e84b5a6d2717c1003a13b431570353dbaca9146cf150c5f8575680feba52027a
                listen_port=12912
                public_key=%s
                preshared_key=%s
                protocol_version=1
                endpoint=[abcd:23::33]:51820
                last_handshake_time_sec=1612345678
                last_handshake_time_nsec=42
                tx_bytes=38333
                rx_bytes=2224
                persistent_keepalive_interval=0
                allowed_ip=192.168.4.4/32
                public_key=%s
                preshared_key=%s
                protocol_version=1
                endpoint=182.122.22.19:3233
                last_handshake_time_sec=0
                last_handshake_time_nsec=0
                tx_bytes=0
                rx_bytes=0
                persistent_keepalive_interval=111
                allowed_ip=192.168.4.6/32
                allowed_ip=fd00::/8
                """.formatted(A, PSK, B, NONE), Uapi.format(shown));
    }

    @Test
    void shouldAddChangeAndRemovePeers() throws Exception {
        assertEquals(FINE, set("""
                public_key=%s
                preshared_key=%s
                endpoint=[2001:db8::1]:51820
                persistent_keepalive_interval=25
                replace_allowed_ips=true
                allowed_ip=10.0.0.1/32
                allowed_ip=10.1.0.0/16
                public_key=%s
                allowed_ip=10.2.0.0/16
                """.formatted(A, PSK, B)));
        WgPeer a = find(A);
        WgPeer b = find(B);
        assertEquals(PresharedKey.parseHex(PSK), a.presharedKey());
        assertEquals(new WgEndpoint(IpAddress.parse("2001:db8::1"), 51_820), a.endpoint());
        assertEquals(25, a.persistentKeepalive());
        assertEquals(List.of(IpPrefix.parse("10.0.0.1/32"), IpPrefix.parse("10.1.0.0/16")), a.allowedIps());
        assertNull(b.presharedKey());

        // A prefix moves to who was given it last, and what is not named stays.
        assertEquals(FINE, set("""
                public_key=%s
                update_only=true
                allowed_ip=10.1.0.0/16
                public_key=%s
                preshared_key=%s
                endpoint=192.0.2.1:7
                persistent_keepalive_interval=0
                """.formatted(B, A, NONE)));
        assertEquals(List.of(IpPrefix.parse("10.0.0.1/32")), a.allowedIps());
        assertEquals(List.of(IpPrefix.parse("10.2.0.0/16"), IpPrefix.parse("10.1.0.0/16")), b.allowedIps());
        assertNull(a.presharedKey());
        assertEquals(new WgEndpoint(IpAddress.parse("192.0.2.1"), 7), a.endpoint());
        assertEquals(0, a.persistentKeepalive());

        assertEquals(FINE, set("public_key=" + B + "\nreplace_allowed_ips=true\nallowed_ip=10.3.0.0/16\n"));
        assertEquals(List.of(IpPrefix.parse("10.3.0.0/16")), b.allowedIps());
        assertEquals(FINE, set("public_key=" + B + "\nallowed_ip=-10.3.0.0/16\nallowed_ip=+10.4.0.0/16\n"));
        assertEquals(List.of(IpPrefix.parse("10.4.0.0/16")), b.allowedIps());

        assertEquals(FINE, set("public_key=" + A + "\nremove=true\n"));
        assertEquals(FINE, set("public_key=" + A + "\nremove=true\n"));
        assertEquals(FINE, set("public_key=" + A + "\nupdate_only=true\nallowed_ip=10.9.0.0/16\n"));
        assertEquals(List.of(b), device.peers().all());

        assertEquals(FINE, set("replace_peers=true\npublic_key=" + A + "\n"));
        assertTrue(b.isRemoved());
        assertEquals(
                List.of(WgPublicKey.parseHex(A)),
                device.peers().all().stream().map(WgPeer::publicKey).toList());
    }

    @Test
    void shouldChangeKeyAndPort() throws Exception {
        WgPrivateKey fresh = WgPrivateKey.generate(new SecureRandom());
        int before = port.port();

        assertEquals(FINE, set("private_key=" + fresh.toHex() + "\nlisten_port=0\nfwmark=0\nfwmark=\n"));

        assertEquals(fresh.publicKey(), device.identity().publicKey());
        assertNotEquals(before, port.port());
        assertTrue(Uapi.answer("get=1\n", target)
                .startsWith("private_key=" + fresh.toHex() + "\nlisten_port=" + port.port() + "\nerrno=0\n"));
        int now = port.port();
        assertEquals(FINE, set("listen_port=" + now + "\n"), "the port that it has is no change");
        assertEquals(now, port.port());
    }

    @Test
    void shouldNotMoveToAPortThatIsTaken() throws Exception {
        int before = port.port();
        try (WgPort other = WgPort.open(WgPortConfig.client())) {
            assertEquals("errno=-98\n\n", set("listen_port=" + other.port() + "\n"));
        }
        assertEquals(before, port.port());
    }

    @Test
    void shouldPassOverItself() {
        assertEquals(FINE, set("public_key=" + device.identity().publicKey().toHex() + "\n"));
        assertEquals(List.of(), device.peers().all());
    }

    /** What is wrong anywhere changes nothing at all. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "listen_port=65536",
                "listen_port=-1",
                "listen_port=",
                "fwmark=4294967296",
                "private_key=00",
                "private_key=0000000000000000000000000000000000000000000000000000000000000000",
                "replace_peers=yes",
                "nonsense=1",
                "nonsense",
                "",
                "allowed_ip=10.0.0.0/8",
                "public_key=x",
                "public_key=" + B + "\nallowed_ip=10.0.0.0/33",
                "public_key=" + B + "\nallowed_ip=10.0.0.0",
                "public_key=" + B + "\nendpoint=host.example:1",
                "public_key=" + B + "\nendpoint=192.0.2.1",
                "public_key=" + B + "\npersistent_keepalive_interval=off",
                "public_key=" + B + "\npreshared_key=",
                "public_key=" + B + "\nlisten_port=1",
            })
    void shouldRefuseWhatIsMalformed(String lines) {
        assertEquals(INVALID, set("public_key=" + A + "\nremove=false\n"));
        assertEquals(INVALID, set(lines + "\npublic_key=" + A + "\n"), lines);
        assertEquals(List.of(), device.peers().all());
    }

    @Test
    void shouldRefuseWhatItDoesNotHave() {
        assertEquals("errno=-95\n\n", set("fwmark=51820\n"));
        assertEquals("errno=-95\n\n", set("public_key=" + A + "\nprotocol_version=2\n"));
        assertEquals(INVALID, Uapi.answer("get=2\n", target));
        assertEquals(INVALID, Uapi.answer("", target));
        assertEquals(INVALID, set("public_key=" + NONE + "\n"), "a point of small order");
    }

    /** Whatever is asked: an answer that ends as answers do. */
    @Test
    void shouldAnswerAnything() {
        long seed = 20_261_129;
        SplittableRandom random = new SplittableRandom(seed);
        String valid = "set=1\nlisten_port=" + port.port() + "\nfwmark=0\nreplace_peers=true\npublic_key=" + A
                + "\nendpoint=1.2.3.4:5\nallowed_ip=10.0.0.0/8\npublic_key=" + B + "\nremove=true\n";
        for (int round = 0; round < 5_000; round++) {
            StringBuilder request = new StringBuilder(valid);
            for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
                int at = random.nextInt(request.length());
                if (random.nextBoolean()) {
                    request.setCharAt(at, (char) random.nextInt(0x80));
                } else {
                    request.delete(at, Math.min(request.length(), at + random.nextInt(1, 30)));
                }
            }
            // Moving to any port is no part of this.
            if (request.indexOf("listen_port=" + port.port() + "\n") >= 0) {
                String answer = Uapi.answer(request.toString(), target);
                assertTrue(answer.matches("errno=-?\\d+\n\n"), "seed=" + seed + " round=" + round + " " + answer);
            }
        }
    }

    @Test
    void shouldServeASocket() throws Exception {
        try (UapiServer server = UapiServer.open("pktest0", target, directory);
                SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(server.path()))) {
            assertEquals(directory.resolve("pktest0.sock"), server.path());
            assertEquals(
                    "rw-------",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(server.path())),
                    "whoever reads it reads the private key");
            client.write(ByteBuffer.wrap(("set=1\npublic_key=" + A + "\nallowed_ip=10.0.0.0/8\n\nget=1\n\n")
                    .getBytes(StandardCharsets.US_ASCII)));

            StringBuilder answer = new StringBuilder();
            ByteBuffer some = ByteBuffer.allocate(4096);
            while (!answer.toString().endsWith("errno=0\n\n") || answer.length() < 100) {
                assertTrue(client.read(some) > 0, answer.toString());
                answer.append(StandardCharsets.US_ASCII.decode(some.flip()));
                some.clear();
            }
            assertTrue(answer.toString().startsWith("errno=0\n\nprivate_key="), answer.toString());
            assertTrue(answer.toString().contains("\npublic_key=" + A + "\n"), answer.toString());
            assertTrue(answer.toString().contains("\nallowed_ip=10.0.0.0/8\n"), answer.toString());
        }
    }

    @Test
    void shouldWantANameThatAnInterfaceCanHave() {
        for (String name : List.of("", "a/b", "sixteenletters16", "wg 0")) {
            assertThrows(IllegalArgumentException.class, () -> UapiServer.open(name, target, directory), name);
        }
    }

    private WgPeer find(String hex) {
        return Objects.requireNonNull(device.peers().find(WgPublicKey.parseHex(hex)), hex);
    }

    private String set(String lines) {
        return Uapi.answer("set=1\n" + lines, target);
    }
}
