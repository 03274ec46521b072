// SPDX-License-Identifier: MIT
package io.pktkit.interop.afpacket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afpacket.AfPacket;
import io.pktkit.device.DropReason;
import io.pktkit.interop.Await;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.FrameVector;
import io.pktkit.nativeio.PacketSocket;
import io.pktkit.nativeio.RouteNetlink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a packet socket receives is what tcpdump receives, and what the other end sent. */
@NeedsPeer({"ip", "tcpdump", "ethtool", "python3", "scapy"})
@Timeout(300)
class ReceiveTest {

    private static final int PORT = 9000;
    private static final int STREAM = 3_000_000;

    private Wire wire;

    @BeforeEach
    void makeWire() throws IOException {
        wire = new Wire();
    }

    @AfterEach
    void removeWire() throws IOException {
        wire.close();
    }

    @Test
    void shouldReceiveTheFramesThatTcpdumpDoes() throws Exception {
        FrameLog log = new FrameLog();
        try (AfPacket device = wire.open(wire.config().build());
                Tcpdump tcpdump = new Tcpdump(wire.here, Wire.OURS, "in")) {
            device.attach(log);

            wire.script("frames " + Wire.THEIRS + " 4711 500");
            log.awaitLast();

            List<String> expected = log.bytes();
            assertEquals(501, expected.size());
            tcpdump.expectSame(expected);
            assertTrue(expected.stream().anyMatch(frame -> frame.startsWith("8100", 24)), "no 802.1Q tag was sent");
            assertTrue(expected.stream().anyMatch(frame -> frame.startsWith("88a8", 24)), "no 802.1ad tag was sent");
            assertTrue(
                    expected.stream().anyMatch(frame -> frame.startsWith("81000000", 24)), "no priority tag was sent");
            // A frame is counted when the receiver has returned.
            Await.until("501 frames", () -> device.stats().snapshot().receivedPackets() >= 501);
            assertEquals(0, device.stats().snapshot().receiveDropped());
            assertEquals(0, device.kernelDrops());
        }
    }

