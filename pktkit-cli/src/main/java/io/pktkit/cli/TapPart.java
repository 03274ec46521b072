// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import io.pktkit.tuntap.Tap;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** TAP interfaces of the host, for a bridge with guests or a network namespace. */
final class TapPart implements UpPart {
    @Option(
            names = "--tap",
            paramLabel = "NAME",
            description = {
                "Make the TAP interface NAME and attach it. Needs root or CAP_NET_ADMIN.",
                "May be given more than once."
            })
    private List<String> names = List.of();

    private final List<Tap> opened = new ArrayList<>();
    private @Nullable IpAddress nameServer;

    @Override
    public boolean attaches() {
        return !names.isEmpty();
    }

    @Override
    public void open(RunningLan running) throws UsageException {
        nameServer = running.lan().gatewayAddress();
        for (String name : names) {
            Tap tap = open(running, name);
            opened.add(tap);
            running.attached(tap.name(), tap.attachment());
            running.endsWith(tap.done(), "--tap " + name + ": the interface is gone; was it deleted?");
        }
    }

    private static Tap open(RunningLan running, String name) throws UsageException {
        try {
            return running.lan().addTap(name);
        } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
            throw new UsageException("--tap " + name + ": " + e.getMessage(), e);
        }
    }

    @Override
    public List<String> ready() {
        return opened.stream().map(tap -> "tap " + tap.name()).toList();
    }

    @Override
    public List<String> details() {
        return opened.stream()
                .map(tap -> "tap " + tap.name() + ": " + tap.describeOffloads())
                .toList();
    }

    @Override
    public List<String> hints() {
        if (opened.isEmpty()) {
            return List.of();
        }
        String name = opened.get(0).name();
        // The file comes first: without it, dhclient in the namespace would overwrite the host's own.
        return List.of(
                "attach a network namespace:  ip netns add guest; mkdir -p /etc/netns/guest;",
                "                             echo nameserver " + nameServer + " >/etc/netns/guest/resolv.conf;",
                "                             ip link set " + name + " netns guest; ip netns exec guest dhclient "
                        + name,
                "or a bridge with guests:     ip link set " + name + " master br0");
    }
}
