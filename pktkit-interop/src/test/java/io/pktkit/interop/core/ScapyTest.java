// SPDX-License-Identifier: MIT
package io.pktkit.interop.core;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.interop.Await;
import io.pktkit.interop.Commands;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.PacketBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** What our accessors and checksums say about frames, compared with what scapy says. */
@NeedsPeer(value = "scapy", root = false)
@Timeout(300)
class ScapyTest {
    private static final int FRAMES = 600;
    private static final Random RANDOM = new Random(Hosts.SEED);

    /** With options, extension headers, fragments, tags, padding and wrong checksums. */
    @Test
    void shouldReadTheFramesOfScapyAsScapyDoes() throws IOException {
        compare("make", Long.toString(Hosts.SEED), Integer.toString(FRAMES));
    }

    @Test
    void shouldBuildFramesThatScapyReadsAsWeDo() throws IOException {
        Path file = Files.createTempFile("pktkit-frames", ".hex");
        try {
            List<String> lines = Stream.generate(() -> HexFormat.of().formatHex(build().array()))
                    .limit(FRAMES)
                    .toList();
            Files.write(file, lines);

            compare("read", file.toString());
        } finally {
            Files.delete(file);
        }
    }

    private static void compare(String... words) throws IOException {
        Path script = Hosts.unpack("scapy_fields.py");
        try {
            List<String> command = new ArrayList<>(List.of("/usr/bin/python3", "-W", "ignore", script.toString()));
            command.addAll(List.of(words));
            List<String> lines = Commands.run(Await.LIMIT, command)
                    .expectSuccess()
                    .output()
                    .lines()
                    .toList();

            assertEquals(FRAMES, lines.size());
            assertAll(lines.stream().map(line -> (Executable) () -> {
                String[] parts = line.split("\t", 2);
                Frame frame = new Frame().wrap(ByteBuffer.wrap(HexFormat.of().parseHex(parts[0])));
                assertEquals(parts[1], FrameFields.of(frame), () -> "seed " + Hosts.SEED + " frame " + parts[0]);
            }));
        } finally {
            Files.delete(script);
        }
    }

    private static ByteBuffer build() {
        IpFamily family = RANDOM.nextBoolean() ? IpFamily.IPV4 : IpFamily.IPV6;
        IpAddress source = address(family);
        IpAddress destination = address(family);
        byte[] payload = new byte[RANDOM.nextInt(3) == 0 ? RANDOM.nextInt(4) : RANDOM.nextInt(600)];
        RANDOM.nextBytes(payload);
        ByteBuffer data = ByteBuffer.wrap(payload);
        ByteBuffer packet = switch (RANDOM.nextInt(4)) {
            case 0 -> PacketBuilder.udp(source, word(), destination, word(), data);
            case 1 ->
                PacketBuilder.tcp(
                        source,
                        word(),
                        destination,
                        word(),
                        RANDOM.nextInt(),
                        RANDOM.nextInt(),
                        RANDOM.nextInt(1 << 9),
                        word(),
                        data);
            case 2 -> PacketBuilder.icmpEcho(source, destination, RANDOM.nextBoolean(), word(), word(), data);
            default -> PacketBuilder.ip(source, destination, 253, RANDOM.nextInt(256), data);
        };
        ByteBuffer frame = RANDOM.nextInt(8) == 0
                ? FrameBuilder.arp(
                        mac(), 1 + RANDOM.nextInt(2), mac(), address(IpFamily.IPV4), mac(), address(IpFamily.IPV4))
                : FrameBuilder.frame(mac(), mac(), family == IpFamily.IPV4 ? 0x0800 : 0x86DD, packet);
        return RANDOM.nextInt(3) == 0
                ? FrameBuilder.pushVlan(new Frame().wrap(frame), RANDOM.nextInt(4096), RANDOM.nextInt(8))
                : frame;
    }

    private static int word() {
        return RANDOM.nextInt(1 << 16);
    }

    private static MacAddress mac() {
        return MacAddress.of(RANDOM.nextLong() & 0xFFFF_FFFF_FFFFL);
    }

    private static IpAddress address(IpFamily family) {
        return family == IpFamily.IPV4
                ? IpAddress.ofIpv4(RANDOM.nextInt())
                : IpAddress.ofIpv6(0x2001_0db8_0000_0000L | RANDOM.nextInt() >>> 1, RANDOM.nextLong());
    }
}
