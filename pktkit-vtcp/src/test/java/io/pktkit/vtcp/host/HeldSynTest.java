// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpFailure;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeldSynTest {
    private static final long SECOND = 1_000_000_000L;

    private final HostPair pair = new HostPair();
    private final List<HeldSyn> held = new ArrayList<>();
    private final List<HeldSyn> cancelled = new ArrayList<>();
    private UnclaimedSynHandler.Verdict verdict = UnclaimedSynHandler.Verdict.HOLD;

    @BeforeEach
    void hold() {
        pair.right.setUnclaimedSynHandler(new UnclaimedSynHandler() {
            @Override
            public Verdict onUnclaimedSyn(TcpTuple tuple, long nowNanos) {
                return verdict;
            }

            @Override
            public void onHeld(HeldSyn syn, long nowNanos) {
                held.add(syn);
            }

            @Override
            public void onCancelled(HeldSyn syn, long nowNanos) {
                cancelled.add(syn);
            }
        });
    }

    @Test
    void shouldAnswerOnlyWhenAcceptedAndAbsorbRepeats() throws IOException {
        HostConnection client = pair.connect(80, new TcpEvents() {});
        pair.advance(10 * SECOND);
        assertEquals(1, held.size());
        assertFalse(client.isEstablished());

        HostConnection accepted = held.get(0).accept(TcpConfig.defaults(), new TcpEvents() {}, pair.now);
        pair.advance(SECOND);

        assertNotNull(accepted);
        assertTrue(client.isEstablished());
        assertTrue(accepted.isEstablished());
        assertNull(held.get(0).accept(TcpConfig.defaults(), new TcpEvents() {}, pair.now));
    }

    @Test
    void shouldRefuseLikeAClosedPort() throws IOException {
        HostConnection client = pair.connect(80, new TcpEvents() {});
        pair.run();
        held.get(0).refuse(pair.now);
        pair.run();

        assertEquals(TcpFailure.REFUSED, client.failure());
        assertEquals(0, pair.right.connections());
    }

    @Test
    void shouldWithdrawWhenTheClientResets() throws IOException {
        HostConnection client = pair.connect(80, new TcpEvents() {});
        pair.run();
        ByteBuffer reset = PacketBuilder.tcp(
                HostPair.LEFT,
                client.tuple().localPort(),
                HostPair.RIGHT,
                80,
                held.get(0).nextSequenceNumber(),
                0,
                TcpSegment.RST,
                0,
                ByteBuffer.allocate(0));
        pair.toRight(reset);

        assertEquals(held, cancelled);
        assertFalse(held.get(0).isPending());
        assertEquals(0, pair.right.connections());
        assertTrue(pair.toLeft.isEmpty());
    }

    @Test
    void shouldForgetAndJudgeTheRepeatAnew() throws IOException {
        pair.connect(80, new TcpEvents() {});
        pair.run();
        held.get(0).forget();
        pair.advance(2 * SECOND);

        assertEquals(2, held.size());
    }

    @Test
    void shouldFollowTheVerdict() throws IOException {
        verdict = UnclaimedSynHandler.Verdict.IGNORE;
        HostConnection client = pair.connect(80, new TcpEvents() {});
        pair.run();
        assertNull(client.failure());
        assertEquals(0, pair.right.connections());

        verdict = UnclaimedSynHandler.Verdict.REFUSE;
        pair.advance(2 * SECOND);
        assertEquals(TcpFailure.REFUSED, client.failure());
    }

    /** RFC 9293, 3.10.7.1: what a segment without a connection is answered with. */
    @ParameterizedTest
    @CsvSource({
        "RST, 4, -1, 0, 0",
        "RST+ACK, 20, -1, 0, 0",
        "ACK, 16, 4, 9000, 0",
        "SYN+ACK, 18, 4, 9000, 0",
        "FIN+ACK, 17, 4, 9000, 0",
        "none, 0, 20, 0, 5004",
        "FIN, 1, 20, 0, 5005",
        "SYN+FIN, 3, -1, 0, 0"
    })
    void shouldResetStrays(String name, int flags, int answer, int sequence, int acknowledgment) {
        List<TcpSegment> answers = new ArrayList<>();
        pair.loss = packet -> {
            boolean ours = packet.source().equals(HostPair.RIGHT);
            if (ours) {
                answers.add(packet.tcp());
            }
            return ours;
        };
        pair.toRight(
                PacketBuilder.tcp(HostPair.LEFT, 1, HostPair.RIGHT, 2, 5000, 9000, flags, 100, ByteBuffer.allocate(4)));

        assertEquals(answer < 0 ? 0 : 1, answers.size(), name);
        if (answer >= 0) {
            assertEquals(answer, answers.get(0).flags(), name);
            assertEquals(sequence, answers.get(0).sequenceNumber(), name);
            assertEquals(acknowledgment, answers.get(0).acknowledgmentNumber(), name);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "224.0.0.1,10.0.0.2",
        "255.255.255.255,10.0.0.2",
        "0.0.0.0,10.0.0.2",
        "10.0.0.1,224.0.0.1",
        "10.0.0.1,255.255.255.255"
    })
    void shouldSayNothingToManyOrToNobody(String from, String to) {
        pair.loss = packet -> {
            assertEquals(IpAddress.parse(from), packet.source());
            return false;
        };
        pair.toRight(PacketBuilder.tcp(
                IpAddress.parse(from), 1, IpAddress.parse(to), 2, 1, 1, 16, 9, ByteBuffer.allocate(0)));

        assertEquals(List.of(DropReason.MALFORMED), pair.drops);
    }

    @Test
    void shouldDropABadChecksum() {
        ByteBuffer packet =
                PacketBuilder.tcp(HostPair.LEFT, 1, HostPair.RIGHT, 2, 1, 1, TcpSegment.SYN, 9, ByteBuffer.allocate(4));
        packet.put(packet.limit() - 1, (byte) 1);
        pair.toRight(packet);

        assertEquals(List.of(DropReason.BAD_CHECKSUM), pair.drops);
        assertTrue(held.isEmpty());
    }
}
