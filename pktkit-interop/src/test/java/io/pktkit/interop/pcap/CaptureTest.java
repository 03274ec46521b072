// SPDX-License-Identifier: MIT
package io.pktkit.interop.pcap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.hub.HubPort;
import io.pktkit.hub.L2Hub;
import io.pktkit.interop.Await;
import io.pktkit.interop.Commands;
import io.pktkit.interop.HostServer;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.NetworkNamespace;
import io.pktkit.interop.PktkitCommand;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.lab.Lan;
import io.pktkit.lab.LanConfig;
import io.pktkit.lab.LanHost;
import io.pktkit.link.PipeL2;
import io.pktkit.pcap.Capture;
import io.pktkit.pcap.CaptureConfig;
import io.pktkit.pcap.CaptureFilter;
import io.pktkit.pcap.CaptureFormat;
import io.pktkit.pcap.CaptureReader;
import io.pktkit.pcap.CaptureStats;
import io.pktkit.pcap.CapturedPacket;
import io.pktkit.qemu.QemuAddress;
import io.pktkit.qemu.QemuConfig;
import io.pktkit.qemu.QemuDevice;
import io.pktkit.tuntap.Tap;
import io.pktkit.tuntap.TapConfig;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.UdpDatagram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@NeedsPeer(
        value = {"tshark", "capinfos", "tcpdump"},
        root = false)
