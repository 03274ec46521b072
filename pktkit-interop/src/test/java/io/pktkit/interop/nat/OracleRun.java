// SPDX-License-Identifier: MIT
package io.pktkit.interop.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.policy.Prefix64;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.Reassembler;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * One sequence of packets for two NATs, each of which knows hosts by outside ports of its own: segments, datagrams and pings
 * both ways, whole or in fragments, errors about those that went through, and forwards.
 */
final class OracleRun {

    static final IpAddress PUBLIC = IpAddress.parse("203.0.113.1");
    private static final List<IpAddress> REMOTES =
            List.of(IpAddress.parse("198.51.100.7"), IpAddress.parse("198.51.100.8"), IpAddress.parse("192.0.2.33"));
    private static final IpAddress ROUTER = IpAddress.parse("198.51.100.250");
    private static final int[] PROTOCOLS = {IpProtocol.TCP, IpProtocol.UDP, IpProtocol.ICMP};
    private static final int[] FLAGS = {
        TcpSegment.SYN,
        TcpSegment.SYN,
        TcpSegment.ACK,
        TcpSegment.ACK | TcpSegment.PSH,
        TcpSegment.FIN | TcpSegment.ACK,
        TcpSegment.RST
    };

    /** Whether a difference between what another NAT sends and what ours does is right, by a sentence of an RFC. */
    interface Differences {
        boolean isKnown(String step, List<String> theirs, List<String> ours);
    }

    /** A flow: whose, with whom. The kind is 0 for TCP, 1 for UDP, 2 for pings. */
    private record Flow(int kind, int host, int port, IpAddress remote, int remotePort) {
        String owner() {
            return host + ":" + port;
        }

        String key() {
            return kind + " " + owner();
        }

        @Override
        public String toString() {
            return (kind == 0 ? "tcp " : kind == 1 ? "udp " : "icmp ") + owner() + " " + remote + ":" + remotePort;
        }
    }

    /** What went through both NATs, as it came out of each. */
    private record Passed(Flow flow, boolean out, List<byte[]> sent) {}

    private record Forward(int protocol, int outsidePort, int host, int port) {}

    private final Random random;
    private final long seed;
    private final boolean six;
    private final Differences differences;
    private final OracleSubject[] subjects;
    private final List<OracleLine> lines = List.of(new OracleLine(), new OracleLine());
    private final List<Map<String, Integer>> byHost = List.of(new HashMap<>(), new HashMap<>());
    private final List<Passed> passed = new ArrayList<>();
    private final List<Forward> forwards = new ArrayList<>();

    private int number;
    int compared;
    int forwarded;
    int fragments;
    int errors;
    int forwardsMade;

    OracleRun(long seed, boolean six, Differences differences, OracleSubject theirs, OracleSubject ours) {
        this.seed = seed;
        this.differences = differences;
        this.six = six;
        this.random = new Random(seed);
        this.subjects = new OracleSubject[] {theirs, ours};
    }

    private IpAddress host(int index) {
        return IpAddress.parse(six ? "64:ff9b:1::" + (index + 2) : "10.0.0." + (index + 2));
    }

    private IpAddress seenInside(IpAddress remote) {
        return six ? Prefix64.WELL_KNOWN.embed(remote) : remote;
    }

    private Flow flow() {
        return new Flow(
                random.nextInt(3),
                random.nextInt(3),
                2000 + random.nextInt(6),
                REMOTES.get(random.nextInt(REMOTES.size())),
                80 + random.nextInt(3));
    }

    /** A packet of a flow as one of the NATs is to get it; null if that has no port for it to come in by. */
    private @Nullable ByteBuffer packet(int i, Flow flow, boolean out, int flags, int length, int ttl) {
        Integer outside = byHost.get(i).get(flow.key());
        if (!out && outside == null) {
            return null;
        }
        ByteBuffer body = ByteBuffer.allocate(length);
        for (int at = 0; at < length; at++) {
            body.put(at, (byte) (at * 7 + number));
        }
        IpAddress from = out ? host(flow.host) : flow.remote;
        IpAddress to = out ? seenInside(flow.remote) : PUBLIC;
        int fromPort = out ? flow.port : flow.remotePort;
        int toPort = outside == null || out ? flow.remotePort : outside;
        ByteBuffer packet = switch (flow.kind) {
            case 0 -> PacketBuilder.tcp(from, fromPort, to, toPort, number, 7, flags, 8192, body);
            case 1 -> PacketBuilder.udp(from, fromPort, to, toPort, body);
            default -> PacketBuilder.icmpEcho(from, to, out, out ? flow.port : toPort, number & 0xFFFF, body);
        };
        new Packet().wrap(packet).hopLimit(ttl).recomputeIpv4Checksum();
        return packet;
    }

    /** Segments, datagrams and pings, some on their last hop. */
    void plain(int step) throws IOException {
        number = step;
        Flow flow = flow();
        boolean out = random.nextInt(3) > 0;
        int flags = FLAGS[random.nextInt(FLAGS.length)];
        int length = random.nextInt(60);
        int ttl = random.nextInt(12) == 0 ? 1 : 2 + random.nextInt(60);
        whole(flow, out, flags, length, ttl);
    }

