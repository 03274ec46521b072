// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.device.L3Device;
import io.pktkit.device.Receiver;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;

/** A bare port that moves packets, with one address that never changes. */
final class L3Port extends BarePort<Packet> implements L3Device {

    private final IpPrefix prefix;

    L3Port(IpPrefix prefix, Receiver<Packet> sink) {
        super(sink);
        this.prefix = prefix;
    }

    @Override
    public IpPrefix prefix(IpFamily family) {
        return prefix.family() == family ? prefix : IpPrefix.unset(family);
    }

    @Override
    public void setPrefix(IpPrefix prefix) {
        throw new UnsupportedOperationException("setPrefix");
    }
}
