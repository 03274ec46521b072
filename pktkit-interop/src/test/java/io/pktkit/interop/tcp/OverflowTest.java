// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.impair.Impairment;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A Linux server that accepts nobody and whose queue is full, with {@code tcp_abort_on_overflow}. */
@NeedsPeer({"ip", "python3", "sysctl"})
@Timeout(300)
class OverflowTest {
    private static final int LENGTH = 10_000;
    private static final int BACKLOG = 4;
    /** Linux lets one more wait than it was told. */
    private static final int ACCEPTED = BACKLOG + 1;

    /** These wait before the others come, of which as many as the backlog are half-open at once without a cookie. */
    private static final int EARLY = BACKLOG - 1;

    /** Far enough that the late ones are all answered before the first of them waits. */
    private static final Impairment FAR = Impairment.none().delay(Duration.ofMillis(300));

    private EngineHost host;
    private TunNetwork network;

    @BeforeEach
    void bringUp() throws IOException {
        TcpConfig config =
                TcpConfig.builder().userTimeout(Duration.ofSeconds(6)).build();
        host = new EngineHost(config, IsnSource.random());
        network = new TunNetwork(1500, host);
        network.impair(FAR);
        network.run("sysctl -w net.ipv4.tcp_abort_on_overflow=1");
    }

    @AfterEach
    void tearDown() {
        network.close();
    }

    private List<EngineTransfer> dial(int count, IpFamily family, int port) throws IOException {
        List<EngineTransfer> dialled = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            EngineTransfer transfer = new EngineTransfer(LENGTH, Streams.SEED);
            host.connect(TunNetwork.linux(family), port, transfer);
            dialled.add(transfer);
        }
        return dialled;
    }

    private void awaitCounter(String name, int least) throws IOException {
        try (LinuxPeer counter = network.peer("await", name, Integer.toString(least))) {
            counter.expect("counted");
        }
    }

    private LinuxPeer listening(IpFamily family) throws IOException {
        return network.listening(
                family,
                "backlog=" + BACKLOG + " hold=1 times=" + ACCEPTED,
                "eof",
                "send:" + LENGTH + ":" + Streams.SEED);
    }

    /** The last step of a handshake finds the queue full: we were connected for a moment, and are told the truth. */
    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldTellThatLinuxResetWhatItsQueueCannotHold(IpFamily family) throws IOException {
        try (LinuxPeer linux = listening(family)) {
            int port = linux.port();
            List<EngineTransfer> clients = dial(EARLY, family, port);
            for (EngineTransfer early : clients) {
                early.sent();
            }
            clients.addAll(dial(BACKLOG, family, port));
            awaitCounter("ListenOverflows", EARLY + BACKLOG - ACCEPTED);
            linux.go();

            String accepted = compareStreams(linux, clients.get(0));
            List<String> outcomes = new ArrayList<>();
            for (EngineTransfer client : clients) {
                outcomes.add(outcome(client));
            }

            assertEquals(EARLY + BACKLOG - ACCEPTED, count(outcomes, "RESET"), outcomes::toString);
            assertEquals(ACCEPTED, count(outcomes, accepted), outcomes::toString);
        }
    }

    /** Linux does not even answer a SYN while the queue is full: nothing but the time limit can tell. */
    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldGiveUpWhenLinuxDoesNotAnswer(IpFamily family) throws IOException {
        try (LinuxPeer linux = listening(family)) {
            int port = linux.port();
            List<EngineTransfer> clients = dial(EARLY, family, port);
            for (EngineTransfer early : clients) {
                early.sent();
            }
            clients.addAll(dial(ACCEPTED - EARLY, family, port));
            for (EngineTransfer early : clients) {
                early.sent();
            }
            EngineTransfer tooMuch = dial(1, family, port).get(0);

            IOException failure = assertThrows(IOException.class, tooMuch::sent);

            assertTrue(String.valueOf(failure.getMessage()).contains("TIMED_OUT"), failure.toString());
            awaitCounter("ListenDrops", 1);
            linux.go();
            String accepted = compareStreams(linux, clients.get(0));
            for (EngineTransfer client : clients) {
                assertEquals(accepted, client.received(), "seed " + Streams.SEED);
            }
        }
    }

    /** All clients send the same, and Linux the same to all: gives what each of them is to receive. */
    private static String compareStreams(LinuxPeer linux, EngineTransfer client) throws IOException {
        String sent = "";
        for (int i = 0; i < ACCEPTED; i++) {
            assertEquals(LENGTH + " " + client.sent(), linux.expect("received"), "seed " + Streams.SEED);
            sent = linux.expect("sent");
        }
        linux.expect("done");
        return LENGTH + " " + sent;
    }

    private static String outcome(EngineTransfer transfer) {
        try {
            return transfer.received();
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static long count(List<String> outcomes, String part) {
        return outcomes.stream().filter(outcome -> outcome.contains(part)).count();
    }
}
