// SPDX-License-Identifier: MIT
package io.pktkit.lab.internal;

import io.pktkit.wire.AddressFormatException;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The name servers that the host itself uses, read again when the file changes, so that names keep resolving when a
 * laptop joins a VPN. Guarded by the relay that owns it.
 */
final class HostResolver implements NameServers {
    private static final long RECHECK_NANOS = 5_000_000_000L;
    private static final int MAX_SERVERS = 3; // MAXNS of resolv.conf(5)
    private static final int DNS_PORT = 53;

    private static final System.Logger LOG = System.getLogger(HostResolver.class.getName());

    private final Path file;

    /** Addresses of the network that asks: a host that lists one of them has been told by mistake to ask us. */
    private final Set<IpAddress> own;

    private List<InetSocketAddress> servers = List.of();
    private long modifiedMillis = -1;
    private long checkedNanos;
    private boolean checked;

    HostResolver(Path file, Set<IpAddress> own) {
        this.file = file;
        this.own = Set.copyOf(own);
    }

    @Override
    public List<InetSocketAddress> servers(long nowNanos) {
        if (!checked || nowNanos - checkedNanos > RECHECK_NANOS) {
            checked = true;
            checkedNanos = nowNanos;
            refresh();
        }
        return servers;
    }

    private void refresh() {
        try {
            long modified = Files.getLastModifiedTime(file).toMillis();
            if (modified != modifiedMillis) {
                try (Stream<String> lines = Files.lines(file)) {
                    servers = withoutOwn(parse(lines));
                }
                modifiedMillis = modified;
            }
        } catch (IOException | UncheckedIOException e) {
            // A host that is offline may have no such file; that is a state of the host, not a fault of the network.
            servers = List.of();
            modifiedMillis = -1;
        }
    }

    /** Asking ourselves would go round in circles; it is told once for each change of the file. */
    private List<InetSocketAddress> withoutOwn(List<InetSocketAddress> found) {
        List<InetSocketAddress> others = found.stream()
                .filter(server ->
                        !own.contains(IpAddress.of(server.getAddress()).unmapped()))
                .toList();
        if (others.size() < found.size()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    file + " names this network's own gateway as a name server, which is left out"
                            + (others.isEmpty() ? "; no other is left, so guests can resolve local names only" : "")
                            + ". Was it overwritten by a DHCP client in a network namespace?");
        }
        return others;
    }

    static List<InetSocketAddress> parse(Stream<String> lines) {
        List<InetSocketAddress> found = new ArrayList<>();
        lines.map(line -> line.strip().split("\\s+"))
                .filter(words -> words.length >= 2 && words[0].equals("nameserver"))
                .limit(MAX_SERVERS)
                .forEach(words -> addServer(words[1], found));
        return List.copyOf(found);
    }

    private static void addServer(String text, List<InetSocketAddress> found) {
        int zone = text.indexOf('%');
        try {
            IpAddress address = IpAddress.parse(zone < 0 ? text : text.substring(0, zone));
            found.add(new InetSocketAddress(address.toInetAddress(), DNS_PORT));
        } catch (AddressFormatException e) {
            // resolv.conf(5): a line that cannot be read is as if it were not there.
            return;
        }
    }
}
