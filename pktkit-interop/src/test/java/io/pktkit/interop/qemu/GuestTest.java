// SPDX-License-Identifier: MIT
package io.pktkit.interop.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.device.L2Device;
import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.interop.Await;
import io.pktkit.interop.FreePorts;
import io.pktkit.interop.HostServer;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.lab.Lan;
import io.pktkit.lab.LanConfig;
import io.pktkit.link.Serve;
import io.pktkit.qemu.IsolatedGuests;
import io.pktkit.qemu.QemuAddress;
import io.pktkit.qemu.QemuArguments;
import io.pktkit.qemu.QemuConfig;
import io.pktkit.qemu.QemuDatagramDevice;
import io.pktkit.qemu.QemuDevice;
import io.pktkit.qemu.QemuListener;
import io.pktkit.qemu.QemuVersion;
import io.pktkit.slirp.Slirp;
import io.pktkit.slirp.SlirpConfig;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Guests of a LAN that come over the socket: what they are told to start with is what {@code QemuArguments} prints. */
@NeedsPeer(
        value = {"qemu-system-x86_64", "busybox"},
        root = false)
@Timeout(value = 900, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GuestTest {

    private static GuestImage image;

    @BeforeAll
    static void createImage() throws IOException {
        image = GuestImage.create();
    }

    @AfterAll
    static void removeImage() {
        if (image != null) {
            image.close();
        }
    }

    private static QemuLan unixLan() throws IOException {
        return new QemuLan(image, QemuAddress.unix(image.folder.resolve("q.sock")));
    }

    private static long bytes() {
        return QemuGuest.isAccelerated() ? 50_000_000 : 10_000_000;
    }

    /** The form of 7.2 and newer, over a Unix socket. */
    @Test
    void shouldGiveGuestsOfStreamAnAddressNamesAndEachOther() throws Exception {
        try (QemuLan net = unixLan()) {
            shareANetwork(net, QemuVersion.installed());
        }
    }

    /** The form before 7.2, over TCP, which today's QEMU still understands. */
    @Test
    void shouldGiveGuestsOfSocketAnAddressNamesAndEachOther() throws Exception {
        try (QemuLan net = new QemuLan(image, QemuAddress.parse("tcp:127.0.0.1:0"))) {
            shareANetwork(net, new QemuVersion(7, 1));
        }
    }

    private static void shareANetwork(QemuLan net, QemuVersion form) throws Exception {
        QemuGuest left = net.addGuest(1, form);
        QemuGuest right = net.addGuest(2, form);
        String leftAddress = left.awaitUp().lease();
        String rightAddress = right.awaitUp().lease();

        assertNotEquals(leftAddress, rightAddress);
        left.run("ping -c 3 -A " + rightAddress);
        right.run("ping -c 3 -A " + leftAddress);
        left.run("ping -c 3 -A -s 1472 " + rightAddress);
        String resolved = left.run("nslookup host." + net.lan.domain());
        assertTrue(resolved.contains(net.lan.gatewayAddress().toString()), resolved);
        net.download(left, bytes());
        net.download(right, 1_000_000);
        assertEquals(0, net.awaitDevice().stats().snapshot().receiveDropped());
    }

    /** Debian's QEMU cannot connect again: what comes again is another process with the same card. */
    @Test
    void shouldForgetAGuestThatIsKilledAndKnowItWhenItComesAgain() throws Exception {
        try (QemuLan net = unixLan()) {
            QemuGuest guest = net.addGuest(1).awaitUp();
            String address = guest.lease();
            L2Device device = net.awaitDevice();

            guest.kill();

            device.done().toCompletableFuture().get(QemuLan.LIMIT_SECONDS, TimeUnit.SECONDS);
            Await.until("the guest is gone", () -> net.listener.guests() == 0);
            QemuGuest again = net.addGuest(1).awaitUp();
            assertEquals(address, again.lease());
            again.run("ping -c 3 -A " + net.lan.gatewayAddress());
        }
    }

    /** A stopped guest takes nothing; what is sent to it waits, then is dropped, and the other notices nothing. */
    @Test
    void shouldServeOneGuestWhileAnotherIsStoppedUnderAFlood() throws Exception {
        try (QemuLan net = unixLan()) {
            QemuGuest stopped = net.addGuest(1).awaitUp();
            L2Device stoppedDevice = net.awaitDevice();
            String target = stopped.lease();
            QemuGuest other = net.addGuest(2).awaitUp();
            other.lease();
            other.run("ping -c 1 " + target);
            stopped.monitor("stop");
            AtomicBoolean flooding = new AtomicBoolean(true);
            Frame flood = frameTo(QemuLan.mac(1));
            while (stoppedDevice.stats().dropped(DropReason.QUEUE_FULL) == 0) {
                stoppedDevice.send(flood);
            }
            Thread flooder = new Thread(() -> {
                while (flooding.get()) {
                    stoppedDevice.send(flood);
                    LockSupport.parkNanos(10_000);
                }
            });
            flooder.start();
            try {
                net.download(other, bytes());
            } finally {
                flooding.set(false);
                flooder.join();
            }

            stopped.monitor("cont");
            other.run("ping -c 3 -A " + target);
            assertFalse(stoppedDevice.done().toCompletableFuture().isDone(), "it stayed connected");
        }
    }

    private static Frame frameTo(MacAddress station) {
        ByteBuffer payload = ByteBuffer.allocate(1500);
        ByteBuffer frame = FrameBuilder.frame(station, MacAddress.of(0x02_DD_00_00_00_01L), 0x88B5, payload);
        return new Frame().wrap(frame, 0, frame.limit());
    }

    /** QEMU listens, we dial: the guest keeps its card while we go and come again. */
    @Test
    void shouldFindAGuestAgainThatListens() throws Exception {
        QemuAddress address = QemuAddress.unix(image.folder.resolve("l.sock"));
        try (QemuGuest guest = QemuGuest.start(
                        image,
                        QemuArguments.listeningAt(address, QemuVersion.installed())
                                .list())
                .awaitUp()) {
            String before = "";
            for (int round = 0; round < 2; round++) {
                try (Lan lan = Lan.open(LanConfig.builder().build());
                        QemuDevice device = QemuDevice.keepDialled(address, QemuConfig.DEFAULT)) {
                    lan.connect(device);
                    String now = guest.lease();
                    guest.run("ping -c 3 -A " + lan.gatewayAddress());
                    assertTrue(round == 0 || now.equals(before), before + " " + now);
                    before = now;
                }
            }
        }
    }

    /** And the other way round: the device stays on its port while the guest goes and another listens. */
    @Test
    void shouldStayOnItsPortWhileTheGuestThatListensIsKilled() throws Exception {
        QemuAddress address = QemuAddress.unix(image.folder.resolve("k.sock"));
        try (Lan lan = Lan.open(LanConfig.builder().build());
                QemuDevice device = QemuDevice.keepDialled(address, QemuConfig.DEFAULT)) {
            lan.connect(device);
            for (int round = 0; round < 2; round++) {
                try (QemuGuest guest = QemuGuest.start(
                                image,
                                QemuArguments.listeningAt(address, QemuVersion.installed())
                                        .list())
                        .awaitUp()) {
                    guest.lease();
                    guest.run("ping -c 3 -A " + lan.gatewayAddress());
                }
                Files.delete(address.path()); // a killed QEMU leaves it, and the next would not listen
            }
        }
    }

    @Test
    void shouldServeAGuestByDatagrams() throws Exception {
        IpAddress loopback = IpAddress.parse("127.0.0.1");
        int qemus = FreePorts.udp();
        try (Lan lan = Lan.open(LanConfig.builder().build());
                QemuDatagramDevice device = QemuDatagramDevice.open(loopback, 0, loopback, qemus, QemuConfig.DEFAULT)) {
            lan.connect(device);
            for (QemuVersion form : List.of(QemuVersion.installed(), new QemuVersion(7, 1))) {
                QemuArguments card = QemuArguments.datagrams(
                        QemuAddress.tcp("127.0.0.1", device.port()), QemuAddress.tcp("127.0.0.1", qemus), form);
                try (QemuGuest guest = QemuGuest.start(image, card.list()).awaitUp()) {
                    guest.lease();
                    guest.run("ping -c 3 -A -s 1472 " + lan.gatewayAddress());
                }
            }
        }
    }

    @Test
    void shouldKeepIsolatedGuestsWithTheSameAddressApart() throws Exception {
        IpAddress gateway = IpAddress.parse("10.0.2.1");
        try (HostServer server = new HostServer();
                Slirp nat = Slirp.open(SlirpConfig.builder()
                        .address(IpPrefix.parse("10.0.2.1/24"))
                        .allowHost(server.port())
                        .build())) {
            IsolatedGuests network = IsolatedGuests.builder(nat, IpPrefix.parse("10.0.2.1/24"))
                    .dhcp(DhcpServerConfig.builder(IpPrefix.parse("10.0.2.2/24"))
                            .router(gateway)
                            .dnsServers(List.of(gateway))
                            .domainName("pktkit")
                            .build())
                    .build();
            QemuListener listener =
                    QemuListener.open(QemuAddress.unix(image.folder.resolve("i.sock")), QemuConfig.DEFAULT);
            QemuArguments card = QemuArguments.connectingTo(listener.address(), QemuVersion.installed());
            Serve<L2Device, Frame> serve = Serve.start(listener, network);
            try (serve;
                    QemuGuest left =
                            QemuGuest.start(image, card.mac(QemuLan.mac(1)).list());
                    QemuGuest right =
                            QemuGuest.start(image, card.mac(QemuLan.mac(2)).list())) {
                String address = left.awaitUp().lease();
                assertEquals(address, right.awaitUp().lease());
                // With another address beside it, the neighbour would answer if it could hear.
                right.run("ip addr add 10.0.2.77/24 dev eth0");
                assertNotEquals(0, left.tryRun("arping -c 2 -I eth0 10.0.2.77").exit());
                for (QemuGuest guest : List.of(left, right)) {
                    String got =
                            guest.run("wget -q -O - http://10.0.2.1:" + server.port() + "/data/1000000 | sha256sum");
                    assertTrue(got.startsWith(HostServer.sha256(1_000_000)), got);
                }
                right.kill();
                left.run("ping -c 3 -A 10.0.2.1");
            }
        }
    }

    /** 200 MB each through one NAT, at the same time. */
    @Test
    @Tag("long")
    void shouldDownloadALotToTwoGuestsAtOnce() throws Exception {
        long length = 200_000_000;
        try (QemuLan net = unixLan()) {
            List<QemuGuest> both = List.of(net.addGuest(1), net.addGuest(2));
            for (QemuGuest guest : both) {
                guest.awaitUp().lease();
            }
            String download = "wget -q -O - " + net.url(length) + " | sha256sum";
            for (QemuGuest guest : both) {
                guest.begin(download);
            }
            for (QemuGuest guest : both) {
                assertEquals(
                        HostServer.sha256(length) + "  -",
                        guest.finish(download).output().strip());
            }
        }
    }
}
