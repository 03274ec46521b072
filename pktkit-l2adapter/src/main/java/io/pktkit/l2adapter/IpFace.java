// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.AddressState;
import io.pktkit.device.DropReason;
import io.pktkit.device.Offload;
import io.pktkit.l2adapter.internal.IpSide;
import io.pktkit.l2adapter.internal.PacketSender;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The upper side of an adapter as a device of its own, for whoever attaches to devices: a NAT, a router. Any thread. */
final class IpFace extends AbstractL3Device implements IpSide {

    /** The frames carry the facts on, and the switch or cable below finishes what its device does not take. */
    private static final Set<Offload> OFFLOADS = Set.copyOf(EnumSet.allOf(Offload.class));

    private final L2Adapter adapter;

    IpFace(L2Adapter adapter, int mtu) {
        this.adapter = adapter;
        changeMtu(mtu);
    }

    @Override
    public boolean send(Packet packet) {
        if (isClosed()) {
            stats().sendDropped(DropReason.CLOSED);
            return false;
        }
        stats().sent(packet.length());
        PacketSender packets = adapter.packets();
        packets.send(packet, false);
        return true;
    }

    @Override
    public Set<Offload> offloads() {
        return OFFLOADS;
    }

    @Override
    public void setPrefix(IpPrefix prefix) {
        super.setPrefix(prefix);
        adapter.hostChanged();
    }

    /** Who is attached to a device asks it for its addresses, and has no word for their states: the adapter alone keeps to them. */
    @Override
    public void addressState(IpAddress address, @Nullable AddressState state) {}

    @Override
    public Set<IpAddress> groups() {
        return Set.of();
    }

    @Override
    public boolean up(Packet packet) {
        return deliver(packet);
    }

    @Override
    protected void onClose() {
        adapter.close();
    }
}
