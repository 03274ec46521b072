// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.impair.Impairment;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpInfo;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/**
 * Transfers side by side: on each lane of an {@link ImpairedNetwork} one with the engine at its near end and one with
 * Linux there, all at the same time, so that both meet the same load of the machine. Every stream is compared by its
 * digest. The totals are compared and not the lanes, as chance rules over one flow on a lossy link.
 */
final class Race implements AutoCloseable {
    private final String control;
    private final int lanes;
    private final Duration time;
    private final ImpairedNetwork network;
    private final List<LinuxPeer> peers = new ArrayList<>();

    /**
     * What a race came to.
     *
     * @param ours goodput of the engine's flows in bit/s
     * @param linux goodput of those of Linux
     * @param infos what the engine knows of its flows
     */
    record Outcome(double ours, double linux, List<TcpInfo> infos) {
        double ratio() {
            return ours / linux;
        }

        @Override
        public String toString() {
            return String.format(
                            Locale.ROOT, "ours %.2f, Linux %.2f Mbit/s, ratio %.2f", ours / 1e6, linux / 1e6, ratio())
                    + told("retransmissions", info -> info.counters().retransmissions())
                    + told("fast recoveries", info -> info.counters().fastRecoveries())
                    + told("undos", info -> info.counters().undos())
                    + told("timeouts", info -> info.counters().timeouts());
        }

        private String told(String name, ToLongFunction<TcpInfo> counter) {
            return ", " + name + " " + infos.stream().mapToLong(counter).sum();
        }
    }

    private record Flow(long bytes, long nanos) {}

    /** Sets up the lanes; all senders of Linux use one congestion control. */
    Race(TcpConfig config, String control, Impairment impairment, int lanes, Duration time) throws IOException {
        this.control = "congestion=" + control;
        this.lanes = lanes;
        this.time = time;
        this.network = new ImpairedNetwork(
                config,
                IntStream.range(0, lanes)
                        .mapToObj(lane -> impairment.seed(Streams.SEED + lane))
                        .toList());
    }

    /** Lets every Linux end ask for ECN. */
    void useEcn() {
        network.runNear("sysctl -w net.ipv4.tcp_ecn=1");
        network.runFar("sysctl -w net.ipv4.tcp_ecn=1");
    }

    /** Lets the near ends send. */
    Outcome up() throws IOException {
        List<LinuxPeer> toEngine = listen(true, "meter", "info");
        List<LinuxPeer> toLinux = listen(false, "meter");
        List<LinuxPeer> senders = connect(toLinux, "go", "flow:" + seconds() + ":" + Streams.SEED);
        start(senders);
        List<EngineTransfer> engines = new ArrayList<>();
        for (int lane = 0; lane < lanes; lane++) {
            EngineTransfer transfer = EngineTransfer.lasting(time, Streams.SEED);
            network.engine(lane)
                    .connect(ImpairedNetwork.far(lane, true), toEngine.get(lane).port(), transfer);
            engines.add(transfer);
        }
        List<Flow> ours = new ArrayList<>();
        List<Flow> linux = new ArrayList<>();
        List<TcpInfo> infos = new ArrayList<>();
        for (int lane = 0; lane < lanes; lane++) {
            EngineTransfer engine = engines.get(lane);
            String sent = engine.sent();
            ours.add(metered(toEngine.get(lane), engine.sentBytes() + " " + sent));
            TcpInfo info = network.engine(lane).info(engine);
            LinuxInfo.parse(toEngine.get(lane).expect("info")).assertAgrees(info, engine.sentBytes(), 0);
            infos.add(info);
            linux.add(metered(toLinux.get(lane), senders.get(lane).expect("sent")));
        }
        return new Outcome(rate(ours), rate(linux), infos);
    }

    /** Lets the far ends send. */
    Outcome down() throws IOException {
        String[] sending = {"go", "flow:" + seconds() + ":" + Streams.SEED};
        List<LinuxPeer> toEngine = listen(true, sending);
        List<LinuxPeer> toLinux = listen(false, sending);
        List<LinuxPeer> receivers = connect(toLinux, "meter");
        List<EngineTransfer> engines = new ArrayList<>();
        for (int lane = 0; lane < lanes; lane++) {
            EngineTransfer transfer = new EngineTransfer(0, Streams.SEED);
            network.engine(lane)
                    .connect(ImpairedNetwork.far(lane, true), toEngine.get(lane).port(), transfer);
            engines.add(transfer);
        }
        start(toEngine);
        start(toLinux);
        List<Flow> ours = new ArrayList<>();
        List<Flow> linux = new ArrayList<>();
        List<TcpInfo> infos = new ArrayList<>();
        for (int lane = 0; lane < lanes; lane++) {
            EngineTransfer engine = engines.get(lane);
            String received = engine.received();
            assertEquals(toEngine.get(lane).expect("sent"), received, "seed " + Streams.SEED);
            ours.add(new Flow(Long.parseLong(received.split(" ", 2)[0]), engine.receivingNanos()));
            infos.add(network.engine(lane).info(engine));
            linux.add(metered(receivers.get(lane), toLinux.get(lane).expect("sent")));
        }
        return new Outcome(rate(ours), rate(linux), infos);
    }

    private String seconds() {
        return Double.toString(time.toMillis() / 1e3);
    }

    private List<LinuxPeer> listen(boolean forEngine, String... actions) throws IOException {
        List<LinuxPeer> started = new ArrayList<>();
        for (int lane = 0; lane < lanes; lane++) {
            started.add(keep(network.listening(lane, forEngine, control, actions)));
        }
        return started;
    }

    private List<LinuxPeer> connect(List<LinuxPeer> to, String... actions) throws IOException {
        List<LinuxPeer> started = new ArrayList<>();
        for (int lane = 0; lane < lanes; lane++) {
            started.add(keep(network.connecting(lane, to.get(lane).port(), control, actions)));
        }
        for (LinuxPeer peer : started) {
            peer.expect("connected");
        }
        return started;
    }

    private LinuxPeer keep(LinuxPeer peer) {
        peers.add(peer);
        return peer;
    }

    private static void start(List<LinuxPeer> senders) throws IOException {
        for (LinuxPeer sender : senders) {
            sender.go();
        }
    }

    private static Flow metered(LinuxPeer receiver, String sent) throws IOException {
        String[] words = receiver.expect("metered").split(" ", 3);
        assertEquals(sent, words[0] + " " + words[1], "seed " + Streams.SEED);
        return new Flow(Long.parseLong(words[0]), Long.parseLong(words[2]));
    }

    private static double rate(List<Flow> flows) {
        long bytes = flows.stream().mapToLong(Flow::bytes).sum();
        long nanos = flows.stream().mapToLong(Flow::nanos).sum();
        return bytes * 8e9 * flows.size() / nanos;
    }

    @Override
    public void close() {
        peers.forEach(LinuxPeer::close);
        network.close();
    }
}
