// SPDX-License-Identifier: MIT
package io.pktkit.interop.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.pktkit.interop.Await;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.tcp.Streams;
import io.pktkit.iphost.socket.VirtualServerSocket;
import io.pktkit.lab.Lan;
import io.pktkit.lab.LanConfig;
import io.pktkit.link.Links;
import io.pktkit.link.Serve;
import io.pktkit.qemu.QemuAddress;
import io.pktkit.qemu.QemuArguments;
import io.pktkit.qemu.QemuConfig;
import io.pktkit.qemu.QemuListener;
import io.pktkit.qemu.QemuVersion;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.vclient.VirtualClientConfig;
import io.pktkit.wg.PresharedKey;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerOptions;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.tunnel.WgDevice;
import io.pktkit.wg.tunnel.WgPort;
import io.pktkit.wg.tunnel.WgPortConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The WireGuard of the Linux kernel, which is the reference's own. Not every kernel that tests run on has it, so it is that
 * of a guest, whose datagrams come through a LAN and its NAT to a port of ours on the host's loopback.
 */
@NeedsPeer(
        value = {"qemu-system-x86_64", "busybox", "wg"},
        root = false)
@Timeout(value = 900, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@SuppressWarnings("try") // what serves is closed, and not otherwise touched
class KernelWireGuardTest {

    private static final Duration LIMIT = Await.LIMIT;
    private static final int BULK = 4 << 20;

    @Test
    void shouldTalkWithTheKernelInBothRoles() throws Exception {
        try (GuestImage image = GuestImage.createWithWireGuard();
                WgPort port = WgPort.open(WgPortConfig.client());
                Lan lan = Lan.open(LanConfig.builder().allowHost(port.port()).build());
                QemuListener listener =
                        QemuListener.open(QemuAddress.unix(image.folder.resolve("q.sock")), QemuConfig.DEFAULT);
                Serve<?, ?> serve = Serve.start(listener, lan);
                QemuGuest guest = QemuGuest.start(
                        image,
                        QemuArguments.connectingTo(listener.address(), QemuVersion.installed())
                                .mac(QemuLan.mac(1))
                                .list());
                WgDevice device = port.addDevice(WgPrivateKey.generate(new SecureRandom()));
                VirtualClient client = new VirtualClient(VirtualClientConfig.DEFAULT.withMtu(1420))) {
            client.setPrefix(IpPrefix.parse("10.77.0.1/24"));
            client.setPrefix(IpPrefix.parse("fd77::1/64"));
            Links.connect(device, client);
            guest.awaitUp().lease();
            PresharedKey psk = PresharedKey.generate(new SecureRandom());
            WgPrivateKey theirs = WgPrivateKey.generate(new SecureRandom());
            guest.run("ip link add wg0 type wireguard && ip addr add 10.77.0.2/24 dev wg0"
                    + " && ip -6 addr add fd77::2/64 dev wg0 && ip link set wg0 mtu 1420 up");
            guest.run("echo " + theirs.toBase64() + " >/tmp/key; echo " + psk.toBase64() + " >/tmp/psk");
            guest.run("wg set wg0 private-key /tmp/key listen-port 51820 peer "
                    + device.identity().publicKey()
                    + " preshared-key /tmp/psk allowed-ips 10.77.0.1/32,fd77::1/128 endpoint "
                    + lan.gatewayAddress() + ":" + port.port());
            WgPeer peer = device.peers()
                    .add(
                            theirs.publicKey(),
                            WgPeerOptions.create()
                                    .presharedKey(psk)
                                    .allowedIp(IpPrefix.parse("10.77.0.2/32"))
                                    .allowedIp(IpPrefix.parse("fd77::2/128")));

            // The guest begins, and we know it by what it sent.
            guest.run("ping -c 3 -W 60 10.77.0.1");
            guest.run("ping -c 3 -W 60 fd77::1");
            WgEndpoint behindNat = Objects.requireNonNull(peer.endpoint());
            assertEquals(IpAddress.parse("127.0.0.1"), behindNat.address());
            exchange(guest, client, "10.77.0.1");
            exchange(guest, client, "fd77::1");

            // We begin: the guest has forgotten its session, and its port is mapped still.
            guest.run("wg set wg0 peer " + device.identity().publicKey() + " remove && wg set wg0 peer "
                    + device.identity().publicKey() + " preshared-key /tmp/psk allowed-ips 10.77.0.1/32,fd77::1/128");
            device.peers().remove(peer);
            device.peers()
                    .add(
                            theirs.publicKey(),
                            WgPeerOptions.create()
                                    .presharedKey(psk)
                                    .endpoint(behindNat)
                                    .allowedIp(IpPrefix.parse("10.77.0.2/32")));
            client.ping(IpAddress.parse("10.77.0.2"), LIMIT);

            // Whom no one knows is not answered.
            guest.run("wg set wg0 private-key /tmp/psk"); // any 32 bytes
            assertFalse(guest.tryRun("ping -c 1 -W 2 10.77.0.1").exit() == 0, "an unknown key was answered");
        }
    }

    /** Bulk both ways over one connection, which the guest compares by its digest. */
    @SuppressWarnings("StringSplitter") // two digests, each with the dash of its tool behind it
    private static void exchange(QemuGuest guest, VirtualClient client, String ours)
            throws IOException, InterruptedException {
        try (VirtualServerSocket server = client.listen(7000)) {
            String upload = "head -c " + BULK + " /dev/urandom >/tmp/up; sha256sum </tmp/up; nc " + ours
                    + " 7000 </tmp/up | sha256sum";
            guest.begin(upload);
            try (Socket socket = server.accept()) {
                // nc ends its side when the file has ended, and then waits for ours.
                String received = Streams.receive(socket.getInputStream());
                String sent = Streams.send(socket.getOutputStream(), BULK, Streams.SEED);
                socket.shutdownOutput();
                String[] printed = guest.finish(upload).output().split("\\s+-\\s*");
                assertEquals(BULK + " " + printed[0].strip(), received, "seed " + Streams.SEED);
                assertEquals(printed[1].strip(), sent, "seed " + Streams.SEED);
            }
        }
    }
}
