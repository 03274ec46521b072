// SPDX-License-Identifier: MIT
package io.pktkit.cli.ovpn;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.lab.control.ControlServer;
import io.pktkit.lab.ovpn.OvpnVerbs;
import io.pktkit.ovpn.OvpnServer;
import io.pktkit.ovpn.OvpnServerConfig;
import io.pktkit.ovpn.client.ClientListener;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.client.ConnectedClient;
import io.pktkit.ovpn.pki.OvpnEndpoint;
import io.pktkit.ovpn.pki.OvpnPki;
import io.pktkit.slirp.Slirp;
import io.pktkit.slirp.SlirpConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Serves the clients of a folder, each with a NAT of its own, until it is told to go. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        description = {
            "Serves the clients of a folder, without root, until Ctrl-C. Each has a NAT of its own: it reaches",
            "public addresses, of the host only what --allow-host opens, and no other client."
        })
final class ServeCommand implements Callable<Integer> {

    private static final System.Logger LOG = System.getLogger(ServeCommand.class.getName());

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "The folder that init made.")
    private Path folder = Path.of(".");

    @Option(
            names = "--listen",
            paramLabel = "ADDRESS",
            description = "The address to bind. Default: all addresses of this host")
    private @Nullable String listen;

    @Option(
            names = "--subnet",
            paramLabel = "PREFIX",
            defaultValue = "10.8.0.1/24",
            description = "The gateway's address and the clients' subnet. Default: ${DEFAULT-VALUE}")
    private String subnet = "";

    @Option(
            names = "--allow-host",
            paramLabel = "PORT",
            description =
                    "A port of the host's loopback that clients reach at the gateway. May be given more than once.")
    private List<Integer> allowed = List.of();

    @Option(
            names = "--redirect-gateway",
            description = "Tell clients to send all of their IPv4 traffic through the tunnel.")
    private boolean redirect;

    private PrintWriter out() {
        if (spec == null) {
            throw new IllegalStateException("made by picocli");
        }
        return spec.commandLine().getOut();
    }

    private void say(String line) {
        out().println(line);
        out().flush();
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        OvpnPki pki = OvpnPki.open(folder);
        pki.warnings(Duration.ofDays(30)).forEach(line -> say("warning: " + line));
        OvpnEndpoint endpoint = pki.endpoint();
        IpPrefix own = IpPrefix.parse(subnet);
        SlirpConfig.Builder nat = SlirpConfig.builder().address(own).mtu(1500);
        allowed.forEach(nat::allowHost);
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        Thread hook = new Thread(() -> {
            end.countDown();
            awaitQuietly(closed);
        });
        try (Slirp slirp = Slirp.open(nat.build());
                OvpnServer server = OvpnServer.tenants(config(pki, endpoint, own), slirp);
                ControlServer control = ControlServer.open(folder)) {
            OvpnVerbs.register(control, server);
            Runtime.getRuntime().addShutdownHook(hook);
            say("bound to " + (listen == null ? "all addresses of this host" : listen) + ", "
                    + (endpoint.tcp() ? "TCP" : "UDP") + " port " + endpoint.port());
            say(server.describe());
            say("show clients, send one away: pktkit ovpn show --state " + folder + ", pktkit ovpn kill NAME --state "
                    + folder);
            say("ready");
            awaitEnd(end, server.done());
        } finally {
            closed.countDown();
        }
        return 0;
    }

    /** Waits until it is told to go; fails if the server ends before, as it would be nobody's then. */
    static void awaitEnd(CountDownLatch told, CompletionStage<?> server) throws IOException, InterruptedException {
        AtomicBoolean gone = new AtomicBoolean();
        server.whenComplete((nothing, failure) -> {
            gone.set(told.getCount() > 0);
            told.countDown();
        });
        told.await();
        if (gone.get()) {
            throw new IOException("the OpenVPN server has ended");
        }
    }

    /** The process stays until all is closed, or a few seconds. */
    private static void awaitQuietly(CountDownLatch closed) {
        try {
            if (!closed.await(5, TimeUnit.SECONDS)) {
                LOG.log(System.Logger.Level.WARNING, "the server is not closed within 5 s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private OvpnServerConfig config(OvpnPki pki, OvpnEndpoint endpoint, IpPrefix own) throws IOException {
        DatagramConfig.Builder bound = DatagramConfig.builder().port(endpoint.port());
        if (listen != null) {
            bound.address(IpAddress.parse(listen));
        }
        ClientSettings.Builder pushed = ClientSettings.builder().dnsServer(own.address());
        if (redirect) {
            pushed.redirectGateway("def1");
        }
        OvpnServerConfig.Builder config = pki.serverConfig()
                .subnet(own)
                .push(pushed.build())
                .udp(endpoint.tcp() ? null : bound.build())
                .tcp(endpoint.tcp() ? bound.build() : null)
                .listener(new Told());
        return config.build();
    }

    private final class Told implements ClientListener {

        @Override
        public void connected(ConnectedClient client) {
            say(client.identity() + " connected from " + client.remoteAddress() + " (" + client.describe() + ")");
        }

        @Override
        public void disconnected(ConnectedClient client, String reason) {
            say(client.identity() + " gone: " + reason);
        }
    }
}
