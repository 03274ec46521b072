// SPDX-License-Identifier: MIT
package io.pktkit.vclient.internal;

import io.pktkit.device.DropReason;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** ICMP and ICMPv6: answers pings, sends some, and hands errors to whom they concern. Guarded by the stack's lock. */
public final class IcmpEcho {
    private static final int MAX_PINGS = 1024;
    private static final int PING_PAYLOAD = 56;
    private static final int V4_PORT_UNREACHABLE = 3;
    private static final int V4_FRAGMENTATION_NEEDED = 4;
    private static final int V6_PORT_UNREACHABLE = 4;

    private final ClientStack stack;
    private final SecureRandom random = new SecureRandom();

    /** By identifier and sequence number, both random. */
    private final Map<Integer, Ping> pings = new HashMap<>();

    IcmpEcho(ClientStack stack) {
        this.stack = stack;
    }

    private static final class Ping {
        final IpAddress target;
        final Waiter waiter;
        final long sentAt;
        long answeredAt;
        boolean answered;
        boolean unreachable;

        Ping(IpAddress target, Waiter waiter, long sentAt) {
            this.target = target;
            this.waiter = waiter;
            this.sentAt = sentAt;
        }
    }

    /**
     * Sends one echo request and waits for the reply. Takes the lock itself.
     *
     * @param target whom to ask
     * @param deadlineNanos when to give up
     * @return the round-trip time
     * @throws IOException if there was no reply in time, or an error instead
     */
    public Duration ping(IpAddress target, long deadlineNanos) throws IOException {
        stack.enter();
        try {
            stack.checkOpen();
            if (pings.size() >= MAX_PINGS) {
                throw new SocketException("too many pings at once: " + MAX_PINGS);
            }
            IpAddress source = stack.sourceFor(target);
            int key;
            do {
                key = random.nextInt();
            } while (pings.containsKey(key));
            Ping ping = new Ping(target, stack.newWaiter(), stack.nowNanos());
            pings.put(key, ping);
            try {
                request(source, target, key);
                return await(ping, deadlineNanos);
            } finally {
                pings.remove(key);
            }
        } finally {
            stack.leave();
        }
    }

    private Duration await(Ping ping, long deadlineNanos) throws IOException {
        boolean inTime = true;
        while (true) {
            if (ping.answered) {
                return Duration.ofNanos(ping.answeredAt - ping.sentAt);
            }
            stack.checkOpen();
            if (ping.unreachable) {
                throw new NoRouteToHostException(ping.target + ": the network reports it unreachable");
            }
            if (!inTime) {
                throw new SocketTimeoutException("no echo reply from " + ping.target);
            }
            inTime = ping.waiter.await(deadlineNanos);
        }
    }

    private void request(IpAddress source, IpAddress target, int key) {
        int type = target.isIpv4() ? IcmpMessage.V4_ECHO_REQUEST : IcmpMessage.V6_ECHO_REQUEST;
        int length = IcmpMessage.HEADER_LENGTH + PING_PAYLOAD;
        send(source, target, length, (buffer, at) -> {
            buffer.putInt(at, type << 24); // the buffer holds old bytes, where the checksum goes too
            buffer.putInt(at + 4, key);
            for (int i = 0; i < PING_PAYLOAD; i++) {
                buffer.put(at + IcmpMessage.HEADER_LENGTH + i, (byte) i);
            }
        });
    }

    @Nullable
    DropReason onPacket(Packet packet, long now) {
        IcmpMessage message = packet.icmp();
        if (message == null || !message.isValid() || message.family() != packet.family()) {
            return DropReason.MALFORMED;
        }
        if (!packet.checksumPending() && packet.verifyTransportChecksum() == ChecksumStatus.INVALID) {
            return DropReason.BAD_CHECKSUM;
        }
        if (message.isEchoRequest()) {
            reply(packet, message);
            return null;
        }
        if (message.isEchoReply()) {
            Ping ping = pings.get(message.restOfHeader());
            return ping != null && ping.target.equals(packet.source()) ? answered(ping, now) : DropReason.NO_RECEIVER;
        }
        return message.isError() ? onError(packet, message, now) : DropReason.UNSUPPORTED;
    }

    private static @Nullable DropReason answered(Ping ping, long now) {
        if (!ping.answered) {
            ping.answered = true;
            ping.answeredAt = now;
            ping.waiter.signal();
        }
        return null;
    }

    private void reply(Packet packet, IcmpMessage request) {
        int type = packet.isIpv4() ? IcmpMessage.V4_ECHO_REPLY : IcmpMessage.V6_ECHO_REPLY;
        IpAddress self = packet.destination();
        IpAddress asker = packet.source();
        send(self, asker, packet.transportLength(), (buffer, at) -> {
            buffer.put(at, request.buffer(), request.offset(), packet.transportLength());
            buffer.putInt(at, type << 24);
        });
    }

    /** The body writes everything but the checksum, whose field it leaves zero. */
    private void send(IpAddress source, IpAddress destination, int length, PacketOutput.Body body) {
        int protocol = source.family() == IpFamily.IPV4 ? IpProtocol.ICMP : IpProtocol.ICMPV6;
        stack.output().send(source, destination, protocol, length, (buffer, at) -> {
            body.write(buffer, at);
            int checksum = source.isIpv4()
                    ? Checksum.internet(buffer, at, length)
                    : Checksum.transport(source, destination, protocol, buffer, at, length);
            buffer.putShort(at + 2, (short) checksum);
        });
    }

    private @Nullable DropReason onError(Packet packet, IcmpMessage error, long now) {
        if (stack.tcp().onIcmpError(packet, now)) {
            return null;
        }
        Packet quoted = error.quotedPacket();
        if (quoted == null || !stack.isOwn(quoted.source())) {
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
            boolean port = error.code() == (ipv4 ? V4_PORT_UNREACHABLE : V6_PORT_UNREACHABLE);
            stack.udp().onError(quoted, port, tooBig ? Math.max(1, error.mtu()) : 0);
            return null;
        }
        IcmpMessage request = quoted.icmp();
        Ping ping = request == null || !request.isEchoRequest() ? null : pings.get(request.restOfHeader());
        if (ping == null || tooBig || !ping.target.equals(quoted.destination())) {
            return DropReason.NO_RECEIVER;
        }
        ping.unreachable = true;
        ping.waiter.signal();
        return null;
    }
}
