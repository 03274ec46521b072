// SPDX-License-Identifier: MIT
package io.pktkit.consumer.all;

import java.util.ArrayList;
import java.util.List;

/** One class of each library, by {@code pktkit-all} alone. */
public final class Main {
    private Main() {}

    /** @param args none */
    public static void main(String[] args) {
        List<Class<?>> types = new ArrayList<>();
        types.add(io.pktkit.afpacket.AfPacket.class);
        types.add(io.pktkit.afxdp.capture.CaptureRule.class);
        types.add(io.pktkit.hub.L2Hub.class);
        types.add(io.pktkit.dhcp.DhcpServer.class);
        types.add(io.pktkit.impair.Impairment.class);
        types.add(io.pktkit.l2adapter.L2Adapter.class);
        types.add(io.pktkit.lab.Lan.class);
        types.add(io.pktkit.slirp.Slirp.class);
        types.add(io.pktkit.tuntap.Tap.class);
        types.add(io.pktkit.vclient.VirtualClient.class);
        types.add(io.pktkit.vtcp.TcpConfig.class);
        System.out.println(types);
    }
}
