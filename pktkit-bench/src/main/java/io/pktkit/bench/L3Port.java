// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.PacketHandler;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;

/**
 * The least that a device of the library can be: it takes what it is sent and hands in what it is given, without
 * counting, so that what is measured is the hub. Confined to the benchmark's thread.
 */
final class L3Port extends AbstractL3Device {

    private final PacketHandler sink;
    private PacketHandler handler = packet -> {};

    L3Port(IpPrefix prefix, PacketHandler sink) {
        this.sink = sink;
        setPrefix(prefix);
    }

    void receive(Packet packet) {
        handler.onPacket(packet);
    }

    @Override
    public void setHandler(PacketHandler handler) {
        this.handler = handler;
    }

    @Override
    public boolean send(Packet packet) {
        sink.onPacket(packet);
        return true;
    }
}
