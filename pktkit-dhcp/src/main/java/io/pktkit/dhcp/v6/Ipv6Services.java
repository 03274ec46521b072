// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.v6;

import io.pktkit.device.Attachment;
import io.pktkit.device.Interposer;
import io.pktkit.device.Receiver;
import io.pktkit.device.Registration;
import io.pktkit.dhcp.ra.InterfaceIdentifier;
import io.pktkit.dhcp.ra.Ipv6Offer;
import io.pktkit.dhcp.ra.RouterAdvertisement;
import io.pktkit.dhcp.ra.RouterAdvertiser;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.RateLimiter;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.List;

/**
 * Tells the hosts of a link what {@link Ipv6Offer} says, in the name of the gateway: by router advertisements, and to who asks by
 * DHCPv6. It stands between the gateway's link layer and what routes behind it, takes the questions out and lets all else
 * pass. Any thread; no lock is held while something is sent.
 */
public final class Ipv6Services implements AutoCloseable {
    private static final long LINK_LOCAL_GROUP = 0xFF02;
    private static final long LINK_LOCAL = 0xFE80;
    private static final int REPLIES_PER_SECOND = 100;
    private static final int REPLY_BURST = 50;

    private final Attachment<Packet> place;
    private final IpAddress self;
    private final RouterAdvertisement advertisement;
    private final InformationResponder responder;
    private final Timers timers;
    private final SourceLimiter clientReplies = new SourceLimiter();
    private final RateLimiter replies = new RateLimiter(REPLIES_PER_SECOND, REPLY_BURST);
    private final Alarm alarm;
    private final RouterAdvertiser advertiser; // guarded by this
    private final Registration registration;
    private boolean closed;

    /**
     * Begins to tell.
     *
     * @param place where the gateway's IP side is attached; what is sent there goes out on the link
     * @param gateway the gateway's station, which has the link-local address that follows from it
     * @param offer what to tell
     * @param timers the clock
     */
    public Ipv6Services(Attachment<Packet> place, MacAddress gateway, Ipv6Offer offer, Timers timers) {
        this.place = place;
        this.self = InterfaceIdentifier.linkLocal(gateway);
        this.advertisement = offer.advertisement(gateway);
        this.responder = new InformationResponder(offer, gateway);
        this.timers = timers;
        this.advertiser = new RouterAdvertiser(new SecureRandom(), timers.nowNanos());
        this.alarm = timers.newAlarm(this::onAlarm);
        this.registration = place.interpose(new Questions());
        rearm();
    }

    private final class Questions implements Interposer<Packet> {
        @Override
        public void fromDevice(Packet packet, Receiver<Packet> next) {
            if (!packet.isIpv6() || !isForLink(packet) || !take(packet)) {
                next.receive(packet);
            }
        }
    }

    private static boolean isForLink(Packet packet) {
        long scope = packet.destinationHigh() >>> 48;
        return scope == LINK_LOCAL_GROUP || scope == LINK_LOCAL;
    }

    private boolean take(Packet packet) {
        if (packet.protocol() == IpProtocol.ICMPV6) {
            IcmpMessage message = packet.icmp();
            if (message != null && message.type() == IcmpMessage.V6_ROUTER_SOLICITATION) {
                synchronized (this) {
                    advertiser.onSolicitation(packet, timers.nowNanos());
                }
                rearm();
                return true;
            }
            return false;
        }
        UdpDatagram datagram = packet.protocol() == IpProtocol.UDP && !packet.isFragment() ? packet.udp() : null;
        if (datagram == null || datagram.destinationPort() != InformationResponder.SERVER_PORT) {
            return false;
        }
        IpAddress client = packet.source();
        if (datagram.isValid()
                && client.isLinkLocal()
                && packet.destination().equals(InformationResponder.ALL_SERVERS) // RFC 8415 section 16
                && (packet.checksumPending() || packet.verifyTransportChecksum() == ChecksumStatus.VALID)
                && mayAnswer(client, timers.nowNanos())) {
            answer(client, datagram);
        }
        return true;
    }

    /** Each has a few answers before all have theirs together, or one could use up those of the others. */
    private boolean mayAnswer(IpAddress client, long nowNanos) {
        return clientReplies.tryAcquire(client, nowNanos) && replies.tryAcquire(nowNanos);
    }

    private void answer(IpAddress client, UdpDatagram datagram) {
        ByteBuffer reply = responder.reply(datagram.buffer(), datagram.payloadOffset(), datagram.payloadLength());
        if (reply != null) {
            send(PacketBuilder.udp(
                    self, InformationResponder.SERVER_PORT, client, InformationResponder.CLIENT_PORT, reply));
        }
    }

    private void onAlarm() {
        List<IpAddress> due;
        synchronized (this) {
            due = closed ? List.of() : advertiser.due(timers.nowNanos());
        }
        due.forEach(host -> send(advertisement.toPacket(self, host)));
        rearm();
    }

    /** One at a time, so that of two threads the one that saw the older deadline cannot set it last. */
    private synchronized void rearm() {
        alarm.arm(closed ? Timers.NEVER : advertiser.nextDeadlineNanos());
    }

    private boolean send(ByteBuffer packet) {
        return place.send(new Packet().wrap(packet));
    }

    /**
     * Takes the default route and the name servers back (RFC 4861 section 6.2.5), and says no more. Idempotent.
     */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        alarm.close();
        send(advertisement.ending().toPacket(self, RouterAdvertisement.ALL_NODES));
        registration.close();
    }

    /** {@return the gateway's link-local address, from which it speaks} */
    public IpAddress address() {
        return self;
    }

    @Override
    public String toString() {
        return "Ipv6Services[" + self + "]";
    }
}
