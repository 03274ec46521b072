// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.TestNet.FAR6;
import static io.pktkit.l2adapter.TestNet.HOST4;
import static io.pktkit.l2adapter.TestNet.HOST6;
import static io.pktkit.l2adapter.TestNet.LINK_LOCAL;
import static io.pktkit.l2adapter.TestNet.PEER4;
import static io.pktkit.l2adapter.TestNet.PEER6;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the host is told of neighbours that do not answer. */
class UnreachableTest {

    private final TestNet net = new TestNet();

    static Stream<IpAddress> peers() {
        return Stream.of(PEER4, PEER6);
    }

    @ParameterizedTest
    @MethodSource("peers")
    void shouldReportEachWaitingPacketAfterThreeSeconds(IpAddress peer) {
        net.emitTo(peer, 1);
        net.emitTo(peer, 2);
        net.advance(2.99);
        assertTrue(net.host.packets.isEmpty());

        net.advance(0.01);

        assertEquals(2, net.host.packets.size());
        assertEquals(2, net.dropped(DropReason.UNREACHABLE));
        Packet error = new Packet().wrap(ByteBuffer.wrap(net.host.packets.get(0)));
        int at = error.transportOffset();
        assertEquals(peer.isIpv4() ? 3 : 1, error.buffer().get(at));
        assertEquals(peer.isIpv4() ? 1 : 3, error.buffer().get(at + 1));
        assertEquals(TestNet.hostAddress(peer), error.source());
        assertEquals(TestNet.hostAddress(peer), error.destination());
        assertEquals(ChecksumStatus.VALID, error.verifyTransportChecksum());
        Packet quoted = new Packet().wrapQuoted(error.buffer(), at + 8, error.transportLength() - 8);
        assertEquals(peer, quoted.destination());
    }

    @Test
    void shouldNotReportWithoutIpv4Address() {
        TestNet bare = new TestNet("", "");
        bare.emitTo(PEER4, 1);

        bare.advance(5);

        assertTrue(bare.host.packets.isEmpty());
        assertEquals(1, bare.dropped(DropReason.UNREACHABLE));
    }

    @Test
    void shouldReportFromLinkLocalWithoutIpv6Address() {
        TestNet bare = new TestNet("", "");
        bare.emitTo(FAR6, 1);

        Packet error = new Packet().wrap(ByteBuffer.wrap(bare.host.packets.get(0)));
        assertEquals(LINK_LOCAL, error.source());
    }

    @Test
    void shouldLimitReportsToBurstOf16AndTenPerSecond() {
        for (int i = 0; i < 10; i++) {
            for (int j = 0; j < 16; j++) {
                net.emitTo(IpAddress.ofIpv4(HOST4.toIpv4Bits() + 10 + i), j);
            }
        }

        net.advance(3);
        assertEquals(16, net.host.packets.size());

        net.advance(1);
        for (int i = 0; i < 50; i++) {
            net.emitTo(FAR6, i);
        }
        assertEquals(26, net.host.packets.size(), "one limit for both families and all errors");
    }

    /** RFC 1122 section 3.2.2: never an error about an error; it must not cost a report that is due either. */
    @Test
    void shouldNotReportErrors() {
        net.emitTo(PEER4, 1);
        net.advance(3);
        byte[] error = net.host.packets.get(0);
        net.host.packets.clear();
        new Packet().wrap(ByteBuffer.wrap(error)).destination(PEER4).recomputeIpv4Checksum();

        for (int i = 0; i < 50; i++) {
            net.host.emit(ByteBuffer.wrap(error));
            net.advance(3);
        }

        assertTrue(net.host.packets.isEmpty(), () -> net.host.packets.size() + " reports");
    }

    @Test
    void shouldNotReportEvictedPackets() {
        TestNet large = new TestNet("10.0.0.1/8", HOST6 + "/64");
        for (int i = 0; i < 2000; i++) {
            large.emitTo(IpAddress.ofIpv4(0x0A10_0000 + i), i);
        }

        assertTrue(large.host.packets.isEmpty());
    }

    @ParameterizedTest
    @MethodSource("peers")
    void shouldAskAfreshAfterFailure(IpAddress peer) {
        net.emitTo(peer, 1);
        net.advance(3);
        net.take();

        net.emitTo(peer, 2);

        assertEquals(1, net.takeSolicitations());
        assertEquals(NeighborState.INCOMPLETE, net.state(peer));
    }
}
