// SPDX-License-Identifier: MIT
package io.pktkit.interop.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.Reassembler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Our fragments put together by Linux, and those of Linux by us. */
@NeedsPeer({"ip", "python3"})
@Timeout(300)
class FragmentTest {
    private static final int MTU = 1500;
    private static final int PORT = 4000;
    private static final Random RANDOM = new Random(Hosts.SEED);
    private static final BlockingQueue<byte[]> FROM_LINUX = new LinkedBlockingQueue<>();

    private static Hosts.TunHost linux;

    @BeforeAll
    static void bringUp() throws IOException {
        linux = new Hosts.TunHost(MTU);
        linux.tun.attach(packet -> FROM_LINUX.add(packet.toBytes()));
    }

    @AfterAll
    static void tearDown() {
        if (linux != null) {
            linux.close();
        }
    }

    /** The lengths are about one, two and many fragments, and the most that there is. Options are of type copied or not. */
    @ParameterizedTest
    @CsvSource({
        "IPV4, 1473, 1500, ''",
        "IPV4, 2952, 1500, ''",
        "IPV4, 2953, 577, ''",
        "IPV4, 300, 68, ''",
        "IPV4, 65507, 1500, ''",
        "IPV4, 5000, 1500, 94040000",
        "IPV4, 5000, 576, 94040000070b0400000000000000000001",
        "IPV6, 1453, 1500, ''",
        "IPV6, 1453, 1280, ''",
        "IPV6, 20000, 1281, ''",
        "IPV6, 65527, 1500, ''"
    })
    void shouldBePutTogetherByLinux(IpFamily family, int length, int mtu, String options) throws IOException {
        byte[] payload = randomBytes(length);
        try (Hosts.Script echo = echo(family, "")) {
            List<ByteBuffer> fragments = new ArrayList<>();
            Packet packet = new Packet().wrap(datagram(family, echo, payload, options));
            Fragmenter.Result result = new Fragmenter()
                    .fragment(packet, mtu, RANDOM.nextInt(), f -> fragments.add(ByteBuffer.wrap(f.toBytes())));
            assertEquals(Fragmenter.Result.FRAGMENTED, result);
            Collections.shuffle(fragments, RANDOM);

            for (ByteBuffer fragment : fragments) {
                assertTrue(fragment.remaining() <= mtu, "length " + fragment.remaining());
                assertTrue(linux.tun.send(new Packet().wrap(fragment)));
            }

            assertEquals(HexFormat.of().formatHex(payload), echo.expect("got"), "seed " + Hosts.SEED);
        }
    }

    /** What Linux cut, put together and cut again by us must be what Linux sent, byte for byte. */
    @ParameterizedTest
    @CsvSource({
        "IPV4, 1473, ''",
        "IPV4, 2952, ''",
        "IPV4, 2953, ''",
        "IPV4, 65507, ''",
        "IPV4, 5000, 94040000",
        "IPV6, 1453, ''",
        "IPV6, 2900, ''",
        "IPV6, 2905, ''",
        "IPV6, 65527, ''"
    })
    void shouldPutTogetherAndCutAsLinuxDoes(IpFamily family, int length, String options) throws Exception {
        byte[] payload = randomBytes(length);
        try (Hosts.Script echo = echo(family, options);
                Reassembler reassembler = new Reassembler()) {
            Packet ours = new Packet().wrap(datagram(family, echo, payload, ""));
            new Fragmenter().fragment(ours, MTU, RANDOM.nextInt(), linux.tun::send);
            int port = Objects.requireNonNull(ours.udp()).destinationPort();
            Map<Integer, List<String>> cutByLinux = new HashMap<>();
            int identification = 0;
            Packet whole = null;
            // What an earlier test has caused comes from another port.
            while (whole == null || sourcePort(whole) != port) {
                byte[] bytes = FROM_LINUX.poll(60, TimeUnit.SECONDS);
                assertNotNull(bytes, () -> "after " + cutByLinux + ", seed " + Hosts.SEED);
                Packet fragment = new Packet().wrap(ByteBuffer.wrap(bytes));
                if (fragment.isFragment()) {
                    identification = fragment.identification();
                    cutByLinux
                            .computeIfAbsent(identification, id -> new ArrayList<>())
                            .add(HexFormat.of().formatHex(bytes));
                    whole = reassembler.add(fragment, System.nanoTime());
                }
            }

            assertEquals(ChecksumStatus.VALID, whole.verifyTransportChecksum());
            assertEquals(IpProtocol.UDP, whole.protocol());
            int start = whole.transportOffset() + 8;
            ByteBuffer echoed = whole.buffer().duplicate().position(start).limit(start + length);
            assertEquals(ByteBuffer.wrap(payload), echoed, "seed " + Hosts.SEED);
            List<String> cutByUs = new ArrayList<>();
            new Fragmenter()
                    .fragment(
                            whole,
                            MTU,
                            identification,
                            f -> cutByUs.add(HexFormat.of().formatHex(f.toBytes())));
            assertEquals(cutByLinux.get(identification), cutByUs, "seed " + Hosts.SEED);
        }
    }

    private static int sourcePort(Packet packet) {
        return Objects.requireNonNull(packet.udp()).sourcePort();
    }

    private static Hosts.Script echo(IpFamily family, String options) throws IOException {
        return new Hosts.Script(linux.namespace, "echo.py", "" + Hosts.address(family, 1), options);
    }

    private static ByteBuffer datagram(IpFamily family, Hosts.Script echo, byte[] payload, String options)
            throws IOException {
        int port = Integer.parseInt(echo.expect("port"));
        ByteBuffer plain = PacketBuilder.udp(
                Hosts.address(family, 2), PORT, Hosts.address(family, 1), port, ByteBuffer.wrap(payload));
        byte[] words = HexFormat.of().parseHex(options);
        int padded = (words.length + 3) & ~3;
        if (padded > 0) {
            ByteBuffer with = ByteBuffer.allocate(plain.remaining() + padded);
            with.put(0, plain, 0, Packet.IPV4_HEADER_LENGTH);
            with.put(Packet.IPV4_HEADER_LENGTH, words);
            int header = Packet.IPV4_HEADER_LENGTH + padded;
            with.put(header, plain, Packet.IPV4_HEADER_LENGTH, plain.remaining() - Packet.IPV4_HEADER_LENGTH);
            with.put(0, (byte) (4 << 4 | header >>> 2));
            with.putShort(2, (short) with.capacity());
            plain = with;
        }
        Packet packet = new Packet().wrap(plain).dontFragment(false);
        packet.recomputeIpv4Checksum();
        return plain;
    }

    private static byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return bytes;
    }
}