@Timeout(value = 400, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CaptureTest {

    private static final MacAddress LEFT = MacAddress.parse("02:00:00:00:00:01");
    private static final MacAddress RIGHT = MacAddress.parse("02:00:00:00:00:02");

    @TempDir
    Path folder;

    private static Frame frame(int port, int length) {
        ByteBuffer packet = PacketBuilder.udp(
                IpAddress.parse("10.0.0.1"),
                1000,
                IpAddress.parse("10.0.0.2"),
                port,
                ByteBuffer.wrap(new byte[length]));
        return new Frame().wrap(FrameBuilder.frame(RIGHT, LEFT, EtherType.IPV4, packet));
    }

    /** A guest that gets an address, resolves a name and loads a page: Wireshark knows each packet for what it is. */
    @ParameterizedTest
    @EnumSource
    void shouldBeReadByWireshark(CaptureFormat format) throws Exception {
        Path file = folder.resolve("lan");
        try (HostServer server = new HostServer();
                Capture capture = Capture.toFile(file, CaptureConfig.DEFAULT.withFormat(format));
                Lan lan = Lan.open(LanConfig.builder().allowHost(server.port()).build());
                LanHost alice = lan.addHost("alice", link -> capture.tap("alice's cable", link))) {
            alice.awaitLease(Await.LIMIT);
            capture.name(IpAddress.parse("10.0.2.3"), "alice.pktkit");
            alice.client().http().get("http://host.pktkit:" + server.port() + "/data/100000");
        }

        List<String> protocols = Wireshark.fields(file, "frame.protocols");
        assertTrue(protocols.stream().anyMatch(line -> line.endsWith(":dhcp")), protocols.toString());
        assertTrue(protocols.stream().anyMatch(line -> line.endsWith(":dns")), protocols.toString());
        assertTrue(protocols.stream().anyMatch(line -> line.contains(":http")), protocols.toString());
        List<String> bad = Wireshark.fields(file, "ip.checksum.status", "tcp.analysis.lost_segment");
        assertFalse(bad.stream().anyMatch(line -> line.endsWith("1")), bad.toString());
        String info = Wireshark.info(file);
        assertTrue(info.contains("nanoseconds"), info);
        if (format == CaptureFormat.PCAPNG) {
            List<String> facts = Wireshark.fields(file, "frame.interface_name", "frame.packet_flags_direction");
            assertTrue(facts.contains("alice's cable;0x00000001"), facts.toString());
            assertTrue(facts.contains("alice's cable;0x00000002"), facts.toString());
            String named = Commands.run(
                            Wireshark.LIMIT, "tshark", "-r", file.toString(), "-N", "n", "-Y", "tcp", "-c", "40")
                    .expectSuccess()
                    .output();
            assertTrue(named.contains("alice.pktkit"), named);
        }
    }

    @Test
    void shouldShowWiresharkWhyAPacketWasDropped() throws Exception {
        Path file = folder.resolve("drops");
        PipeL2 pipe = new PipeL2(LEFT, frame -> {});
        try (Capture capture = Capture.toFile(file, CaptureConfig.DEFAULT);
                L2Hub hub = new L2Hub()) {
            capture.tap("pipe", hub.connect(pipe));
            pipe.inject(frame(1, 10));
        }

        assertEquals(List.of("dropped: NO_RECEIVER"), Wireshark.fields(file, "frame.comment"));
    }

    /** What a killed process leaves is read up to its end, whatever it was doing. */
    @Test
    @NeedsPeer(
            value = {"tshark"},
            root = false)
    void shouldLeaveAFileThatIsReadWhenItIsKilled() throws Exception {
        Path file = folder.resolve("killed.pcapng");
        Path socket = folder.resolve("q");
        try (PktkitCommand up = PktkitCommand.start("up", "--qemu", "unix:" + socket, "--pcap", file.toString())) {
            up.awaitLine("stop with Ctrl-C");
            try (QemuDevice guest = QemuDevice.dial(QemuAddress.unix(socket), QemuConfig.DEFAULT)) {
                guest.attach(frame -> {});
                while (!Files.exists(file) || Files.size(file) < 1_000_000) {
                    guest.send(frame(1, 1400));
                }
                Thread kill = new Thread(up::close);
                kill.start();
                while (kill.isAlive()) {
                    guest.send(frame(2, 1400));
                }
                kill.join();
            }
        }

        Commands.Result read = Commands.run(
                Wireshark.LIMIT,
                "tshark",
                "-n",
                "-r",
                file.toString(),
                "-T",
                "fields",
                "-e",
                "_ws.malformed",
                "-e",
                "udp.port");
        assertTrue(read.output().lines().filter(line -> line.contains("1000")).count() > 500, "packets are missing");
        assertFalse(read.output().contains("alformed"), "malformed");
    }

    @Test
    @NeedsPeer({"tshark", "capinfos", "mount"})
    void shouldLeaveAWholeFileOnAFullDiskAndGoOnWhenThereIsRoom() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        Commands.run(Wireshark.LIMIT, "mount", "-t", "tmpfs", "-o", "size=1m", "pktkit", disk.toString())
                .expectSuccess();
        try {
            Path ballast = disk.resolve("ballast");
            Files.write(ballast, new byte[600_000]);
            Path file = disk.resolve("full.pcapng");
            PipeL2 pipe = new PipeL2(LEFT, frame -> {});
            PipeL2 other = new PipeL2(RIGHT, frame -> {});
            CaptureStats full;
            CaptureStats end;
            try (Capture capture = Capture.toFile(file, CaptureConfig.DEFAULT);
                    L2Hub hub = new L2Hub()) {
                capture.tap("pipe", hub.connect(pipe));
                hub.connect(other);
                do {
                    for (int i = 0; i < 50; i++) {
                        pipe.inject(frame(1, 1400));
                    }
                    capture.flush();
                } while (capture.stats().unwritten() == 0);
                full = capture.stats();
                Wireshark.info(file);
                int before = Wireshark.fields(file, "udp.port").size();
                assertEquals(full.taken() - full.unwritten(), before, full.toString());
                Files.delete(ballast);
                do {
                    pipe.inject(frame(2, 1400));
                    capture.flush();
                } while (Wireshark.fields(file, "udp.port").size() == before);
                end = capture.stats();
            }
            Wireshark.info(file);
            assertEquals(
                    end.taken() - end.unwritten(),
                    Wireshark.fields(file, "udp.port").size(),
                    end.toString());
        } finally {
            Commands.run(Wireshark.LIMIT, "umount", disk.toString()).expectSuccess();
        }
    }

    /** The same interface, seen by both: each packet once, byte for byte, in the same order each way. */
    @Test
    @NeedsPeer({"tshark", "tcpdump", "ip", "ping"})
    void shouldSeeWhatTcpdumpSees() throws Exception {
        String name = "pc" + Integer.toHexString(ThreadLocalRandom.current().nextInt());
        Path ours = folder.resolve("ours.pcap");
        Path theirs = folder.resolve("theirs.pcap");
        try (NetworkNamespace namespace = new NetworkNamespace();
                Tap tap = Tap.open(TapConfig.builder().name(name).up(false).build());
                L2Hub hub = new L2Hub();
                L2Adapter adapter = L2Adapter.builder().build();
                Capture capture = Capture.toFile(ours, CaptureConfig.DEFAULT.withFormat(CaptureFormat.PCAP))) {
            namespace.adopt(name);
            adapter.ip().setPrefix(IpPrefix.parse("10.7.0.1/24"));
            adapter.ip().attach(packet -> {});
            hub.connect(adapter);
            HubPort port = hub.connect(tap);
            capture.tap(name, port);
            namespace.exec(Wireshark.LIMIT, "ip", "link", "set", name, "up").expectSuccess();
            Process tcpdump = Commands.start(
                    List.of(
                            "ip",
                            "netns",
                            "exec",
                            namespace.name(),
                            "tcpdump",
                            "-Z",
                            "root",
                            "-U",
                            "--immediate-mode",
                            "-i",
                            name,
                            "-w",
                            theirs.toString()),
                    folder.resolve("tcpdump.out"));
            try {
                while (!Files.exists(theirs) || Files.size(theirs) < 24) {
                    assertTrue(tcpdump.isAlive(), Files.readString(folder.resolve("tcpdump.out")));
                    LockSupport.parkNanos(100_000);
                }
                namespace
                        .exec(Wireshark.LIMIT, "ip", "addr", "add", "10.7.0.2/24", "dev", name)
                        .expectSuccess();
                // The adapter answers ARP, and nobody the echoes.
                namespace.exec(Wireshark.LIMIT, "ping", "-c", "20", "-i", "0.02", "-W", "1", "10.7.0.1");
                // Either may be behind; until both have all there is nothing to compare.
                Await.until("both see the same", () -> {
                    flush(capture);
                    List<String> mine = onlyIpv4(Wireshark.packetsSoFar(ours));
                    return mine.size() > 20 && mine.equals(onlyIpv4(Wireshark.packetsSoFar(theirs)));
                });
            } finally {
                Commands.run(Wireshark.LIMIT, "kill", "-INT", "" + tcpdump.pid())
                        .expectSuccess();
                tcpdump.waitFor(30, TimeUnit.SECONDS);
                Commands.kill(tcpdump);
            }
        }
    }

    private static void flush(Capture capture) {
        try {
            capture.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** IPv6 begins to speak when the interface comes up, before tcpdump listens. Both ways together are sorted. */
    private static List<String> onlyIpv4(List<String> packets) {
        List<String> chosen = new ArrayList<>(packets.stream()
                .filter(packet -> packet.startsWith("0800", 24) || packet.startsWith("0806", 24))
                .toList());
        Collections.sort(chosen);
        return chosen;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "udp",
                "tcp",
                "icmp",
                "icmp6",
                "ip",
                "ip6",
                "arp",
                "not ip",
                "host 10.0.2.3",
                "src host 10.0.2.1",
                "dst 10.0.2.1",
                "net 10.0.2.0/24",
                "src net 10.0.2.2/31",
                "port 53",
                "udp port 67 or udp port 68",
                "src port 53",
                "tcp dst portrange 1024-65535",
                "portrange 50-70",
                "broadcast",
                "ether multicast",
                "ether src 02:dd:00:00:00:01",
                "less 100",
                "greater 1000",
                "ip and udp or arp and greater 60",
                "not (tcp or arp) and host 10.0.2.3",
                "arp or tcp and less 60",
                "proto 17",
                "! udp && ! tcp",
                "ip or arp and host 10.0.2.1"
            })
    void shouldFilterAsTcpdumpDoes(String filter) throws Exception {
        Path all = folder.resolve("all.pcap");
        try (HostServer server = new HostServer();
                Capture capture = Capture.toFile(all, CaptureConfig.DEFAULT.withFormat(CaptureFormat.PCAP));
                Lan lan = Lan.open(LanConfig.builder().allowHost(server.port()).build());
                LanHost alice = lan.addHost("alice", link -> capture.tap("alice", link))) {
            alice.awaitLease(Await.LIMIT);
            alice.client().http().get("http://host.pktkit:" + server.port() + "/data/20000");
        }
        Path theirs = folder.resolve("theirs.pcap");
        Commands.run(Wireshark.LIMIT, "tcpdump", "-Z", "root", "-r", all.toString(), "-w", theirs.toString(), filter)
                .expectSuccess();
        CaptureFilter ours = CaptureFilter.parse(filter);
        List<String> taken = Wireshark.packets(all).stream()
                .filter(packet -> ours.matches(
                        new Frame().wrap(ByteBuffer.wrap(HexFormat.of().parseHex(packet)))))
                .toList();

        assertEquals(withoutHopByHop(Wireshark.packets(theirs)), withoutHopByHop(taken));
    }

    /** Our filters pass over extension headers of IPv6, tcpdump's do not: a report of MLD has one, if it comes in time. */
    private static List<String> withoutHopByHop(List<String> packets) {
        return packets.stream()
                .filter(packet -> !packet.startsWith("86dd", 24) || !packet.startsWith("00", 40))
                .toList();
    }

    /** Live to whoever reads along, who sees packets while the network is up; all else is said on standard error. */
    @Test
    void shouldStreamToStandardOutput() throws Exception {
        Path socket = folder.resolve("q");
        Path errors = folder.resolve("errors");
        List<String> command = new ArrayList<>(PktkitCommand.line("up", "--qemu", "unix:" + socket, "--pcap", "-"));
        Process up = new ProcessBuilder(command)
                .redirectError(errors.toFile())
                .redirectOutput(folder.resolve("out").toFile())
                .start();
        try {
            while (!Files.exists(errors) || !Files.readString(errors).contains("stop with Ctrl-C")) {
                assertTrue(up.isAlive(), "it ended: " + Files.readString(errors));
                LockSupport.parkNanos(100_000);
            }
            try (QemuDevice guest = QemuDevice.dial(QemuAddress.unix(socket), QemuConfig.DEFAULT)) {
                guest.attach(frame -> {});
                // Whenever the LAN lets it in: its first frame is not lost to the capture.
                guest.send(frame(1, 100));
                while (!hasPacket(folder.resolve("out"))) {
                    assertTrue(up.isAlive(), "it ended: " + Files.readString(errors));
                    LockSupport.parkNanos(100_000);
                }
            }
            Commands.run(Wireshark.LIMIT, "kill", "-INT", "" + up.pid()).expectSuccess();
            assertTrue(up.waitFor(60, TimeUnit.SECONDS));
        } finally {
            Commands.kill(up);
        }
        Wireshark.info(folder.resolve("out"));
        // Between what the LAN says by itself, if it was time for that.
        List<String> ports = Wireshark.fields(folder.resolve("out"), "udp.port").stream()
                .filter(port -> !port.isEmpty())
                .toList();
        assertEquals(List.of("1000,1"), ports);
        assertTrue(Files.readString(errors).contains("ready: "), Files.readString(errors));
        assertFalse(Files.exists(socket), "the socket is gone");
    }

    /** Whether somebody who reads along has seen the guest's packet by now; the LAN may have spoken first. */
    private static boolean hasPacket(Path file) throws IOException {
        try (CaptureReader reader = CaptureReader.open(file)) {
            CapturedPacket packet = new CapturedPacket();
            while (reader.next(packet)) {
                UdpDatagram udp = packet.packet().udp();
                if (udp != null && udp.sourcePort() == 1000) {
                    return true;
                }
            }
            return false;
        }
    }

    @Test
    @NeedsPeer(
            value = {"tshark", "mkfifo"},
            root = false)
    void shouldStreamToANamedPipe() throws Exception {
        Path pipe = folder.resolve("pipe");
        Commands.run(Wireshark.LIMIT, "mkfifo", pipe.toString()).expectSuccess();
        PipeL2 left = new PipeL2(LEFT, frame -> {});
        try (Capture never = Capture.toFile(pipe, CaptureConfig.DEFAULT)) {
            assertFalse(never.done().toCompletableFuture().isDone(), "waits for its reader");
        }
        Process tshark = null;
        try (Capture capture = Capture.toFile(pipe, CaptureConfig.DEFAULT);
                L2Hub hub = new L2Hub()) {
            tshark = Commands.start(
                    List.of("tshark", "-n", "-l", "-r", pipe.toString(), "-T", "fields", "-e", "udp.port"),
                    folder.resolve("fields"));
            capture.tap("left", hub.connect(left));
            left.inject(frame(7, 10));
            capture.flush();
        }
        try {
            assertTrue(tshark.waitFor(60, TimeUnit.SECONDS), "tshark sees the end");
            assertTrue(Files.readString(folder.resolve("fields")).contains("1000,7"));
        } finally {
            Commands.kill(tshark);
        }
    }
}