    private void whole(Flow flow, boolean out, int flags, int length, int ttl) throws IOException {
        String step = (out ? "out " : "in ") + flow + ((flags & TcpSegment.SYN) != 0 ? " SYN" : "") + " ttl " + ttl;
        List<ByteBuffer> packets = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            ByteBuffer packet = packet(i, flow, out, flags, length, ttl);
            if (packet == null) {
                return;
            }
            packets.add(packet);
        }
        List<List<String>> sent = give(out, packets, flow, step);
        if (sent.get(0).size() == 1
                && sent.get(1).size() == 1
                && !OracleLine.isError(sent.get(1).get(0))) {
            passed.add(new Passed(
                    flow,
                    out,
                    sent.stream().map(each -> OracleLine.bytes(each.get(0))).toList()));
        }
    }

    /** Gives each NAT its packet and compares what they send. */
    private List<List<String>> give(boolean inside, List<ByteBuffer> packets, @Nullable Flow learn, String step)
            throws IOException {
        List<List<String>> results = new ArrayList<>();
        List<List<String>> normal = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            List<String> sent = subjects[i].give(inside, packets.get(i));
            List<String> text = new ArrayList<>();
            for (String line : sent) {
                if (learn != null && inside && line.startsWith("o")) {
                    learn(i, line, learn);
                }
                text.add(lines.get(i).normal(line));
            }
            results.add(sent);
            normal.add(text);
        }
        compared++;
        forwarded += results.get(1).isEmpty() ? 0 : 1;
        if (!normal.get(0).equals(normal.get(1))) {
            assertTrue(
                    differences.isKnown(step, normal.get(0), normal.get(1)),
                    () -> context(step) + "\ntheirs " + normal.get(0) + "\nours   " + normal.get(1));
        }
        return results;
    }

    private String context(String step) {
        return "seed=" + seed + " number=" + number + " " + step;
    }

    private void learn(int i, String line, Flow flow) {
        int outside = OracleLine.sourcePort(line);
        if (outside >= 0) {
            lines.get(i).learn(PROTOCOLS[flow.kind], outside, flow.owner());
            byHost.get(i).put(flow.key(), outside);
        }
    }

    /** A datagram, segment or ping in fragments, in any order, some lost and some twice. */
    void fragmented(int step) throws IOException {
        number = step;
        Flow flow = flow();
        boolean out = random.nextInt(3) > 0;
        int length = 100 + random.nextInt(300);
        int flags = random.nextInt(3) == 0 ? TcpSegment.SYN : TcpSegment.ACK;
        int ttl = random.nextInt(20) == 0 ? 1 : 2 + random.nextInt(60);
        int size = 24 + 8 * random.nextInt(12);
        List<List<ByteBuffer>> pieces = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            ByteBuffer whole = packet(i, flow, out, flags, length, ttl);
            if (whole == null) {
                return;
            }
            pieces.add(OracleLine.cut(whole, size, 1 + number));
        }
        List<Integer> order = new ArrayList<>();
        for (int at = 0; at < pieces.get(0).size(); at++) {
            order.add(at);
        }
        if (random.nextBoolean()) {
            Collections.shuffle(order, random);
        }
        boolean lost = random.nextInt(6) == 0 && order.size() > 1;
        if (lost) {
            int which = random.nextInt(order.size());
            order.subList(which, which + 1).clear();
        }
        int twice = random.nextInt(5) == 0 ? order.get(random.nextInt(order.size())) : -1;
        List<byte[]> ours = new ArrayList<>();
        lines.forEach(OracleLine::newDatagram);
        for (int at : order) {
            for (int times = at == twice ? 2 : 1; times > 0; times--) {
                String name = (out ? "out " : "in ") + flow + ((flags & TcpSegment.SYN) != 0 ? " SYN" : "")
                        + (twice >= 0 ? OracleDifferences.WITH_DUPLICATE : "") + " fragment " + at + " of "
                        + pieces.get(0).size()
                        + " ttl " + ttl;
                List<ByteBuffer> each =
                        List.of(pieces.get(0).get(at), pieces.get(1).get(at));
                for (String line : give(out, each, flow, name).get(1)) {
                    ours.add(OracleLine.bytes(line));
                }
                fragments++;
            }
        }
        if (!lost && ours.size() == order.size() && !ours.isEmpty() && ttl > 1) {
            assertEquals(ChecksumStatus.VALID, reassembled(ours), () -> context("the datagram as it arrives: " + flow));
        }
    }

    private static @Nullable ChecksumStatus reassembled(List<byte[]> pieces) {
        try (Reassembler reassembler = new Reassembler()) {
            for (byte[] each : pieces) {
                Packet whole = reassembler.add(new Packet().wrap(ByteBuffer.wrap(each)), 1);
                if (whole != null) {
                    return whole.verifyTransportChecksum();
                }
            }
        }
        return null;
    }

    private static final int[][] ERRORS = {
        {3, 0}, {3, 1}, {3, 3}, {3, 4}, {3, 13}, {11, 0}, {11, 1}, {12, 0}, {4, 0}, {5, 1}
    };
    private static final int[][] ERRORS_V6 = {
        {1, 0}, {1, 1}, {1, 3}, {1, 4}, {2, 0}, {3, 0}, {3, 1}, {4, 0}, {4, 1}, {4, 2}
    };

    /** An error about a packet that went through: from a router or its receiver, some of them forged or damaged. */
    void error(int step) throws IOException {
        number = step;
        if (passed.isEmpty()) {
            return;
        }
        Passed about = passed.get(random.nextInt(passed.size()));
        boolean inside = !about.out;
        boolean v6 = inside && six;
        int[] type = v6 ? ERRORS_V6[random.nextInt(ERRORS_V6.length)] : ERRORS[random.nextInt(ERRORS.length)];
        boolean router = random.nextBoolean();
        int quote =
                random.nextInt(3) == 0 ? 1000 : (v6 ? 48 : 28) + random.nextInt(12) - (random.nextInt(4) == 0 ? 8 : 0);
        int damage = random.nextInt(8);
        int rest = (type[0] == 3 && type[1] == 4 && !v6) || type[0] == 2 ? 1280 + random.nextInt(300) : 0;
        if (type[0] == 12) {
            rest = (new int[] {0, 1, 2, 4, 6, 8, 9, 12, 16, 20})[random.nextInt(10)] << 24;
        } else if (type[0] == 4 && v6) {
            rest = (new int[] {0, 1, 4, 6, 7, 8, 24, 40})[random.nextInt(8)];
        }
        List<ByteBuffer> packets = new ArrayList<>();
        for (byte[] each : about.sent) {
            byte[] quoted = Arrays.copyOf(each, Math.min(quote, each.length));
            Packet view = new Packet().wrapQuoted(ByteBuffer.wrap(quoted), 0, quoted.length);
            IpAddress from = inside ? router ? host(77) : view.destination() : router ? ROUTER : about.flow.remote;
            if (damage == 0 && quoted.length > (v6 ? 40 : 20)) {
                quoted[v6 ? 40 : 20] ^= (byte) 0x40; // a port, or the type, of something that nobody sent
            }
            ByteBuffer packet =
                    PacketBuilder.icmp(from, view.source(), type[0], type[1], rest, ByteBuffer.wrap(quoted));
            if (damage == 1) {
                packet.put(v6 ? 43 : 23, (byte) (packet.get(v6 ? 43 : 23) ^ 1));
            }
            packets.add(packet);
        }
        errors++;
        String what = (inside ? "out " : "in ") + "error " + type[0] + "/" + type[1] + " rest " + rest + " quotes "
                + quote + " damage " + damage + " about " + about.flow;
        give(inside, packets, null, what);
    }

    /** A forward is made or ended, or somebody comes in by one. */
    void forward(int step) throws IOException {
        number = step;
        int what = random.nextInt(4);
        if (what == 0 && !forwards.isEmpty()) {
            withdraw(forwards.remove(random.nextInt(forwards.size())));
        } else if (what == 1 || forwards.isEmpty()) {
            make();
        } else {
            Forward by = forwards.get(random.nextInt(forwards.size()));
            Flow flow = new Flow(
                    by.protocol == IpProtocol.TCP ? 0 : 1,
                    by.host,
                    by.port,
                    REMOTES.get(random.nextInt(REMOTES.size())),
                    700 + random.nextInt(4));
            for (Map<String, Integer> each : byHost) {
                each.put(flow.key(), by.outsidePort);
            }
            whole(flow, false, TcpSegment.SYN, random.nextInt(60), 9);
        }
    }

    private void make() throws IOException {
        Flow flow = flow();
        int kind = random.nextInt(2);
        int port = 100 + random.nextInt(8);
        Forward forward = new Forward(PROTOCOLS[kind], port, flow.host, flow.port);
        // Of a port that leads to the host already, the port moves the forward; who asks us for that ends it first.
        for (Forward each : forwards) {
            if (each.protocol == forward.protocol && each.outsidePort == port && each.port != flow.port) {
                return;
            }
        }
        boolean[] made = new boolean[2];
        for (int i = 0; i < 2; i++) {
            made[i] = subjects[i].forward(forward.protocol, port, host(flow.host), flow.port);
        }
        assertEquals(made[0], made[1], () -> context("theirs " + made[0] + " ours " + made[1] + " " + forward));
        if (made[1]) {
            forwards.removeIf(each -> each.protocol == forward.protocol && each.outsidePort == port);
            forwards.add(forward);
            forwardsMade++;
            lines.forEach(each -> each.learn(forward.protocol, port, flow.owner()));
        }
    }

    private void withdraw(Forward forward) throws IOException {
        for (OracleSubject each : subjects) {
            each.withdraw(forward.protocol, forward.outsidePort);
        }
        String key = (forward.protocol == IpProtocol.TCP ? 0 : 1) + " " + forward.host + ":" + forward.port;
        byHost.forEach(each -> each.remove(key, forward.outsidePort));
    }
}
