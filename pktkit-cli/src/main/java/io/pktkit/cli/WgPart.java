// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.lab.LanConfig;
import io.pktkit.lab.control.ControlServer;
import io.pktkit.lab.relay.RelaySpec.HostPort;
import io.pktkit.lab.wg.LanPeer;
import io.pktkit.lab.wg.LanWireGuard;
import io.pktkit.lab.wg.LanWireGuardConfig;
import io.pktkit.lab.wg.WgVerbs;
import io.pktkit.wg.uapi.UapiServer;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A WireGuard endpoint whose peers are guests of the LAN. */
final class WgPart implements UpPart {
    private final StatePart state;
    private final OffloadPart offload;

    @Option(
            names = "--wg",
            paramLabel = "[ADDRESS:]PORT",
            description = {
                "Take WireGuard peers on this UDP port, of all addresses or of one. They are guests of the LAN,",
                "apart from each other; keys and addresses are kept in the state directory. Needs no root."
            })
    private @Nullable String listen;

    @Option(
            names = "--wg-peer",
            paramLabel = "NAME",
            description = {
                "Make a peer of this name, if there is none yet, and its file NAME.conf in the state directory.",
                "May be given more than once."
            })
    private List<String> names = List.of();

    @Option(
            names = "--wg-endpoint",
            paramLabel = "HOST[:PORT]",
            description = "Where peers find this port, for their files. Default: the address that leads outward")
    private @Nullable String endpoint;

    @Option(names = "--wg-peer-to-peer", description = "Let peers reach each other.")
    private boolean peerToPeer;

    private @Nullable LanWireGuard wireGuard;
    private boolean allAddresses;

    WgPart(StatePart state, OffloadPart offload) {
        this.state = state;
        this.offload = offload;
    }

    @Override
    public boolean attaches() {
        return listen != null || !names.isEmpty() || endpoint != null || peerToPeer;
    }

    @Override
    public void configure(LanConfig.Builder config) throws UsageException {
        if (listen != null) {
            config.staticAddresses();
            try {
                config.uniqueLocal(LanWireGuard.uniqueLocal(state.directory()));
            } catch (IOException e) {
                throw new UsageException("--wg " + listen + ": " + e.getMessage(), e);
            }
        } else if (!names.isEmpty()) {
            throw new UsageException(
                    "--wg-peer " + names.get(0) + ": there is no port for peers: give --wg PORT, such as 51820");
        } else if (endpoint != null || peerToPeer) {
            throw new UsageException(
                    "--wg-endpoint and --wg-peer-to-peer are about peers: give --wg PORT, such as 51820");
        }
    }

    @Override
    public void open(RunningLan running) throws UsageException {
        String where = listen;
        if (where == null) {
            return;
        }
        DatagramConfig datagrams = datagrams(where);
        LanWireGuardConfig config =
                new LanWireGuardConfig(datagrams, state.directory(), endpoint, peerToPeer, new SecureRandom());
        LanWireGuard opened;
        // The socket first: it keeps a second instance from the same keys.
        ControlServer control = state.control(running);
        try {
            opened = running.own(LanWireGuard.open(running.lan(), config));
        } catch (IOException | IllegalArgumentException e) {
            throw new UsageException("--wg " + where + ": " + e.getMessage(), e);
        }
        for (String name : names) {
            try {
                if (opened.find(name) == null) {
                    opened.add(name);
                }
            } catch (IOException | IllegalArgumentException e) {
                throw new UsageException("--wg-peer " + name + ": " + e.getMessage(), e);
            }
        }
        WgVerbs.register(control, opened);
        wireGuard = opened;
    }

    private DatagramConfig datagrams(String where) throws UsageException {
        try {
            HostPort parsed = HostPort.parse(where, true);
            DatagramConfig.Builder datagrams =
                    DatagramConfig.builder().port(parsed.port()).offload(offload.mode());
            allAddresses = parsed.host() == null;
            if (parsed.host() != null) {
                datagrams.address(IpAddress.parse(parsed.host()));
            }
            return datagrams.build();
        } catch (IllegalArgumentException e) {
            throw new UsageException("--wg " + where + ": " + e.getMessage(), e);
        }
    }

    @Override
    public List<String> ready() {
        LanWireGuard running = wireGuard;
        return running == null
                ? List.of()
                : List.of("WireGuard " + (allAddresses ? "" : listen + " ") + "UDP port "
                        + running.port().port());
    }

    @Override
    public List<String> details() {
        LanWireGuard running = wireGuard;
        return running == null ? List.of() : List.of(running.port().describe());
    }

    @Override
    public List<String> hints() {
        LanWireGuard running = wireGuard;
        if (running == null) {
            return List.of();
        }
        List<String> hints = new ArrayList<>();
        hints.add("WireGuard key " + running.publicKey() + ", "
                + (allAddresses ? "on all addresses of this host; " : "") + "strangers get no answer");
        for (LanPeer peer : running.peers()) {
            hints.add("peer " + peer.name() + ": " + peer.address() + ", file " + peer.file());
        }
        if (running.peers().isEmpty()) {
            hints.add("no peers yet: pktkit wg add NAME --state " + state.directory());
        } else if (running.isEndpointGuessed()) {
            hints.add("their files say that this host is at " + running.endpoint()
                    + "; if they come from elsewhere, give --wg-endpoint HOST");
        }
        String socket = running.socket().getFileName().toString();
        boolean standard = running.socket().startsWith(UapiServer.STANDARD);
        hints.add("show and change peers:       pktkit wg show"
                + (standard ? ", or wg show " + socket.replace(".sock", "") : ""));
        return hints;
    }
}
