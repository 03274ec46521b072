// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard.internal;

import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Frames that guests send, to all unless it matters. */
final class Frames {

    static final long STATION = 0x02_00_00_00_00_01L;
    static final long OTHER = 0x02_00_00_00_00_02L;
    static final String V4 = "10.0.0.5";
    static final String V6 = "2001:db8::5";
    static final String LINK_LOCAL = "fe80::5";

    private Frames() {}

    static byte[] frame(long source, int etherType, byte[] payload) {
        return FrameBuilder.frame(MacAddress.BROADCAST, MacAddress.of(source), etherType, ByteBuffer.wrap(payload))
                .array();
    }

    static byte[] arp(long source, int operation, long senderMac, String sender, String target) {
        byte[] frame = FrameBuilder.arp(
                        MacAddress.BROADCAST,
                        operation,
                        MacAddress.of(senderMac),
                        IpAddress.parse(sender),
                        MacAddress.ZERO,
                        IpAddress.parse(target))
                .array();
        return from(source, frame);
    }

    /** A gratuitous ARP: here is who has the address. */
    static byte[] announcement(long station, String address) {
        return arp(station, 1, station, address, address);
    }

    static byte[] arpProbe(long station, String address) {
        return arp(station, 1, station, "0.0.0.0", address);
    }

    static byte[] udp(long station, String from, int fromPort, String to, int toPort) {
        return udp(station, from, fromPort, to, toPort, new byte[300]);
    }

    static byte[] udp(long station, String from, int fromPort, String to, int toPort, byte[] payload) {
        return ip(
                station,
                PacketBuilder.udp(
                        IpAddress.parse(from), fromPort, IpAddress.parse(to), toPort, ByteBuffer.wrap(payload)));
    }

    /** The fields of RFC 2131 figure 1 that are judged. */
    static byte[] bootp(int op, long chaddr, String ciaddr, String giaddr) {
        ByteBuffer message = ByteBuffer.allocate(300);
        message.put(0, (byte) op).put(1, (byte) 1).put(2, (byte) 6);
        IpAddress.parse(ciaddr).writeTo(message, 12);
        IpAddress.parse(giaddr).writeTo(message, 24);
        MacAddress.write(message, 28, chaddr);
        return message.array();
    }

    static byte[] discover(long station) {
        return udp(station, "0.0.0.0", 68, "255.255.255.255", 67, bootp(1, station, "0.0.0.0", "0.0.0.0"));
    }

    static byte[] icmp(long station, String from, String to, int type, byte[] rest) {
        return ip(
                station,
                PacketBuilder.icmp(IpAddress.parse(from), IpAddress.parse(to), type, 0, 0, ByteBuffer.wrap(rest)));
    }

    /** A message of RFC 4861: hop limit 255, and options as given. */
    static byte[] discovery(
            long station, String from, String to, int type, @Nullable String target, byte[]... options) {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        if (target != null) {
            rest.writeBytes(IpAddress.parse(target).toBytes());
        }
        for (byte[] option : options) {
            rest.writeBytes(option);
        }
        byte[] frame = icmp(station, from, to, type, rest.toByteArray());
        frame[14 + 7] = (byte) 255;
        Packet packet = new Frame().wrap(ByteBuffer.wrap(frame)).packet();
        packet.recomputeTransportChecksum();
        return frame;
    }

    static byte[] solicitation(long station, String from, String target) {
        return discovery(station, from, "ff02::1:ff00:5", 135, target, linkLayer(1, station));
    }

    static byte[] dad(long station, String target) {
        return discovery(station, "::", "ff02::1:ff00:5", 135, target);
    }

    static byte[] advertisement(long station, String from, String target) {
        return discovery(station, from, "ff02::1", 136, target, linkLayer(2, station));
    }

    static byte[] linkLayer(int option, long station) {
        ByteBuffer bytes = ByteBuffer.allocate(8).put(0, (byte) option).put(1, (byte) 1);
        MacAddress.write(bytes, 2, station);
        return bytes.array();
    }

    /** An IPv6 packet of any chain of headers. */
    static byte[] ipv6(long station, String from, int nextHeader, byte[]... parts) {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            payload.writeBytes(part);
        }
        return ip(
                station,
                PacketBuilder.ip(
                        IpAddress.parse(from),
                        IpAddress.parse("ff02::1"),
                        nextHeader,
                        255,
                        ByteBuffer.wrap(payload.toByteArray())));
    }

    /** An extension header of {@code units} times 8 bytes, its options padding. */
    static byte[] extension(int nextHeader, int units) {
        byte[] header = new byte[8 * units];
        header[0] = (byte) nextHeader;
        header[1] = (byte) (units - 1);
        header[2] = 1;
        header[3] = (byte) (header.length - 4);
        return header;
    }

    static byte[] fragment(int nextHeader, int offset, boolean more) {
        return ByteBuffer.allocate(8)
                .put(0, (byte) nextHeader)
                .putShort(2, (short) (offset | (more ? 1 : 0)))
                .putInt(4, 77)
                .array();
    }

    static byte[] routerAdvertisement() {
        return ByteBuffer.allocate(16).put(0, (byte) 134).array();
    }

    static byte[] ip(long station, ByteBuffer packet) {
        byte[] bytes = new byte[packet.remaining()];
        packet.get(bytes);
        return frame(station, (bytes[0] >>> 4 & 0xF) == 6 ? EtherType.IPV6 : EtherType.IPV4, bytes);
    }

    static byte[] ipv4(long station, String from, int protocol, int fragmentWord, byte[] payload) {
        byte[] frame = ip(
                station,
                PacketBuilder.ip(
                        IpAddress.parse(from),
                        IpAddress.parse("255.255.255.255"),
                        protocol,
                        64,
                        ByteBuffer.wrap(payload)));
        ByteBuffer.wrap(frame).putShort(14 + 6, (short) fragmentWord);
        return frame;
    }

    static byte[] tcp(long station, String from) {
        String to = from.contains(":") ? "2001:db8::99" : "10.0.0.99";
        return ip(
                station,
                PacketBuilder.tcp(
                        IpAddress.parse(from), 1000, IpAddress.parse(to), 80, 1, 1, 16, 100, ByteBuffer.allocate(20)));
    }

    static byte[] to(long destination, byte[] frame) {
        byte[] copy = frame.clone();
        MacAddress.write(ByteBuffer.wrap(copy), 0, destination);
        return copy;
    }

    static byte[] from(long source, byte[] frame) {
        byte[] copy = frame.clone();
        MacAddress.write(ByteBuffer.wrap(copy), 6, source);
        return copy;
    }

    static byte[] tagged(int type, int tci, byte[] frame) {
        ByteBuffer copy = ByteBuffer.allocate(frame.length + 4);
        copy.put(frame, 0, 12).putShort((short) type).putShort((short) tci).put(frame, 12, frame.length - 12);
        return copy.array();
    }

    static byte[] cut(byte[] frame, int length) {
        return Arrays.copyOf(frame, length);
    }

    /** A Router Advertisement behind extension headers. */
    static byte[] raBehind(byte[] headers, int first) {
        return ipv6(STATION, LINK_LOCAL, first, headers, routerAdvertisement());
    }

    static byte[] chain(int headers) {
        byte[][] all = new byte[headers][];
        Arrays.fill(all, extension(60, 1));
        all[headers - 1] = extension(58, 1);
        return concat(all);
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
