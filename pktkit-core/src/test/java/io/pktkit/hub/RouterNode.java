// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A device with addresses that keeps copies of what it is sent. For one thread. */
final class RouterNode extends AbstractL3Device {

    final List<Packet> inbox = new ArrayList<>();

    RouterNode(String... prefixes) {
        for (String prefix : prefixes) {
            setPrefix(IpPrefix.parse(prefix));
        }
    }

    static Packet packet(String from, String to, int hopLimit) {
        ByteBuffer payload = ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5});
        ByteBuffer udp = PacketBuilder.udp(IpAddress.parse(from), 1000, IpAddress.parse(to), 2000, payload);
        return new Packet().wrap(udp).hopLimit(hopLimit);
    }

    void inject(String from, String to) {
        inject(packet(from, to, 64));
    }

    boolean inject(Packet packet) {
        return deliver(packet);
    }

    @Override
    public boolean send(Packet packet) {
        inbox.add(new Packet().wrap(ByteBuffer.wrap(packet.toBytes())));
        return true;
    }
}
