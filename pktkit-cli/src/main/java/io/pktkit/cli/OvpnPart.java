// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import io.pktkit.lab.LanConfig;
import io.pktkit.lab.control.ControlServer;
import io.pktkit.lab.ovpn.LanOvpn;
import io.pktkit.lab.ovpn.LanOvpnConfig;
import io.pktkit.lab.ovpn.OvpnVerbs;
import io.pktkit.ovpn.client.ClientListener;
import io.pktkit.ovpn.client.ConnectedClient;
import io.pktkit.ovpn.conf.ServerConf;
import io.pktkit.ovpn.pki.OvpnPki;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** An OpenVPN server whose clients are guests of the LAN. */
final class OvpnPart implements UpPart {
    private static final Duration SOON = Duration.ofDays(30);

    private final StatePart state;
    private final OffloadPart offload;

    @Option(
            names = "--ovpn",
            paramLabel = "DIR",
            description = {
                "Serve OpenVPN clients, stock ones, by the certificates of this folder, which 'pktkit ovpn init DIR' makes.",
                "They are guests of the LAN, apart from each other. Needs no root."
            })
    private @Nullable Path folder;

    @Option(
            names = "--ovpn-listen",
            paramLabel = "ADDRESS",
            description = "The address to bind for them. Default: all addresses of this host")
    private @Nullable String listen;

    @Option(
            names = "--ovpn-isolated",
            description = "Give each client a NAT of its own, with the LAN's addresses and nobody else in it.")
    private boolean isolated;

    @Option(
            names = "--ovpn-config",
            paramLabel = "FILE",
            description = {
                "The file of an OpenVPN server to do as it says, with its certificates or those of --ovpn. What it has",
                "that cannot be done is an error that names the line. The LAN has its subnet."
            })
    private @Nullable Path file;

    private @Nullable ServerConf conf;
    private @Nullable LanOvpn server;

    OvpnPart(StatePart state, OffloadPart offload) {
        this.state = state;
        this.offload = offload;
    }

    @Override
    public boolean attaches() {
        return folder != null || file != null || listen != null || isolated;
    }

    @Override
    public @Nullable IpPrefix subnet() throws UsageException {
        Path from = file;
        if (from == null) {
            return null;
        }
        try {
            ServerConf read = ServerConf.read(from);
            conf = read;
            IpPrefix own = read.subnet(IpFamily.IPV4);
            return own == null ? null : own.masked();
        } catch (IOException e) {
            throw new UsageException("--ovpn-config " + e.getMessage(), e);
        }
    }

    @Override
    public void configure(LanConfig.Builder config) throws UsageException {
        if (folder == null && file == null) {
            if (listen != null || isolated) {
                throw new UsageException(
                        "--ovpn-listen and --ovpn-isolated are about a server: give --ovpn DIR, made by"
                                + " 'pktkit ovpn init DIR'");
            }
        } else if (!isolated) {
            keepAddresses(config);
        }
    }

    /** The last quarter of the subnet, or what the file's pool needs. */
    private void keepAddresses(LanConfig.Builder config) throws UsageException {
        config.staticAddresses();
        ServerConf its = conf;
        IpPrefix subnet = its == null ? null : its.subnet(IpFamily.IPV4);
        if (its != null && subnet != null && !its.pool().isEmpty()) {
            int count = subnet.broadcast().toIpv4Bits() - its.pool().get(0).toIpv4Bits();
            Options.set("--ovpn-config", file + ": ifconfig-pool", () -> config.staticAddresses(count));
        }
    }

    @Override
    public void open(RunningLan running) throws UsageException {
        if (folder == null && file == null) {
            return;
        }
        LanOvpnConfig config = new LanOvpnConfig(folder, conf, address(), isolated, offload.mode(), new Told(running));
        ControlServer control = state.control(running);
        LanOvpn opened;
        try {
            opened = running.own(LanOvpn.open(running.lan(), config));
        } catch (IOException | IllegalArgumentException | IllegalStateException e) {
            throw new UsageException(
                    (file == null ? "--ovpn " + folder : "--ovpn-config " + file) + ": " + e.getMessage(), e);
        }
        OvpnVerbs.register(control, opened.server());
        running.endsWith(opened.server().done(), "the OpenVPN server has ended");
        server = opened;
    }

    private @Nullable IpAddress address() throws UsageException {
        String text = listen;
        try {
            return text == null ? null : IpAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--ovpn-listen " + text + ": " + e.getMessage(), e);
        }
    }

    @Override
    public List<String> ready() {
        LanOvpn running = server;
        if (running == null) {
            return List.of();
        }
        String protocol = running.isTcp() ? "TCP" : "UDP";
        return List.of("OpenVPN " + (isOnAll() ? "" : bound() + " ") + protocol + " port "
                + running.server().port());
    }

    @Override
    public List<String> hints() {
        LanOvpn running = server;
        if (running == null) {
            return List.of();
        }
        List<String> hints = new ArrayList<>();
        hints.add("OpenVPN " + (isOnAll() ? "on all addresses of this host" : "at " + bound()) + " for clients"
                + (isolated ? ", each with a NAT of its own" : ""));
        try {
            Optional<OvpnPki> pki = running.pki();
            if (pki.isPresent()) {
                clients(pki.get(), hints);
            }
        } catch (IOException e) {
            hints.add("warning: " + e.getMessage());
        }
        hints.add("show clients, send one away: pktkit ovpn show, pktkit ovpn kill NAME");
        return hints;
    }

    private boolean isOnAll() {
        return bound().isEmpty();
    }

    private String bound() {
        ServerConf its = conf;
        if (listen != null || its == null) {
            return listen == null ? "" : listen;
        }
        return its.local().stream().map(IpAddress::toString).collect(Collectors.joining(" "));
    }

    private static void clients(OvpnPki pki, List<String> hints) throws IOException {
        hints.add("their files say that this host is at " + pki.endpoint().host());
        List<String> names = pki.clients();
        for (String name : names) {
            hints.add("client " + name + ": file " + pki.clientFile(name));
        }
        if (names.isEmpty()) {
            hints.add("no clients yet: pktkit ovpn client " + pki.folder() + " NAME");
        }
        pki.warnings(SOON).forEach(line -> hints.add("warning: " + line));
    }

    private record Told(RunningLan running) implements ClientListener {

        @Override
        public void connected(ConnectedClient client) {
            IpPrefix address = client.settings().address(IpFamily.IPV4);
            running.say(
                    "joined: %s %s by OpenVPN from %s (%s)",
                    address == null ? "" : address.address(),
                    client.identity(),
                    client.remoteAddress(),
                    client.describe());
        }

        @Override
        public void disconnected(ConnectedClient client, String reason) {
            running.say("left: %s (%s)", client.identity(), reason);
        }
    }
}
