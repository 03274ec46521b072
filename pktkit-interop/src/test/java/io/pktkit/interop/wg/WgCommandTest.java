// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.Commands;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.tcp.LinuxPeer;
import io.pktkit.wg.PresharedKey;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wg.quick.WgQuickConfig;
import io.pktkit.wg.quick.WgQuickPeer;
import io.pktkit.wg.uapi.UapiServer;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code wg}, as it comes with Debian, shows and changes a device of ours. */
@NeedsPeer("wg")
@Timeout(300)
class WgCommandTest {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String name =
            "pk" + Integer.toHexString(ThreadLocalRandom.current().nextInt());
    private final WgPublicKey key = WgPrivateKey.generate(RANDOM).publicKey();
    private final WgPublicKey other = WgPrivateKey.generate(RANDOM).publicKey();

    @TempDir
    private Path directory;

    private OurEnd us;
    private UapiServer socket;

    @BeforeEach
    void open() throws IOException {
        us = new OurEnd();
        socket = UapiServer.open(name, us.port, us.device.peers(), directory);
    }

    @AfterEach
    void close() {
        socket.close();
        us.close();
        assertTrue(Files.notExists(socket.path()));
    }

    @Test
    void shouldShow() throws IOException {
        wg("set", name, "peer", key.toString(), "endpoint", "[2001:db8::7]:9", "allowed-ips", "10.1.0.0/16,fd01::/64");
        PresharedKey psk = PresharedKey.generate(RANDOM);
        find(key).setPresharedKey(psk);
        find(key).setPersistentKeepalive(25, us.port.nowNanos());

        String shown = wg("show", name);
        WgPeer peer = find(key);
        // It tries to reach its peer, and may do so once more at any time.
        long sentBefore = peer.stats().sentBytes();
        List<String> dump = wg("show", name, "dump").lines().toList();
        long sentAfter = peer.stats().sentBytes();

        assertTrue(shown.contains("interface: " + name), shown);
        assertTrue(shown.contains("public key: " + us.publicKey()), shown);
        assertTrue(shown.contains("listening port: " + us.port.port()), shown);
        assertTrue(shown.contains("peer: " + key), shown);
        assertTrue(shown.contains("allowed ips: 10.1.0.0/16, fd01::/64"), shown);
        assertTrue(shown.contains("persistent keepalive: every 25 seconds"), shown);
        String secret = us.device.identity().privateKey().toBase64();
        assertEquals(secret + "\t" + us.publicKey() + "\t" + us.port.port() + "\toff", dump.get(0));
        String ofPeer = key + "\t" + psk.toBase64() + "\t[2001:db8::7]:9\t10.1.0.0/16,fd01::/64\t0\t0\t";
        assertTrue(dump.get(1).startsWith(ofPeer) && dump.get(1).endsWith("\t25"), dump.get(1));
        long told = Long.parseLong(
                dump.get(1).substring(ofPeer.length(), dump.get(1).length() - 3));
        assertTrue(sentBefore <= told && told <= sentAfter, sentBefore + " " + told + " " + sentAfter);
        assertTrue(List.of(wg("show", "interfaces").strip().split("\\s+")).contains(name));

        WgQuickConfig saved = WgQuickConfig.parse(wg("showconf", name), "showconf");
        assertEquals(us.device.identity().privateKey(), saved.privateKey());
        assertEquals(
                List.of(key), saved.peers().stream().map(WgQuickPeer::publicKey).toList());
    }

    @Test
    void shouldSetOneThingAfterTheOther() throws IOException {
        PresharedKey psk = PresharedKey.generate(RANDOM);
        WgPrivateKey fresh = WgPrivateKey.generate(RANDOM);
        int port = us.port.port();

        wg("set", name, "private-key", file(fresh.toBase64()), "listen-port", "0");
        wg("set", name, "peer", key.toString(), "preshared-key", file(psk.toBase64()), "persistent-keepalive", "7");
        wg("set", name, "peer", key.toString(), "endpoint", "127.0.0.1:9", "allowed-ips", "10.1.0.0/16");

        assertEquals(fresh.publicKey(), us.publicKey());
        assertNotEquals(port, us.port.port());
        WgPeer peer = find(key);
        assertEquals(psk, peer.presharedKey());
        assertEquals(7, peer.persistentKeepalive());
        assertEquals(new WgEndpoint(IpAddress.parse("127.0.0.1"), 9), peer.endpoint());
        assertEquals(List.of(IpPrefix.parse("10.1.0.0/16")), peer.allowedIps());

        wg("set", name, "peer", key.toString(), "allowed-ips", "10.2.0.0/16", "persistent-keepalive", "off");
        wg("set", name, "peer", key.toString(), "preshared-key", "/dev/null");
        assertEquals(List.of(IpPrefix.parse("10.2.0.0/16")), peer.allowedIps());
        assertEquals(0, peer.persistentKeepalive());
        assertNull(peer.presharedKey());

        wg("set", name, "peer", key.toString(), "remove");
        assertTrue(peer.isRemoved());
        wg("set", name, "peer", key.toString(), "remove");
    }

