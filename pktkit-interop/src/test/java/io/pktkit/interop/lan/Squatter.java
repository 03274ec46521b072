// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;

/** A host that uses an address which nobody gave it. */
final class Squatter implements AutoCloseable {
    private final VirtualClient host = new VirtualClient();
    private final L2Adapter adapter = L2Adapter.builder(host).build();

    Squatter(TapLan lan) {
        lan.hub.connect(adapter);
    }

    void use(IpAddress address) {
        host.setPrefix(IpPrefix.of(address, 24));
    }

    @Override
    public void close() {
        adapter.close();
        host.close();
    }
}
