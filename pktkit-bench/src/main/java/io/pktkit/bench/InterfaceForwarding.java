// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.datagram.OffloadMode;
import io.pktkit.device.DeviceStats.Snapshot;
import io.pktkit.hub.L2Hub;
import io.pktkit.hub.L3Hub;
import io.pktkit.tuntap.InterfaceDevice;
import io.pktkit.tuntap.Tap;
import io.pktkit.tuntap.TapConfig;
import io.pktkit.tuntap.Tun;
import io.pktkit.tuntap.TunConfig;
import io.pktkit.wire.IpPrefix;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Two interfaces of the kernel joined by a hub of ours, for {@code e2e/forwarding} to measure: TUNs by an {@link L3Hub}, or
 * TAPs by an {@link L2Hub}. Tells when it is ready, and for each line of its input what went through since the last.
 */
public final class InterfaceForwarding {

    private InterfaceForwarding() {}

    /**
     * Forwards until its input ends.
     *
     * @param args {@code tun} or {@code tap}, {@code auto} or {@code off}, the names of both interfaces, the MTU, and for
     *     TUNs the subnets behind them
     * @throws IOException when an interface cannot be had
     */
    public static void main(String[] args) throws IOException {
        OffloadMode mode = OffloadMode.valueOf(args[1].toUpperCase(Locale.ROOT));
        int mtu = Integer.parseInt(args[4]);
        if (args[0].equals("tun")) {
            try (Tun one = tun(args[2], mtu, mode, args[5]);
                    Tun two = tun(args[3], mtu, mode, args[6]);
                    L3Hub hub = new L3Hub()) {
                hub.connect(one);
                hub.connect(two);
                serve(one, two);
            }
        } else {
            try (Tap one = tap(args[2], mtu, mode);
                    Tap two = tap(args[3], mtu, mode);
                    L2Hub hub = new L2Hub()) {
                hub.connect(one);
                hub.connect(two);
                serve(one, two);
            }
        }
    }

    private static Tun tun(String name, int mtu, OffloadMode mode, String subnet) throws IOException {
        Tun tun = Tun.open(
                TunConfig.builder().name(name).mtu(mtu).up(false).offload(mode).build());
        tun.setPrefix(IpPrefix.parse(subnet));
        return tun;
    }

    private static Tap tap(String name, int mtu, OffloadMode mode) throws IOException {
        return Tap.open(
                TapConfig.builder().name(name).mtu(mtu).up(false).offload(mode).build());
    }

    private static void serve(InterfaceDevice<?> one, InterfaceDevice<?> two) throws IOException {
        System.out.println("ready: " + one.describeOffloads());
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (input.readLine() != null) {
            Snapshot a = one.stats().snapshot();
            Snapshot b = two.stats().snapshot();
            one.stats().reset();
            two.stats().reset();
            long packets = Math.max(1, a.receivedPackets() + b.receivedPackets());
            System.out.printf(
                    Locale.ROOT,
                    "mean %d bytes, whole %d, cut %d%n",
                    (a.receivedBytes() + b.receivedBytes()) / packets,
                    a.sentSuperSegments() + b.sentSuperSegments(),
                    a.cutSuperSegments() + b.cutSuperSegments());
        }
    }
}
