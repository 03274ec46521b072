// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Grants whatever it is told to, also what a real server would not, and records what it was sent. */
final class FakeDhcpServer {

    static final int DISCOVER = 1;
    static final int REQUEST = 3;
    static final int DECLINE = 4;
    static final int RELEASE = 7;

    /** A message as it came: its type, its frame's destination, its packet's destination. */
    record Received(int type, MacAddress mac, IpAddress to) {}

    final List<Received> received = new ArrayList<>();
    MacAddress mac = MacAddress.parse("02:00:00:00:00:dc");
    IpAddress address = IpAddress.parse("10.0.0.254");
    IpAddress offered = IpAddress.parse("10.0.0.50");

    @Nullable
    IpAddress router = IpAddress.parse("10.0.0.254");

    int leaseSeconds = 3600;
    boolean silent;

    /** Whether answers to one station go out in frames to everybody, as some servers do. */
    boolean broadcasts;

    /** Looks at a frame of the client and gives the answer, if it deserves one. */
    @Nullable
    ByteBuffer answer(Frame frame) {
        Packet packet = frame.packet();
        UdpDatagram udp = packet.isValid() ? packet.udp() : null;
        if (udp == null || udp.destinationPort() != 67) {
            return null;
        }
        ByteBuffer request = ByteBuffer.wrap(packet.toBytes());
        int at = udp.payloadOffset() - packet.offset();
        int type = request.get(option(request, at, 53));
        received.add(new Received(type, frame.destination(), packet.destination()));
        boolean answered = type == DISCOVER || type == REQUEST;
        return silent || !answered ? null : reply(request, at, type == DISCOVER ? 2 : 5, frame.sourceMac());
    }

    private ByteBuffer reply(ByteBuffer request, int at, int type, long client) {
        ByteBuffer reply = ByteBuffer.allocate(300);
        reply.put(0, (byte) 2).put(1, (byte) 1).put(2, (byte) 6).putInt(4, request.getInt(at + 4));
        offered.writeTo(reply, 16);
        reply.put(28, MacAddress.of(client).toBytes());
        reply.putInt(236, 0x63825363).position(240);
        reply.put(new byte[] {53, 1, (byte) type, 1, 4, -1, -1, -1, 0, 54, 4}).put(address.toBytes());
        reply.put(new byte[] {51, 4}).putInt(leaseSeconds);
        if (router != null) {
            reply.put(new byte[] {3, 4}).put(router.toBytes());
        }
        reply.put((byte) 255);
        ByteBuffer packet = PacketBuilder.udp(address, 67, offered, 68, reply.clear());
        MacAddress to = broadcasts ? MacAddress.BROADCAST : MacAddress.of(client);
        return FrameBuilder.frame(to, mac, EtherType.IPV4, packet);
    }

    private static int option(ByteBuffer message, int at, int code) {
        int option = at + 240;
        while ((message.get(option) & 0xFF) != code) {
            option += 2 + (message.get(option + 1) & 0xFF);
        }
        return option + 2;
    }

    List<Integer> takeTypes() {
        List<Integer> types = received.stream().map(Received::type).toList();
        received.clear();
        return types;
    }
}
