// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.device.DropReason;
import io.pktkit.device.Outbox;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 9293 section 3.10.7.2: what a listener answers, and what it drops; the rest is what port scanners look for. */
class ListenerProbeTest {
    @ParameterizedTest(name = "flags {0} to a listener of {1}: {2}")
    @CsvSource({
        "0x00, 10.0.0.1, drop",
        "0x01, 10.0.0.1, drop",
        "0x08, 10.0.0.1, drop",
        "0x20, 10.0.0.1, drop",
        "0x29, 10.0.0.1, drop",
        "0x04, 10.0.0.1, drop",
        "0x10, 10.0.0.1, reset",
        "0x11, 10.0.0.1, reset",
        "0x02, 10.0.0.1, answer",
        "0x00, fd00::1, drop",
        "0x01, fd00::1, drop",
        "0x29, fd00::1, drop",
        "0x10, fd00::1, reset",
        "0x02, fd00::1, answer"
    })
    void shouldAnswerOnlyWhatItMust(String flags, String address, String expected) throws IOException {
        assertEquals(expected, probe(Integer.decode(flags), address, 80));
    }

    @ParameterizedTest(name = "flags {0} to a closed port of {1}")
    @CsvSource({"0x00, 10.0.0.1", "0x01, 10.0.0.1", "0x29, 10.0.0.1", "0x00, fd00::1", "0x01, fd00::1"})
    void shouldResetWhereNobodyListens(String flags, String address) throws IOException {
        assertEquals("reset", probe(Integer.decode(flags), address, 81));
    }

    private static String probe(int flags, String address, int port) throws IOException {
        Outbox outbox = new Outbox();
        TcpHost host =
                new TcpHost(TcpHostConfig.of(TcpConfig.builder().build()), IsnSource.random(), PacketSink.of(outbox));
        host.listen(null, null, 80, TcpListener.Options.DEFAULT, () -> {});
        IpAddress self = IpAddress.parse(address);
        IpAddress peer = IpAddress.parse(self.isIpv4() ? "10.0.0.2" : "fd00::2");
        ByteBuffer none = ByteBuffer.allocate(0);
        DropReason reason =
                host.onPacket(new Packet().wrap(PacketBuilder.tcp(peer, 4000, self, port, 7, 9, flags, 1000, none)), 0);
        List<Packet> sent = new ArrayList<>();
        outbox.drainPackets(packet -> sent.add(new Packet().wrap(ByteBuffer.wrap(packet.toBytes()))));
        if (sent.isEmpty()) {
            Objects.requireNonNull(reason, "dropped, so there is a reason");
            return "drop";
        }
        return Objects.requireNonNull(sent.get(0).tcp()).has(TcpSegment.RST) ? "reset" : "answer";
    }
}
