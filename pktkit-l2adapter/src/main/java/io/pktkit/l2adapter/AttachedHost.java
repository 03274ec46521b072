// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import io.pktkit.device.AddressState;
import io.pktkit.device.Attachment;
import io.pktkit.device.L3Device;
import io.pktkit.device.Offload;
import io.pktkit.device.Receiver;
import io.pktkit.l2adapter.internal.IpSide;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An L3 device that an adapter puts onto its network: the adapter attaches to it. Any thread. */
final class AttachedHost implements IpSide {

    private final L3Device device;

    /** Null until the adapter is whole. */
    private volatile @Nullable Attachment<Packet> attachment;

    AttachedHost(L3Device device) {
        this.device = device;
    }

    void attach(Receiver<Packet> down) {
        attachment = device.attach(down);
    }

    void detach() {
        Attachment<Packet> place = attachment;
        if (place != null) {
            place.close();
        }
    }

    @Override
    public boolean up(Packet packet) {
        Attachment<Packet> place = attachment;
        return place != null && place.send(packet);
    }

    @Override
    public Set<Offload> offloads() {
        return device.offloads();
    }

    @Override
    public IpPrefix prefix(IpFamily family) {
        return device.prefix(family);
    }

    @Override
    public void addressState(IpAddress address, @Nullable AddressState state) {
        device.linkAddress(address, state);
    }

    @Override
    public Set<IpAddress> groups() {
        return device.groups();
    }

    @Override
    public void setPrefix(IpPrefix prefix) {
        device.setPrefix(prefix);
    }
}