    /** A stream is put together from what the device gets, and must be what was sent: nothing is cut or lost. */
    @ParameterizedTest
    @CsvSource({"on, true", "on, false", "off, true", "off, false"})
    void shouldReceiveOffloadedFramesWhole(String offloads, boolean superSegments) throws Exception {
        wire.there("ethtool -K " + Wire.THEIRS + " tx " + offloads + " tso " + offloads + " gso " + offloads);
        wire.here("ethtool -K " + Wire.OURS + " gro " + offloads);
        FrameLog log = new FrameLog();
        try (AfPacket device = wire.open(wire.config().offload(superSegments).build());
                Tcpdump tcpdump = new Tcpdump(wire.here, Wire.OURS, "in")) {
            device.attach(log);

            String told = exchange(Wire.OUR_ADDRESS);
            wire.script("last " + Wire.THEIRS);
            log.awaitLast();

            byte[] stream = log.stream();
            String digest = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(stream));
            assertEquals(told, stream.length + " " + digest);
            assertEquals(0, device.stats().snapshot().receiveDropped());
            List<FrameLog.Entry> entries = log.entries();
            boolean joined = entries.stream().anyMatch(entry -> entry.segmentSize() != 0);
            boolean unsummed = entries.stream().anyMatch(FrameLog.Entry::checksumPending);
            if (superSegments) {
                tcpdump.expectSame(log.bytes());
                assertEquals(offloads.equals("on"), joined);
                assertEquals(offloads.equals("on"), unsummed);
            } else {
                assertTrue(!joined && !unsummed);
                for (FrameLog.Entry entry : entries) {
                    assertTrue(entry.length() <= 1514 && entry.checksumGood(), entry::toString);
                }
            }
        }
    }

    /**
     * A sender that makes segments of more than 64 KiB ("BIG TCP"): a packet of a length that its own header cannot tell is
     * dropped whole, and counted. What is delivered is never short.
     */
    @Test
    void shouldDropWhatIsLongerThanAnIpPacket() throws Exception {
        wire.there("ip link set " + Wire.THEIRS + " gso_max_size 185000 gro_max_size 185000");
        wire.here("ip link set " + Wire.OURS + " gso_max_size 185000 gro_max_size 185000");
        wire.there("ip addr add fd98::2/64 dev " + Wire.THEIRS + " nodad");
        wire.here("ip addr add fd98::1/64 dev " + Wire.OURS + " nodad");
        FrameLog log = new FrameLog();
        try (AfPacket device = wire.open(wire.config().build())) {
            device.attach(log);

            exchange("fd98::1");
            wire.script("last " + Wire.THEIRS);
            log.awaitLast();

            long dropped = device.stats().dropped(DropReason.TOO_BIG);
            assertTrue(
                    dropped > 0, () -> "none was that long: " + device.stats().snapshot());
            assertEquals(dropped, device.stats().snapshot().receiveDropped());
            for (FrameLog.Entry entry : log.entries()) {
                assertTrue(entry.length() <= 14 + 65_535, entry::toString);
            }
        }
    }

    /** One that is opened for all protocols would get the frames of all interfaces until it is bound to one. */
    @Test
    void shouldReceiveNothingBeforeItIsBound() throws Exception {
        FrameVector frames = new FrameVector(ByteBuffer.allocateDirect(4096), 1);
        frames.setIncoming(0, 0, 4096);
        try (PacketSocket socket = wire.inside(PacketSocket::open);
                RouteNetlink netlink = wire.inside(RouteNetlink::open)) {
            wire.script("last " + Wire.THEIRS);
            assertEquals(-Errno.EAGAIN, socket.receive(frames, 1));

            assertEquals(0, socket.bind(netlink.link(Wire.OURS).index()));
            wire.script("last " + Wire.THEIRS);
            Await.until("no frame", () -> socket.receive(frames, 1) == 1);
        }
    }

    /** The host here serves, the one there sends; the answer is length and hash of what arrived. */
    private String exchange(String address) throws Exception {
        Path output = Files.createTempFile("pktkit-wire", ".out");
        Process server = wire.start(wire.here, output, "serve " + address + " " + PORT);
        try {
            Wire.await(server, output, "ready");
            wire.script("push " + address + " " + PORT + " 1 " + STREAM);
            String told = Wire.await(server, output, "" + STREAM);
            return told.lines()
                    .filter(line -> line.startsWith("" + STREAM))
                    .findFirst()
                    .orElseThrow();
        } finally {
            server.destroyForcibly();
            Files.delete(output);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldReceiveWhatTheHostSendsOnlyIfTold(boolean outgoing) throws Exception {
        FrameLog log = new FrameLog();
        try (AfPacket device = wire.open(wire.config().outgoing(outgoing).build());
                Tcpdump tcpdump = new Tcpdump(wire.here, Wire.OURS, outgoing ? "inout" : "in")) {
            device.attach(log);

            wire.here("ping -n -c 3 -i 0.05 -W 10 " + Wire.THEIR_ADDRESS);
            wire.script("last " + Wire.THEIRS);
            log.awaitLast();

            tcpdump.expectSame(log.bytes());
            String own = device.macAddress().toString().replace(":", "");
            assertEquals(outgoing, log.bytes().stream().anyMatch(frame -> frame.startsWith(own, 12)));
        }
    }

    /** Each datagram once, those of a flow in order and on one thread; and more than one thread has work. */
    @Test
    void shouldShareFlowsAmongThreads() throws Exception {
        int flows = 64;
        int count = 200;
        FrameLog log = new FrameLog();
        try (AfPacket device = wire.open(wire.config().threads(4).build())) {
            device.attach(log);
            wire.there("ping -n -c 1 -W 10 " + Wire.OUR_ADDRESS);

            wire.script("flows " + Wire.OUR_ADDRESS + " " + flows + " " + count);
            wire.script("last " + Wire.THEIRS);
            log.awaitLast();

            Map<Integer, List<Integer>> numbers = new TreeMap<>();
            Map<Integer, TreeSet<String>> threads = new TreeMap<>();
            // The last frame may be ahead of those on another thread.
            Await.until(
                    () -> datagrams(log).size() + " datagrams",
                    () -> datagrams(log).size() >= flows * count);
            for (FrameLog.Entry entry : datagrams(log)) {
                int flow = Integer.parseInt(entry.bytes().substring(84, 92), 16);
                numbers.computeIfAbsent(flow, key -> new ArrayList<>())
                        .add(Integer.parseInt(entry.bytes().substring(92, 100), 16));
                threads.computeIfAbsent(flow, key -> new TreeSet<>()).add(entry.thread());
            }
            List<Integer> all = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                all.add(i);
            }
            assertEquals(flows, numbers.size());
            numbers.forEach((flow, seen) -> assertEquals(all, seen, "flow=" + flow));
            TreeSet<String> used = new TreeSet<>();
            threads.forEach((flow, names) -> {
                assertEquals(1, names.size(), "flow=" + flow + " threads=" + names);
                used.addAll(names);
            });
            assertTrue(used.size() > 1, "threads=" + used);
        }
    }

    /** Those of the flows: Ethernet, IPv4 and UDP before flow and number. */
    private static List<FrameLog.Entry> datagrams(FrameLog log) {
        return log.entries().stream()
                .filter(entry ->
                        entry.length() == 14 + 20 + 8 + 8 && entry.bytes().startsWith("11", 2 * (14 + 9)))
                .toList();
    }
}
