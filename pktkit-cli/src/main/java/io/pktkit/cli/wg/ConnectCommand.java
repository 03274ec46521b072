// SPDX-License-Identifier: MIT
package io.pktkit.cli.wg;

import io.pktkit.cli.OutputCommand;
import io.pktkit.cli.UsageException;
import io.pktkit.lab.relay.RelaySpec;
import io.pktkit.lab.relay.RelaySpec.HostPort;
import io.pktkit.lab.wg.WgClient;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerListener;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wg.quick.WgQuickConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The client side of a tunnel, without root and without an interface. */
@Command(
        name = "connect",
        description = {
            "Brings up the tunnel of a wg-quick file in this process, without root, and leads ports through it.",
            "A host and names are those inside the tunnel for --forward and --socks, the host's own for --reverse."
        })
final class ConnectCommand extends OutputCommand implements Callable<Integer> {
    /** Time for an initiation and two repetitions, since a single one may be lost. */
    private static final int PATIENCE_SECONDS = 12;

    @Parameters(paramLabel = "FILE", description = "The file, such as phone.conf")
    private @Nullable Path file;

    @Option(
            names = "--forward",
            paramLabel = "[tcp:|udp:][ADDRESS:]PORT=HOST:PORT",
            description = "Let this port of the host, of loopback unless named, lead to a host inside. Repeatable.")
    private List<String> forward = List.of();

    @Option(
            names = "--reverse",
            paramLabel = "[tcp:|udp:][ADDRESS:]PORT=HOST:PORT",
            description = "Let this port of ours inside lead to what the host can reach. Repeatable.")
    private List<String> reverse = List.of();

    @Option(
            names = "--socks",
            paramLabel = "[ADDRESS:]PORT",
            description = "Speak SOCKS5 on this port of the host, of loopback unless named; names are resolved inside.")
    private @Nullable String socks;

    @Override
    public Integer call() throws UsageException, IOException, InterruptedException {
        List<RelaySpec> forwards = parse("--forward", forward, RelaySpec::parse);
        List<RelaySpec> reverses = parse("--reverse", reverse, RelaySpec::parse);
        List<HostPort> proxies =
                parse("--socks", socks == null ? List.of() : List.of(socks), text -> HostPort.parse(text, true));
        if (forwards.isEmpty() && reverses.isEmpty() && proxies.isEmpty()) {
            throw new UsageException("nothing would lead through the tunnel: give --forward, --reverse or --socks,"
                    + " such as --socks 1080");
        }
        Path path = Objects.requireNonNull(file, "file");
        WgQuickConfig config = TunnelFile.read(path);
        CountDownLatch down = new CountDownLatch(1);
        Teller teller = new Teller();
        try (WgClient client = open(path, config, teller);
                TunnelPorts ports = new TunnelPorts(client.client())) {
            if (!onStop(() -> takeDown(client, ports, down))) {
                return 0; // told to go while coming up
            }
            List<String> lines = new ArrayList<>();
            for (RelaySpec spec : forwards) {
                lines.add(ports.forward(spec));
            }
            for (RelaySpec spec : reverses) {
                lines.add(ports.reverse(spec));
            }
            for (HostPort proxy : proxies) {
                lines.add(ports.socks(proxy));
            }
            print("ready: tunnel of " + path + ", address "
                    + config.addresses().get(0).address() + ", UDP port "
                    + client.port().port());
            lines.forEach(this::print);
            print("stop with Ctrl-C");
            if (!down.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                teller.nameTheSilent(client.tunnel().peers().all());
                down.await();
            }
            return 0;
        }
    }

    private static boolean onStop(Runnable takeDown) {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(takeDown, "pktkit-shutdown"));
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    private static void takeDown(WgClient client, TunnelPorts ports, CountDownLatch down) {
        ports.close();
        client.close();
        down.countDown();
    }

    private static WgClient open(Path path, WgQuickConfig config, Teller teller) throws UsageException {
        try {
            return WgClient.open(config, teller);
        } catch (IOException | IllegalArgumentException e) {
            throw new UsageException(path + ": " + e.getMessage(), e);
        }
    }

    private static <T> List<T> parse(String option, List<String> texts, Function<String, T> parser)
            throws UsageException {
        List<T> parsed = new ArrayList<>();
        for (String text : texts) {
            try {
                parsed.add(parser.apply(text));
            } catch (IllegalArgumentException e) {
                throw new UsageException(option + " " + text + ": " + e.getMessage(), e);
            }
        }
        return parsed;
    }

    /** Says when a peer is there, and when it does not answer. */
    private final class Teller implements WgPeerListener {
        private final Set<WgPublicKey> connected = ConcurrentHashMap.newKeySet();

        @Override
        public void handshakeCompleted(WgPeer peer) {
            if (connected.add(peer.publicKey())) {
                print("connected: peer " + peer.publicKey() + " at " + peer.endpoint());
            }
        }

        @Override
        public void sessionLost(WgPeer peer) {
            connected.remove(peer.publicKey());
            print("no answer from " + named(peer));
        }

        /** A session that never was is told as lost after a minute and a half only. */
        private void nameTheSilent(List<WgPeer> peers) {
            for (WgPeer peer : peers) {
                if (peer.endpoint() != null && peer.stats().lastHandshake() == null) {
                    print("no answer yet from " + named(peer));
                }
            }
        }

        private static String named(WgPeer peer) {
            return "peer " + peer.publicKey() + " at " + peer.endpoint()
                    + ": is it there, is that its key, does it know ours, and do both have the same preshared key?";
        }
    }
}