    /** What is there already keeps its sessions when files are synchronised, and loses them when they are set. */
    @Test
    void shouldTakeAFile() throws IOException {
        String mine = "[Interface]\nPrivateKey = "
                + us.device.identity().privateKey().toBase64() + "\nListenPort = " + us.port.port() + "\n";
        String one = mine + "[Peer]\nPublicKey = " + key + "\nAllowedIPs = 10.1.0.0/16\nPersistentKeepalive = 11\n";
        String two =
                one + "[Peer]\nPublicKey = " + other + "\nAllowedIPs = 10.2.0.0/16, ::/0\nEndpoint = 127.0.0.1:9\n";

        wg("setconf", name, file(one));
        WgPeer first = find(key);
        assertEquals(11, first.persistentKeepalive());
        wg("syncconf", name, file(two));
        assertEquals(List.of(key, other), keys());
        assertEquals(List.of(IpPrefix.parse("10.2.0.0/16"), IpPrefix.parse("::/0")), allowed(other));
        assertTrue(!first.isRemoved(), "the same peer as before");
        wg("syncconf", name, file(one));
        assertEquals(List.of(key), keys());
        wg("addconf", name, file("[Peer]\nPublicKey = " + other + "\nAllowedIPs = 10.1.2.0/24\n"));
        assertEquals(List.of(key, other), keys());
        wg("setconf", name, file(two));
        assertTrue(first.isRemoved());
        assertEquals(List.of(key, other), keys());
    }

    @Test
    void shouldSayWhyNot() throws IOException {
        assertEquals("Unable to modify interface: Operation not supported", refused("set", name, "fwmark", "7"));
        assertEquals("Unable to modify interface: Invalid argument", refused("set", name, "private-key", "/dev/null"));
        try (DatagramSocket taken = new DatagramSocket()) {
            assertEquals(
                    "Unable to modify interface: Address already in use",
                    refused("set", name, "listen-port", "" + taken.getLocalPort()));
        }
        assertEquals(List.of(), keys());
    }

    @Test
    @NeedsPeer({"ip", "wg", "wireguard-go", "python3"})
    void shouldMoveWhileATunnelIsBusy() throws IOException {
        try (StockPeer peer = new StockPeer()) {
            peer.setPeer(us.publicKey(), OurEnd.ALLOWED);
            wg(
                    "set",
                    name,
                    "peer",
                    peer.publicKey().toString(),
                    "endpoint",
                    peer.endpoint(IpFamily.IPV4).toString());
            wg("set", name, "peer", peer.publicKey().toString(), "allowed-ips", "10.77.0.2/32,fd77::2/128");
            new Exchange(us, peer).wePing(IpFamily.IPV6);
            int before = us.port.port();
            try (LinuxPeer linux = peer.python(
                            LinuxPeer.LIMIT,
                            LinuxPeer.words("", "tcp-listen", OurEnd.innerOfPeer(IpFamily.IPV4), 0, "eof"));
                    Socket tcp = us.client.dial("10.77.0.2", linux.port())) {
                long length = 0;
                for (int part = 0; part < 3; part++) {
                    tcp.getOutputStream().write(new byte[1 << 20]);
                    length += 1 << 20;
                    wg("set", name, "listen-port", "0");
                }
                tcp.shutdownOutput();
                assertTrue(linux.expect("received").startsWith(length + " "));
            }
            assertNotEquals(before, us.port.port());
            peer.await(
                    "our new port", () -> peer.show(us.publicKey()).endpoint().endsWith(":" + us.port.port()));
            String shown = wg("show", name);
            assertTrue(shown.contains("latest handshake: "), shown);
            assertTrue(shown.contains(" received, "), shown);
        }
    }

    private List<WgPublicKey> keys() {
        List<WgPublicKey> keys = new ArrayList<>(
                us.device.peers().all().stream().map(WgPeer::publicKey).toList());
        keys.sort((a, b) -> Boolean.compare(a.equals(other), b.equals(other)));
        return keys;
    }

    private WgPeer find(WgPublicKey peer) {
        return Objects.requireNonNull(us.device.peers().find(peer));
    }

    private List<IpPrefix> allowed(WgPublicKey peer) {
        return find(peer).allowedIps();
    }

    private static String wg(String... words) {
        return run(words).expectSuccess().output();
    }

    private static String refused(String... words) {
        Commands.Result result = run(words);
        assertEquals(1, result.exit(), result.output());
        return result.output().strip();
    }

    private static Commands.Result run(String... words) {
        List<String> command = new ArrayList<>(List.of("env", "WG_HIDE_KEYS=never", "wg"));
        command.addAll(List.of(words));
        return Commands.run(StockPeer.LIMIT, command);
    }

    private String file(String content) throws IOException {
        Path file = Files.createTempFile(directory, "wg", ".conf");
        Files.writeString(file, content + "\n");
        return file.toString();
    }
}
