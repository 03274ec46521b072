// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

import io.pktkit.device.DropReason;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IcmpErrors;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpHeader;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.RateLimiter;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * The ICMP and ICMPv6 errors of one host, of which there are at most 100 a second and 50 at once (RFC 1812 section 4.3.2.8, RFC
 * 4443 section 2.4(f)). Whether one may be sent at all is for {@link IcmpErrors} to say. Owned like the host.
 */
public final class IcmpErrorOutput {
    private static final int PER_SECOND = 100;
    private static final int BURST = 50;

    private final IpOutput output;
    private final HostAddresses addresses;
    private final Consumer<DropReason> drops;
    private final RateLimiter limiter = new RateLimiter(PER_SECOND, BURST);
    private final Packet original = new Packet();
    private final ByteBuffer quote = ByteBuffer.allocate(IpHeader.length(IpFamily.IPV6) + UdpDatagram.HEADER_LENGTH);

    IcmpErrorOutput(IpOutput output, HostAddresses addresses, Consumer<DropReason> drops) {
        this.output = output;
        this.addresses = addresses;
        this.drops = drops;
    }

    /**
     * Reports on a packet at hand, from the address it was sent to if that is one of this host, else from the host's own. A
     * host without an address reports as the packet's destination.
     *
     * @param packet the packet
     * @param error what to say
     * @param nowNanos the time
     */
    public void report(Packet packet, IcmpError error, long nowNanos) {
        if (!IcmpErrors.mayReply(packet, error)) {
            return;
        }
        IpAddress destination = packet.destination();
        if (!addresses.isOwn(destination)) {
            IpAddress own = addresses.sourceFor(packet.source());
            destination = own == null ? destination : own;
        }
        send(packet, destination, error, nowNanos);
    }

    /**
     * Reports on a UDP datagram that is gone already: what is quoted is its headers, enough for the sender to find the socket.
     *
     * @param from who reports
     * @param source of the datagram
     * @param sourcePort its port
     * @param destination of the datagram
     * @param destinationPort its port
     * @param error what to say
     * @param nowNanos the time
     */
    public void reportUdp(
            IpAddress from,
            IpAddress source,
            int sourcePort,
            IpAddress destination,
            int destinationPort,
            IcmpError error,
            long nowNanos) {
        int at = IpHeader.write(
                quote,
                0,
                source,
                destination,
                IpProtocol.UDP,
                UdpDatagram.HEADER_LENGTH,
                IpHeader.DEFAULT_HOP_LIMIT,
                0,
                0,
                true);
        quote.putShort(at, (short) sourcePort);
        quote.putShort(at + 2, (short) destinationPort);
        quote.putShort(at + 4, (short) UdpDatagram.HEADER_LENGTH);
        quote.putShort(at + 6, (short) 0);
        send(original.wrap(quote, 0, at + UdpDatagram.HEADER_LENGTH), from, error, nowNanos);
    }

    private void send(Packet about, IpAddress from, IcmpError error, long nowNanos) {
        if (!IcmpErrors.mayReply(about, error)) {
            return;
        }
        if (!limiter.tryAcquire(nowNanos)) {
            drops.accept(DropReason.RATE_LIMITED);
            return;
        }
        ByteBuffer buffer = output.reservePacket(IcmpErrors.MAX_LENGTH);
        int length = IcmpErrors.write(about, from, error, buffer, buffer.position());
        if (length > 0) {
            output.sendPacket(buffer, length);
        }
    }
}
