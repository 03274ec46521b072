// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.pktkit.vtcp.EcnMode;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.TcpInfo.EcnFeedback;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ECN field between the IP headers and the connections of a host. */
class CongestionMarkTest {
    private static final int CE = 3;
    private static final long SECOND = 1_000_000_000L;
    private static final TcpConfig ACCURATE =
            TcpConfig.builder().ecn(EcnMode.ACCURATE).build();

    private final HostPair pair = new HostPair(TcpHostConfig.of(ACCURATE));

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1, 10.0.0.2, CLASSIC, CLASSIC",
        "10.0.0.1, 10.0.0.2, ACCURATE, ACCURATE",
        "fd00::1, fd00::2, CLASSIC, CLASSIC",
        "fd00::1, fd00::2, ACCURATE, ACCURATE"
    })
    void shouldCarryMarksInBothFamilies(String from, String to, EcnMode mode, EcnFeedback expected) throws IOException {
        TcpListener listener = pair.right.listen(null, null, 80, TcpListener.Options.DEFAULT, () -> {});
        TcpConfig asking = TcpConfig.builder().ecn(mode).build();
        HostConnection client = pair.left.connect(
                asking, IpAddress.parse(from), 0, IpAddress.parse(to), 80, new TcpEvents() {}, pair.now);
        pair.run();
        HostConnection server = listener.accept();
        assertNotNull(server);
        pair.loss = packet -> {
            if (packet.ecn() != 0) {
                packet.ecn(CE);
            }
            return false;
        };

        client.write(ByteBuffer.allocate(1000), pair.now);
        pair.advance(SECOND);

        assertEquals(expected, server.info().ecn().feedback());
        assertEquals(1, server.info().ecn().ceReceived());
        TcpInfo.Ecn sender = client.info().ecn();
        assertEquals(1, sender.deliveredCe());
        assertEquals(1, sender.reductions());
    }

    @Test
    void shouldRememberHowAHeldSynArrived() throws IOException {
        List<HeldSyn> held = new ArrayList<>();
        pair.right.setUnclaimedSynHandler(new UnclaimedSynHandler() {
            @Override
            public Verdict onUnclaimedSyn(TcpTuple tuple, long nowNanos) {
                return Verdict.HOLD;
            }

            @Override
            public void onHeld(HeldSyn syn, long nowNanos) {
                held.add(syn);
            }
        });
        List<Integer> answers = new ArrayList<>();
        pair.loss = packet -> {
            TcpSegment segment = packet.tcp();
            assertNotNull(segment);
            if (segment.has(TcpSegment.SYN | TcpSegment.ACK)) {
                answers.add(segment.flags() & (TcpSegment.AE | TcpSegment.CWR | TcpSegment.ECE));
            } else if (segment.has(TcpSegment.SYN)) {
                packet.ecn(CE);
            }
            return false;
        };

        pair.left.connect(ACCURATE, HostPair.LEFT, 0, HostPair.RIGHT, 80, new TcpEvents() {}, pair.now);
        pair.run();
        held.get(0).accept(ACCURATE, new TcpEvents() {}, pair.now);
        pair.run();

        assertEquals(List.of(TcpSegment.AE | TcpSegment.CWR), answers);
    }
}
