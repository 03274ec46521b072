// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import io.pktkit.device.L3Device;
import io.pktkit.interop.Commands;
import io.pktkit.interop.NetworkNamespace;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A Linux host, a Linux router and a device of ours: the kernel loses packets, or tells that they are too big, on the way.
 * The host sends segment by segment rather than in super-segments, so that the router drops what a network would.
 */
final class RoutedNetwork implements AutoCloseable {
    private final TunNetwork router;
    private final NetworkNamespace host = new NetworkNamespace();

    RoutedNetwork(L3Device ours) throws IOException {
        try {
            router = new TunNetwork(1500, ours);
        } catch (IOException | RuntimeException | Error e) {
            host.close();
            throw e;
        }
        try {
            router.run("sysctl -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
            attach(router, host, "fork", 98);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** Joins a host to the router by a pair of interfaces, as the first address of a subnet that its number names. */
    static void attach(TunNetwork router, NetworkNamespace host, String name, int subnet) {
        String near = name + Integer.toHexString(ThreadLocalRandom.current().nextInt() & 0xffffff);
        Commands.run(TunNetwork.LIMIT, "ip", "link", "add", near, "type", "veth", "peer", "name", "up" + near)
                .expectSuccess();
        host.adopt("up" + near);
        router.adopt(near);
        // Without duplicate detection, for whose end the first packet would wait.
        router.run("sysctl -w net.ipv6.conf." + near + ".accept_dad=0 && ip addr add 10." + subnet + ".0.254/24 dev "
                + near + " && ip addr add fd" + subnet + "::fe/64 dev " + near + " nodad && ip link set " + near
                + " up");
        String up = "up" + near;
        String commands = "sysctl -w net.ipv6.conf." + up + ".accept_dad=0 && ip link set " + up
                + " gso_max_segs 1 up && ip addr add 10." + subnet + ".0.1/24 dev " + up
                + " && ip addr add fd" + subnet + "::1/64 dev " + up + " nodad && ip route add default via 10." + subnet
                + ".0.254 && ip -6 route add default via fd" + subnet + "::fe";
        host.exec(TunNetwork.LIMIT, "sh", "-c", commands).expectSuccess();
    }

    static IpAddress linux(IpFamily family) {
        return IpAddress.parse(family == IpFamily.IPV4 ? "10.98.0.1" : "fd98::1");
    }

    TunNetwork router() {
        return router;
    }

    /** Lets the router take packets of 1400 bytes at most on the way to a subnet. */
    void narrow(IpFamily family, int subnet, String nameStart) {
        String net = family == IpFamily.IPV4 ? "10." + subnet + ".0.0/24" : "fd" + subnet + "::/64";
        router.run("dev=$(ls /sys/class/net | grep ^" + nameStart + "); ip route del " + net
                + " dev $dev; ip route add " + net + " dev $dev mtu lock 1400");
    }

    /** Drops what is longer than so many bytes, either way, and tells nobody. */
    void swallow(int longerThan) {
        router.run("nft 'add table inet loss; add chain inet loss lossy { type filter hook forward priority 0; }; "
                + "add rule inet loss lossy meta length > " + longerThan + " counter drop'");
    }

    /** Drops every so many-th packet on average that the router forwards, either way. */
    void lose(int oneIn) {
        router.run("nft 'add table inet loss; add chain inet loss lossy { type filter hook forward priority 0; }; "
                + "add rule inet loss lossy numgen random mod " + oneIn + " 0 counter drop'");
    }

    /** {@return how many packets {@link #lose} or {@link #swallow} has dropped} */
    long lost() {
        String rules = router.run("nft list chain inet loss lossy");
        return Long.parseLong(rules.replaceAll("(?s).*counter packets (\\d+) .*", "$1"));
    }

    LinuxPeer listening(IpFamily family, String options, String... actions) throws IOException {
        return new LinuxPeer(host.name(), LinuxPeer.words(options, "tcp-listen", linux(family), 0, actions));
    }

    String runOnHost(String command) {
        return host.exec(TunNetwork.LIMIT, "sh", "-c", command).expectSuccess().output();
    }

    @Override
    public void close() {
        router.close();
        host.close();
    }
}
