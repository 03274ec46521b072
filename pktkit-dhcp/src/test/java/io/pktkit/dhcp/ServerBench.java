// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import io.pktkit.device.Receiver;
import io.pktkit.dhcp.internal.DhcpMessage;
import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.dhcp.internal.DhcpPackets;
import io.pktkit.dhcp.internal.DhcpWriter;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A server whose clients are the test. The server is 10.0.2.2/24, the router .1, the range .10 to .13. */
final class ServerBench {
    static final IpAddress SERVER_ADDRESS = IpAddress.parse("10.0.2.2");
    static final int SERVER = SERVER_ADDRESS.toIpv4Bits();
    static final int OTHER_SERVER = address(3);

    final ManualTime time = new ManualTime();
    final List<String> events = new ArrayList<>();
    final List<ServerLease> told = new ArrayList<>(); // with each event
    final DhcpServer server;
    private final List<byte[]> frames = new ArrayList<>();

    ServerBench() {
        this(builder -> builder);
    }

    ServerBench(UnaryOperator<DhcpServerConfigBuilder> settings) {
        DhcpServerConfigBuilder builder = DhcpServerConfig.builder(IpPrefix.of(SERVER_ADDRESS, 24))
                .router(IpAddress.parse("10.0.2.1"))
                .range(IpAddress.ofIpv4(address(10)), IpAddress.ofIpv4(address(13)))
                .pathObserver((lease, event) -> {
                    events.add(event + " " + lease.address());
                    told.add(lease);
                });
        server = new DhcpServer(settings.apply(builder).build(), time);
        server.attach(frame -> frames.add(frame.toBytes()));
    }

    /** 10.0.2.host. */
    static int address(int host) {
        return 0x0A000200 + host;
    }

    void advance(int seconds) {
        time.advance(Duration.ofSeconds(seconds));
    }

    /** Sends a message from a station, in which chaddr is the station. */
    Reply send(int station, int type, Consumer<DhcpWriter> more) {
        return sendAs(station, station, type, more);
    }

    /** Sends a message from a station for the chaddr of another. */
    Reply sendAs(int source, int station, int type, Consumer<DhcpWriter> more) {
        return sendFrame(frame(Lan.mac(source), MacAddress.BROADCAST, message(station, type, more)));
    }

    Reply sendFrame(Frame frame) {
        frames.clear();
        server.send(frame);
        return new Reply(frames.isEmpty() ? null : frames.get(0));
    }

    static byte[] message(int station, int type, Consumer<DhcpWriter> more) {
        DhcpWriter writer = new DhcpWriter(1600).op(DhcpOptions.OP_REQUEST).xid(0x1234_5678);
        writer.hardware(1, 6, Lan.mac(station).toBytes()).byteOption(DhcpOptions.MESSAGE_TYPE, type);
        more.accept(writer);
        return writer.finish();
    }

    static Frame frame(MacAddress source, MacAddress target, byte[] message) {
        IpAddress all = IpAddress.parse("255.255.255.255");
        Packet packet = DhcpPackets.udp(14, IpAddress.parse("0.0.0.0"), 68, all, 67, message);
        packet.buffer().putShort(12, (short) EtherType.IPV4);
        return new Frame()
                .wrap(packet.buffer(), 0, 14 + packet.length())
                .destinationMac(target.toLong())
                .sourceMac(source.toLong());
    }

    Reply discover(int station) {
        return send(station, DhcpOptions.DISCOVER, writer -> {});
    }

    /** REQUEST in answer to an offer. */
    Reply select(int station, int address) {
        return send(station, DhcpOptions.REQUEST, selecting(address));
    }

    /** REQUEST as after a reboot of the client. */
    Reply reboot(int station, int address) {
        return send(station, DhcpOptions.REQUEST, w -> w.intOption(DhcpOptions.REQUESTED_ADDRESS, address));
    }

    /** REQUEST to extend. */
    Reply renew(int station, int address) {
        return send(station, DhcpOptions.REQUEST, writer -> writer.ciaddr(address));
    }

    Reply decline(int station, int address) {
        return send(station, DhcpOptions.DECLINE, selecting(address));
    }

    Reply release(int station, int address) {
        return send(station, DhcpOptions.RELEASE, releasing(address));
    }

    /** DISCOVER and REQUEST; the address, or 0 if there was none. */
    int lease(int station) {
        Reply offer = discover(station);
        return offer.type() == DhcpOptions.OFFER
                ? select(station, offer.yiaddr()).yiaddr()
                : 0;
    }

    /** A client that has renewed. */
    int provenLease(int station) {
        int address = lease(station);
        advance(60);
        renew(station, address);
        return address;
    }

    static Consumer<DhcpWriter> selecting(int address) {
        return writer -> {
            writer.intOption(DhcpOptions.REQUESTED_ADDRESS, address);
            writer.intOption(DhcpOptions.SERVER_IDENTIFIER, SERVER);
        };
    }

    static Consumer<DhcpWriter> releasing(int address) {
        return writer -> writer.ciaddr(address).intOption(DhcpOptions.SERVER_IDENTIFIER, SERVER);
    }

    /** Takes the place of who listens to the server. */
    void listen(Receiver<Frame> receiver) {
        Objects.requireNonNull(server.attachment()).close();
        server.attach(receiver);
    }

    /** What the server said, if anything. */
    static final class Reply {
        private final @Nullable Frame frame;
        private final DhcpMessage message = new DhcpMessage();

        private Reply(byte @Nullable [] bytes) {
            frame = bytes == null ? null : new Frame().wrap(ByteBuffer.wrap(bytes));
            UdpDatagram datagram = frame == null ? null : frame.packet().udp();
            if (frame != null && datagram != null && DhcpPackets.checksumsHold(frame.packet())) {
                message.wrap(frame.buffer(), datagram.payloadOffset(), datagram.payloadLength());
            }
        }

        boolean isSilence() {
            return frame == null;
        }

        int type() {
            return message.messageType();
        }

        int yiaddr() {
            return message.yiaddr();
        }

        DhcpMessage message() {
            return message;
        }

        Frame frame() {
            return Objects.requireNonNull(frame);
        }

        long leaseSeconds() {
            return message.intOption(DhcpOptions.LEASE_TIME);
        }

        String destination() {
            Packet packet = frame().packet();
            return packet.destination() + ":"
                    + Objects.requireNonNull(packet.udp()).destinationPort() + " " + frame().destination();
        }
    }
}
