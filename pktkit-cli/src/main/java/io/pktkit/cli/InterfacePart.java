// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import io.pktkit.afpacket.AfPacket;
import io.pktkit.afpacket.AfPacketConfig;
import io.pktkit.afxdp.AfXdp;
import io.pktkit.afxdp.AfXdpConfig;
import io.pktkit.device.L2Device;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** An interface of the host that is there already: the LAN and the network behind it become one. */
final class InterfacePart implements UpPart {
    @Option(
            names = "--interface",
            paramLabel = "NAME",
            description = {
                "Join the interface NAME, which stays the host's too. Needs root or CAP_NET_RAW.",
                "It gets no DHCP, DNS or router advertisement unless --serve-interface is given."
            })
    private @Nullable String name;

    @Option(
            names = "--xdp",
            paramLabel = "PREFIX",
            description = {
                "Of what arrives at --interface take only this prefix, by XDP, before the host sees it;",
                "all else stays the host's alone. Needs root, or also CAP_NET_ADMIN, CAP_BPF and CAP_PERFMON.",
                "May be given more than once."
            })
    private List<String> prefixes = List.of();

    @Option(
            names = "--serve-interface",
            description = "Offer DHCP, DNS and router advertisements to the stations behind --interface.")
    private boolean serve;

    private final List<String> ready = new ArrayList<>();
    private final List<String> hints = new ArrayList<>();

    @Override
    public boolean attaches() {
        return name != null;
    }

    @Override
    public void open(RunningLan running) throws UsageException {
        String joined = name;
        if (joined == null) {
            if (serve || !prefixes.isEmpty()) {
                throw new UsageException((serve ? "--serve-interface" : "--xdp " + prefixes.get(0))
                        + ": of which interface? Give --interface NAME; ip link lists them");
            }
            return;
        }
        L2Device device = open(joined);
        running.own(device);
        if (device.mtu() < running.lan().mtu()) {
            throw new UsageException("--interface " + joined + ": its MTU is " + device.mtu() + " and that of the LAN "
                    + running.lan().mtu() + ": give --mtu " + device.mtu());
        }
        running.own(running.lan().join(device, serve));
        running.attached(joined, device.attachment());
        running.endsWith(device.done(), "--interface " + joined + ": the interface is gone; was it deleted?");
        ready.add("interface " + joined);
    }

    private L2Device open(String joined) throws UsageException {
        try {
            if (prefixes.isEmpty()) {
                return AfPacket.open(
                        AfPacketConfig.builder(joined).promiscuous(true).build());
            }
            AfXdpConfig.Builder config = AfXdpConfig.builder(joined).promiscuous(true);
            for (String prefix : prefixes) {
                Options.set("--xdp", prefix, () -> config.capture(IpPrefix.parse(prefix)));
            }
            AfXdp device = AfXdp.open(config.build());
            hints.add("of " + joined + " only " + String.join(" and ", prefixes) + " is taken, by XDP in "
                    + device.mode().name().toLowerCase(Locale.ROOT) + " mode, "
                    + (device.isZeroCopy() ? "zero-copy" : "with a copy"));
            return device;
        } catch (IOException | IllegalArgumentException e) {
            throw new UsageException("--interface " + joined + ": " + e.getMessage(), e);
        }
    }

    @Override
    public List<String> ready() {
        return ready;
    }

    @Override
    public List<String> hints() {
        return hints;
    }
}
