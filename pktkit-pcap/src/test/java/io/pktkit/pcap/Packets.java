// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What tests send and read. */
final class Packets {

    static final MacAddress LEFT = MacAddress.parse("02:00:00:00:00:01");
    static final MacAddress RIGHT = MacAddress.parse("02:00:00:00:00:02");
    static final IpAddress A = IpAddress.parse("10.0.0.1");
    static final IpAddress B = IpAddress.parse("10.0.0.2");

    private Packets() {}

    static Packet udp(int port, int length) {
        ByteBuffer bytes = PacketBuilder.udp(A, 1000, B, port, ByteBuffer.wrap(new byte[length]));
        return new Packet().wrap(bytes);
    }

    static Frame frame(int port, int length) {
        return frame(LEFT, RIGHT, port, length);
    }

    static Frame frame(MacAddress from, MacAddress to, int port, int length) {
        ByteBuffer packet = PacketBuilder.udp(A, 1000, B, port, ByteBuffer.wrap(new byte[length]));
        return new Frame().wrap(FrameBuilder.frame(to, from, EtherType.IPV4, packet));
    }

    /** One line for each packet of a file, and one for what is wrong in the end. */
    static List<String> lines(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        CapturedPacket packet = new CapturedPacket();
        try (CaptureReader reader = CaptureReader.open(file)) {
            while (reader.next(packet)) {
                String name = reader.interfaces().get(packet.interfaceNumber()).name();
                var udp = packet.packet().udp();
                lines.add((name + " " + packet.direction() + " " + (udp == null ? -1 : udp.destinationPort()) + " "
                                + packet.comment())
                        .strip());
            }
            if (reader.problem() != null) {
                lines.add("problem: " + reader.problem());
            }
        }
        return lines;
    }
}
