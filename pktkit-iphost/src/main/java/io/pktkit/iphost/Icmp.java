// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

import io.pktkit.device.DropReason;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** ICMP and ICMPv6 of a host: answers echo requests, sends some, and hands errors to whom they concern. Owned like the host. */
public final class Icmp {
    /** Echo requests that may wait for a reply. */
    public static final int MAX_PINGS = 1024;

    private static final int PING_PAYLOAD = 56;
    private static final int V4_PORT_UNREACHABLE = 3;
    private static final int V4_FRAGMENTATION_NEEDED = 4;
    private static final int V6_PORT_UNREACHABLE = 4;

    private final IpHost host;
    private final SecureRandom random = new SecureRandom();

    /** By identifier and sequence number, both random. */
    private final Map<Integer, Ping> pings = new HashMap<>();

    Icmp(IpHost host) {
        this.host = host;
    }

    /**
     * Sends an echo request.
     *
     * @param target whom to ask
     * @param onChange told of the reply, or of an error instead; as {@link UdpEvents}
     * @param nowNanos the time
     * @return what is known of it, to be given to {@link #forget}
     * @throws IOException if there is no way there, or too many requests wait
     */
    public Ping ping(IpAddress target, Runnable onChange, long nowNanos) throws IOException {
        if (pings.size() >= MAX_PINGS) {
            throw new SocketException("too many pings at once: " + MAX_PINGS);
        }
        IpAddress source = host.sourceFor(target);
        int key = random.nextInt();
        while (pings.containsKey(key)) {
            key = random.nextInt();
        }
        Ping ping = new Ping(key, target, onChange, nowNanos);
        pings.put(key, ping);
        int type = target.isIpv4() ? IcmpMessage.V4_ECHO_REQUEST : IcmpMessage.V6_ECHO_REQUEST;
        int length = IcmpMessage.HEADER_LENGTH + PING_PAYLOAD;
        ByteBuffer buffer = host.output().reserve(target, length, nowNanos);
        int at = buffer.position();
        buffer.putInt(at, type << 24);
        buffer.putInt(at + 4, key);
        for (int i = 0; i < PING_PAYLOAD; i++) {
            buffer.put(at + IcmpMessage.HEADER_LENGTH + i, (byte) i);
        }
        host.output().sendIcmp(buffer, source, target, length);
        return ping;
    }

    /**
     * Waits no longer for a reply.
     *
     * @param ping the request
     */
    public void forget(Ping ping) {
        pings.remove(ping.key, ping);
    }

    @Nullable
    DropReason onPacket(Packet packet, HostAddresses.Scope scope, long nowNanos) {
        IcmpMessage message = packet.icmp();
        if (message == null || !message.isValid() || message.family() != packet.family()) {
            return DropReason.MALFORMED;
        }
        if (!packet.checksumPending() && packet.verifyTransportChecksum() == ChecksumStatus.INVALID) {
            return DropReason.BAD_CHECKSUM;
        }
        boolean own = scope == HostAddresses.Scope.OWN || scope == HostAddresses.Scope.LOOPBACK;
        Gateway gateway = host.gateway();
        if (message.isError()) {
            return own || gateway != null ? onError(packet, message, nowNanos) : DropReason.NOT_FOR_US;
        }
        if (!own) {
            boolean request = message.isEchoRequest() && scope == HostAddresses.Scope.OTHER;
            return gateway != null && request ? gateway.onEcho(packet, nowNanos) : DropReason.NOT_FOR_US;
        }
        if (message.isEchoRequest()) {
            return reply(packet, message, nowNanos) ? null : DropReason.QUEUE_FULL;
        }
        if (message.isEchoReply()) {
            Ping ping = pings.isEmpty() ? null : pings.get(message.restOfHeader());
            if (ping == null || !ping.target().equals(packet.source())) {
                return DropReason.NO_RECEIVER;
            }
            ping.onReply(nowNanos);
            return null;
        }
        return DropReason.UNSUPPORTED;
    }

    private boolean reply(Packet packet, IcmpMessage request, long nowNanos) {
        int type = packet.isIpv4() ? IcmpMessage.V4_ECHO_REPLY : IcmpMessage.V6_ECHO_REPLY;
        IpAddress asker = packet.source();
        int length = packet.transportLength();
        ByteBuffer buffer = host.output().reserve(asker, length, nowNanos);
        int at = buffer.position();
        buffer.put(at, request.buffer(), request.offset(), length);
        buffer.putInt(at, type << 24);
        return host.output().sendIcmp(buffer, packet.destination(), asker, length);
    }

    private @Nullable DropReason onError(Packet packet, IcmpMessage error, long nowNanos) {
        if (host.tcp().onIcmpError(packet, nowNanos)) {
            return null;
        }
        Packet quoted = error.quotedPacket();
        if (quoted == null || !isOurs(quoted)) {
            return DropReason.NO_RECEIVER;
        }
        boolean ipv4 = packet.isIpv4();
        boolean unreachable = error.type()
                == (ipv4 ? IcmpMessage.V4_DESTINATION_UNREACHABLE : IcmpMessage.V6_DESTINATION_UNREACHABLE);
        boolean tooBig = ipv4
                ? unreachable && error.code() == V4_FRAGMENTATION_NEEDED
                : error.type() == IcmpMessage.V6_PACKET_TOO_BIG;
        if (!unreachable && !tooBig) {
            return null; // time exceeded and the like may pass: a soft error, RFC 1122 section 3.2.2
        }
        if (quoted.protocol() == IpProtocol.UDP) {
            if (tooBig) {
                return onTooBig(quoted, error.mtu(), nowNanos);
            }
            host.udp().onUnreachable(quoted, error.code() == (ipv4 ? V4_PORT_UNREACHABLE : V6_PORT_UNREACHABLE));
            return null;
        }
        IcmpMessage request = quoted.icmp();
        Ping ping = request == null || !request.isEchoRequest() ? null : pings.get(request.restOfHeader());
        if (ping == null || tooBig || !ping.target().equals(quoted.destination())) {
            return DropReason.NO_RECEIVER;
        }
        ping.onUnreachable();
        return null;
    }

    /** Believed for what can have been sent from here: from a port of ours, or by a gateway, which sends from all. */
    private @Nullable DropReason onTooBig(Packet quoted, int mtu, long nowNanos) {
        if (host.gateway() == null && !host.udp().isSender(quoted)) {
            return DropReason.NO_RECEIVER;
        }
        host.output().lowerMtu(quoted.destination(), Math.max(1, mtu), nowNanos);
        return null;
    }

    private boolean isOurs(Packet quoted) {
        return host.gateway() != null || host.addresses().isFromOwn(quoted);
    }
}
