// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.impair.Direction;
import io.pktkit.impair.ImpairedLink;
import io.pktkit.impair.Impairment;
import io.pktkit.impair.LinkStats;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.vtcp.EcnMode;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.TcpInfo.EcnFeedback;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Explicit congestion notification with Linux, over a link that marks packets each way. */
@NeedsPeer({"ip", "python3", "sysctl", "ss", "nstat"})
@Timeout(300)
class EcnTest {
    private static final int LENGTH = 4 << 20;
    private static final int PORT = 7000;
    private static final String CUBIC = "congestion=cubic";
    private static final double MARKS = 0.01;

    /** What both ends saw of one connection, over which each has sent the other a stream. */
    private record Outcome(
            TcpInfo ours, String socket, long ceAtLinux, long repeatedInVain, LinkStats toUs, LinkStats toLinux) {}

    @ParameterizedTest(name = "{0}, we dial {1}, ours {2}, tcp_ecn {3}: {4}")
    @CsvSource({
        "IPV4, true, CLASSIC, 1, CLASSIC",
        "IPV6, true, CLASSIC, 1, CLASSIC",
        "IPV4, true, CLASSIC, 2, CLASSIC",
        "IPV6, true, CLASSIC, 2, CLASSIC",
        "IPV4, true, CLASSIC, 0, NONE",
        "IPV4, true, PASSIVE, 1, NONE",
        "IPV4, true, OFF, 1, NONE",
        "IPV4, false, PASSIVE, 1, CLASSIC",
        "IPV6, false, PASSIVE, 1, CLASSIC",
        "IPV4, false, CLASSIC, 1, CLASSIC",
        "IPV4, false, ACCURATE, 1, CLASSIC",
        "IPV4, false, CLASSIC, 2, NONE",
        "IPV4, false, OFF, 1, NONE",
        // a kernel that knows the accurate kind and is told not to use it answers as one that does not
        "IPV4, true, ACCURATE, 1, CLASSIC",
        "IPV6, true, ACCURATE, 2, CLASSIC",
        "IPV4, true, ACCURATE, 0, NONE"
    })
    void shouldAgreeWithLinuxAndHeedMarks(
            IpFamily family, boolean weDial, EcnMode ours, int atLinux, EcnFeedback expected) throws IOException {
        Outcome outcome = exchange(
                family, weDial, ours, atLinux, Impairment.none().mark(MARKS).seed(Streams.SEED));

        TcpInfo.Ecn ecn = outcome.ours.ecn();
        assertAll(
                outcome.toString(),
                () -> assertEquals(expected, ecn.feedback()),
                () -> assertEquals(expected != EcnFeedback.NONE, ecn.capable()),
                () -> assertEquals(expected != EcnFeedback.NONE, outcome.socket.contains(" ecn ")),
                () -> assertEquals(expected != EcnFeedback.NONE, outcome.socket.contains(" ecnseen ")),
                () -> assertEquals(outcome.toUs.marked(), ecn.ceReceived(), "marks that reached us"),
                () -> assertEquals(outcome.toLinux.marked(), outcome.ceAtLinux, "marks that reached Linux"));
        if (expected == EcnFeedback.NONE) {
            assertEquals(0, outcome.toUs.marked() + outcome.toLinux.marked() + ecn.reductions(), outcome.toString());
        } else {
            assertTrue(outcome.toUs.marked() > 0 && outcome.toLinux.marked() > 0, outcome.toString());
            assertTrue(ecn.reductions() > 0, outcome.toString());
            assertTrue(ecn.deliveredCe() >= ecn.reductions(), outcome.toString());
            assertTrue(number(outcome.socket, "delivered_ce:") > 0, outcome.toString());
        }
    }

    /** A bottleneck that marks keeps its queue short without dropping anything. */
    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldRunWithoutLossThroughABottleneckThatMarks(IpFamily family) throws IOException {
        Impairment bottleneck =
                Impairment.none().delay(Duration.ofMillis(5)).rate(50_000_000).markBeyond(Duration.ofMillis(10));

        Outcome outcome = exchange(family, true, EcnMode.CLASSIC, 1, bottleneck);

        assertAll(
                outcome.toString(),
                () -> assertTrue(outcome.toLinux.marked() > 0, "marks that we caused"),
                () -> assertTrue(outcome.toUs.marked() > 0, "marks that Linux caused"),
                () -> assertTrue(outcome.ours.ecn().reductions() > 0, "reductions of ours"),
                () -> assertEquals(0, outcome.toLinux.overflowed() + outcome.toUs.overflowed(), "drops"),
                // A machine that is busy may let a timer of ours fire before the answer that waits is looked at.
                () -> assertTrue(
                        outcome.ours.counters().retransmissions() == 0 || outcome.repeatedInVain > 0,
                        "our repeats, none of which Linux had already"),
                () -> assertTrue(
                        outcome.ours.counters().timeouts() == 0 || outcome.repeatedInVain > 0, "our timeouts"));
    }

    private static Outcome exchange(IpFamily family, boolean weDial, EcnMode ours, int atLinux, Impairment impairment)
            throws IOException {
        EngineHost host = new EngineHost(TcpConfig.builder().ecn(ours).build(), IsnSource.random());
        try (TunNetwork network = new TunNetwork(1500, host)) {
            ImpairedLink<Packet> link = network.impair(impairment);
            network.run("sysctl -w net.ipv4.tcp_ecn=" + atLinux);
            EngineTransfer transfer = new EngineTransfer(LENGTH, Streams.SEED);
            String[] actions = {"eof", "send:" + LENGTH + ":" + Streams.SEED, "go"};
            if (!weDial) {
                host.accept(PORT, transfer);
            }
            try (LinuxPeer linux = weDial
                    ? network.listening(family, CUBIC, actions)
                    : network.connecting(family, PORT, CUBIC, actions)) {
                if (weDial) {
                    host.connect(TunNetwork.linux(family), linux.port(), transfer);
                } else {
                    linux.expect("connected");
                }
                assertEquals(LENGTH + " " + transfer.sent(), linux.expect("received"), "seed " + Streams.SEED);
                String sent = linux.expect("sent");
                String socket = network.run("ss -Htnio").replaceAll("\\s+", " ");
                linux.go();
                assertEquals(LENGTH + " " + sent, transfer.received(), "seed " + Streams.SEED);
                String counter = family == IpFamily.IPV4 ? "IpExtInCEPkts" : "Ip6InCEPkts";
                return new Outcome(
                        host.info(transfer),
                        socket,
                        number(network.run("nstat -asz " + counter), counter),
                        number(network.run("nstat -asz TcpExtTCPDSACKOldSent"), "TcpExtTCPDSACKOldSent"),
                        link.stats(Direction.SEND),
                        link.stats(Direction.RECEIVE));
            }
        }
    }

    /** The number that follows a name. */
    private static long number(String text, String name) {
        String digits = text.replaceAll("(?s).*" + name + "\\s*(\\d+).*", "$1");
        return digits.equals(text) ? 0 : Long.parseLong(digits);
    }
}
