// SPDX-License-Identifier: MIT
package io.pktkit.interop.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.device.L2Device;
import io.pktkit.hub.L2Hub;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.ovpn.OvpnDrop;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients with tap devices on a switch of ours. */
@NeedsPeer("openvpn")
class TapTest {

    @TempDir
    Path folder;

    @Test
    void shouldServeATapClient() throws Exception {
        List<L2Device> devices = new CopyOnWriteArrayList<>();
        VirtualClient host = new VirtualClient();
        host.setPrefix(IpPrefix.parse("10.8.0.1/24"));
        host.setPrefix(IpPrefix.parse("fd08::1/64"));
        try (L2Hub hub = new L2Hub();
                L2Adapter adapter = L2Adapter.builder(host).build();
                Rig rig = new Rig(folder, config -> {}, device -> {
                    devices.add(device);
                    return hub.connect(device);
                })) {
            hub.connect(adapter);
            String text = rig.fileWithout("alice").replace("dev tun", "dev tap");
            rig.startFrom(text).completed();
            for (IpFamily family : IpFamily.values()) {
                // The first is early: the client's IPv6 address is tentative for a second.
                rig.run("ping -c 5 -i 0.5 -W 60 " + Rig.inner(family));
                host.ping(rig.innerOfClient(family), Rig.LIMIT);
            }
            assertEquals(0, devices.get(0).stats().dropped(DropReason.PORT_SECURITY));

            // Another MAC address, as of a bridge behind the client, or a thief's.
            rig.run("ip link set tap0 down; ip link set tap0 address 02:00:00:00:00:99; ip link set tap0 up;"
                    + "ip addr replace " + rig.innerOfClient(IpFamily.IPV4) + "/24 dev tap0;"
                    + "ping -c 1 -W 2 10.8.0.1 || true");
            Rig.await("its frames are dropped", () -> rig.server.drops(OvpnDrop.SPOOFED) > 0);
            assertTrue(devices.get(0).stats().dropped(DropReason.PORT_SECURITY) > 0);
        }
    }

    @Test
    void shouldRefuseATunClient() throws Exception {
        try (L2Hub hub = new L2Hub();
                Rig rig = new Rig(folder, config -> {}, hub)) {
            rig.start("alice").logs("AUTH_FAILED,dev-type differs: the server has tap");
        }
    }
}
