// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.device.Attachment;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.time.Timers;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.util.List;

/** Puts peers onto an Ethernet network, as hosts of it. The only class that needs the adapter. */
final class BridgePlug implements WgTenants.Plug {

    private static final int GROUP_BIT = 0x01;
    private static final int LOCAL_BIT = 0x02;

    private final PeerBridge network;
    private final List<LanPrefix> lans;
    private final Timers timers;

    BridgePlug(PeerBridge network, List<LanPrefix> lans, Timers timers) {
        this.network = network;
        this.lans = lans;
        this.timers = timers;
    }

    @Override
    public AutoCloseable connect(WgPeerDevice device) throws IOException {
        L2Adapter.Builder builder = L2Adapter.builder(device)
                .macAddress(macAddress(device))
                .timers(timers)
                .mtu(device.mtu());
        for (LanPrefix lan : lans) {
            IpFamily family = lan.subnet().family();
            IpAddress own = device.prefix(family).address();
            if (lan.subnet().contains(own)) {
                device.setPrefix(IpPrefix.of(own, lan.subnet().length()));
            }
            IpAddress gateway = lan.gateway();
            if (gateway != null) {
                builder.gateway(gateway);
            }
        }
        L2Adapter adapter = builder.build();
        Attachment<Frame> place;
        try {
            place = network.connect(device, adapter);
        } catch (IOException | RuntimeException | Error refused) {
            adapter.close();
            throw refused;
        }
        return () -> {
            try {
                place.close();
            } finally {
                adapter.close();
            }
        };
    }

    /** The same for a peer each time, so that neighbours and switches know it again. */
    private static MacAddress macAddress(WgPeerDevice device) {
        byte[] key = device.publicKey().toBytes();
        byte[] mac = new byte[MacAddress.LENGTH];
        System.arraycopy(key, 0, mac, 0, mac.length);
        mac[0] = (byte) ((mac[0] & ~GROUP_BIT) | LOCAL_BIT);
        return MacAddress.of(mac);
    }
}
