// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;

/** Packets of one flow, one after the other, as a host sends them. */
final class CoalescedTraffic {

    /** No operation twice and a timestamp, as every Linux sends it. */
    static final byte[] TIMESTAMP = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};

    boolean v4 = true;
    boolean dontFragment = true;
    boolean countsIdentification = true;
    int identification = 0xFFFE;
    int sourcePort = 1000;
    int sequence = 0x7FFF_FF00;
    byte[] options = TIMESTAMP;
    private final Random random = new Random(5);

    /** What came out, copied. */
    @SuppressWarnings("ArrayRecordComponent") // compared by its bytes, never as a record
    record Out(String owner, byte[] bytes, int segmentSize, boolean pending, boolean rewritable) {

        static Out of(String owner, Packet packet) {
            return new Out(
                    owner, packet.toBytes(), packet.segmentSize(), packet.checksumPending(), packet.isRewritable());
        }

        int length() {
            return bytes.length;
        }

        int sourcePort() {
            return Objects.requireNonNull(
                            new Packet().wrap(ByteBuffer.wrap(bytes)).tcp())
                    .sourcePort();
        }

        /** Its pieces, or else itself. */
        List<byte[]> cut() {
            if (segmentSize == 0) {
                return List.of(bytes);
            }
            List<byte[]> pieces = new ArrayList<>();
            Segmenter segmenter = new Segmenter();
            Packet piece = new Packet();
            if (segmenter.begin(new Packet().wrap(ByteBuffer.wrap(bytes)), segmentSize) != null) {
                throw new AssertionError("what was joined cannot be cut: segmentSize=" + segmentSize);
            }
            while (segmenter.hasNext()) {
                ByteBuffer target = ByteBuffer.allocate(segmenter.nextLength());
                segmenter.next(target, 0, piece);
                pieces.add(target.array());
            }
            return pieces;
        }
    }

    private IpAddress source() {
        return IpAddress.parse(v4 ? "10.0.0.1" : "2001:db8::1");
    }

    private IpAddress destination() {
        return IpAddress.parse(v4 ? "10.0.1.7" : "2001:db8:1::7");
    }

    byte[] tcp(int payload, int flags) {
        ByteBuffer segment = ByteBuffer.allocate(20 + options.length + payload);
        TcpSegment tcp =
                new TcpSegment().wrap(segment.put(12, (byte) ((20 + options.length) << 2)), 0, segment.capacity());
        tcp.sourcePort(sourcePort)
                .destinationPort(2000)
                .sequenceNumber(sequence)
                .acknowledgmentNumber(77);
        tcp.flags(flags).window(4000);
        segment.put(20, options).put(20 + options.length, content(payload));
        sequence += payload;
        return finish(PacketBuilder.ip(source(), destination(), 6, 64, segment));
    }

    byte[] udp(int payload) {
        return finish(PacketBuilder.udp(source(), sourcePort, destination(), 2000, ByteBuffer.wrap(content(payload))));
    }

    private byte[] content(int length) {
        byte[] content = new byte[length];
        random.nextBytes(content);
        return content;
    }

    private byte[] finish(ByteBuffer built) {
        Packet packet = new Packet().wrap(built);
        packet.identification(identification).dontFragment(dontFragment);
        identification += countsIdentification ? 1 : 0;
        packet.recomputeTransportChecksum();
        return packet.toBytes();
    }

    /** In an Ethernet frame from a station, with padding. */
    Frame frame(byte[] packet, int station, int padding) {
        byte[] frame = new byte[14 + packet.length + padding];
        frame[11] = (byte) station;
        frame[12] = 8;
        System.arraycopy(packet, 0, frame, 14, packet.length);
        return new Frame().wrap(ByteBuffer.wrap(frame));
    }

    /** In the middle of junk, in direct memory. */
    static Packet inJunk(byte[] packet) {
        byte[] junk = new byte[packet.length + 30];
        new Random(packet.length).nextBytes(junk);
        ByteBuffer buffer = ByteBuffer.allocateDirect(junk.length).put(0, junk).put(13, packet);
        return new Packet().wrap(buffer, 13, packet.length);
    }

    static Packet tcpOf(Packet packet, Consumer<TcpSegment> change) {
        change.accept(Objects.requireNonNull(packet.tcp()));
        return packet;
    }

    static byte[] udpOf(byte[] packet, Consumer<UdpDatagram> change) {
        Packet changed = new Packet().wrap(ByteBuffer.wrap(packet));
        change.accept(Objects.requireNonNull(changed.udp()));
        return changed.toBytes();
    }
}
