// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import io.pktkit.device.AbstractL2Device;
import io.pktkit.device.DropReason;
import io.pktkit.device.Mailbox;
import io.pktkit.dhcp.internal.ArpResponder;
import io.pktkit.dhcp.internal.Deliveries;
import io.pktkit.dhcp.internal.DhcpMessage;
import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.dhcp.internal.DhcpPackets;
import io.pktkit.dhcp.internal.EchoResponder;
import io.pktkit.dhcp.internal.LeaseSaver;
import io.pktkit.dhcp.internal.ServerEngines;
import io.pktkit.dhcp.internal.ServerReply;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A DHCP server (RFC 2131 section 4.3) as a device on an Ethernet network: connect it to a hub, and it answers. All methods may
 * be called from any thread; replies and events come with no lock held, and none after {@link #close()} returned.
 *
 * <p><b>Whose address.</b> A client renews by unicast to the server's IP address, so something must answer ARP for it. The server
 * does so itself, and answers ping: give it an address that no other device on the network has. Where the gateway has the same address, turn that
 * off ({@link DhcpServerConfigBuilder#answerArp}) and let the gateway hand what it receives for UDP port 67 to {@link #onPacket};
 * replies still leave through this device. Without either, clients keep their leases only by rebinding, at seven eighths
 * of the lease.
 *
 * <p><b>What is refused.</b> Fragments, frames with a VLAN tag other than priority, wrong checksums and frames for others are
 * dropped and counted in {@link #stats()}. Leases are bounded in all and by station, and a client that has not been seen to renew
 * gets a short one first: see {@link DhcpServerConfigBuilder}.
 */
public final class DhcpServer extends AbstractL2Device {
    private static final int HEADROOM = 64;

    private final DhcpServerConfig config;
    private final int address;
    private final int subnetBroadcast;
    private final Timers timers;
    private final Alarm alarm;
    private final Deliveries deliveries = new Deliveries(DhcpServer.class);
    private final Mailbox mailbox;
    private final Object lock = new Object();
    private final ServerEngines engine; // under the lock
    private final DhcpMessage message = new DhcpMessage(); // under the lock
    private final @Nullable LeaseSaver saver;

    /** Under the lock: what was read is no change. A start that is refused would else write it over what is newer. */
    private boolean restoring;

    /**
     * Makes a server that answers as soon as it is connected.
     *
     * @param config what it gives out
     * @param timers where it takes the time from
     */
    public DhcpServer(DhcpServerConfig config, Timers timers) {
        super(config.mac());
        this.config = config;
        this.timers = timers;
        address = config.serverAddress().address().toIpv4Bits();
        boolean hasBroadcast = config.serverAddress().length() < 31;
        subnetBroadcast = hasBroadcast ? config.serverAddress().broadcast().toIpv4Bits() : address;
        mailbox = new Mailbox(timers.callbacks(), DhcpServer.class);
        engine = new ServerEngines(config, this::onLease);
        alarm = timers.newAlarm(this::onAlarm);
        LeaseStore store = config.leaseStore();
        saver = store == null ? null : new LeaseSaver(store, this::records, timers, DhcpServer.class);
        if (store != null) {
            restore(store.load());
        }
    }

    private void restore(List<StoredLease> records) {
        synchronized (lock) {
            restoring = true;
            try {
                engine.restore(records, timers.nowNanos(), config.calendar().instant());
            } finally {
                restoring = false;
            }
            alarm.arm(engine.nextDeadlineNanos());
        }
        deliveries.drain();
    }

    private List<StoredLease> records() {
        synchronized (lock) {
            return engine.store(timers.nowNanos(), config.calendar().instant());
        }
    }

    /**
     * Takes a frame from the network. A reply goes to the handler, as a rule before this returns.
     *
     * @param frame on loan
     * @return false if the frame was of no use to the server
     */
    @Override
    public boolean send(Frame frame) {
        int length = frame.length();
        DropReason reason = isClosed() ? DropReason.CLOSED : onFrame(frame);
        if (reason != null) {
            stats().sendDropped(reason);
        } else {
            stats().sent(length);
        }
        deliveries.drain();
        return reason == null;
    }

    /**
     * Takes a packet that reached another device, such as the gateway that has the server's address. The reply leaves through
     * this device.
     *
     * @param packet on loan
     * @param sourceMac the station that it came from
     * @return true if it was for the DHCP server (UDP port 67 at its address or a broadcast address), whether or not it was of use;
     *     such a packet goes no further
     */
    public boolean onPacket(Packet packet, long sourceMac) {
        if (DhcpPackets.datagramTo(packet, DhcpOptions.SERVER_PORT) == null || !isAddressedToUs(packet)) {
            return false;
        }
        DropReason reason = isClosed() ? DropReason.CLOSED : onDatagram(packet, sourceMac);
        if (reason != null) {
            stats().sendDropped(reason);
        } else {
            stats().sent(packet.length());
        }
        deliveries.drain();
        return true;
    }

    /**
     * The leases that clients hold now, offers not included.
     *
     * @return a copy, by address
     */
    public List<ServerLease> leases() {
        List<ServerLease> leases;
        synchronized (lock) {
            engine.expire(timers.nowNanos());
            leases = engine.leases();
        }
        deliveries.drain();
        return leases;
    }

    /**
     * The lease of an address.
     *
     * @param address the address
     * @return the lease, or null if nobody holds the address now
     */
    public @Nullable ServerLease lease(IpAddress address) {
        ServerLease lease;
        synchronized (lock) {
            engine.expire(timers.nowNanos());
            lease = address.isIpv4() ? engine.lease(address.toIpv4Bits()) : null;
        }
        deliveries.drain();
        return lease;
    }

    /**
     * The configuration.
     *
     * @return what the server was made with
     */
    public DhcpServerConfig config() {
        return config;
    }

    @Override
    protected void onClose() {
        alarm.close();
        deliveries.close();
        mailbox.close();
        if (saver != null) {
            saver.close();
        }
    }

    private @Nullable DropReason onFrame(Frame frame) {
        if (!frame.isValid()) {
            return DropReason.TRUNCATED;
        }
        if (frame.vlanId() != 0) {
            return DropReason.VLAN; // the answer would be untagged, on another network
        }
        long source = frame.sourceMac();
        if (source == 0
                || MacAddress.isMulticast(source)
                || source == macAddress().toLong()) {
            return DropReason.MALFORMED;
        }
        if (!frame.isBroadcast() && frame.destinationMac() != macAddress().toLong()) {
            return DropReason.NOT_FOR_US;
        }
        if (frame.etherType() == EtherType.ARP) {
            return config.answerArp() ? onArp(frame) : DropReason.NOT_FOR_US;
        }
        return frame.etherType() == EtherType.IPV4 ? onPacketOf(frame) : DropReason.NOT_FOR_US;
    }

    private @Nullable DropReason onArp(Frame frame) {
        ByteBuffer reply = ArpResponder.reply(frame, macAddress().toLong(), address);
        if (reply == null) {
            return DropReason.NOT_FOR_US;
        }
        boolean queued = deliveries.lossy(() -> deliver(new Frame().wrap(reply)));
        return queued ? null : DropReason.QUEUE_FULL;
    }

    private @Nullable DropReason onPacketOf(Frame frame) {
        Packet packet = frame.packet();
        if (!packet.isValid()) {
            return DropReason.MALFORMED;
        }
        if (config.answerArp() && EchoResponder.isFor(packet, address)) {
            ByteBuffer reply = EchoResponder.reply(frame, packet, macAddress());
            if (reply == null) {
                return DropReason.NOT_FOR_US;
            }
            return deliveries.lossy(() -> deliver(new Frame().wrap(reply))) ? null : DropReason.QUEUE_FULL;
        }
        return isAddressedToUs(packet) ? onDatagram(packet, frame.sourceMac()) : DropReason.NOT_FOR_US;
    }

    private boolean isAddressedToUs(Packet packet) {
        int target = (int) packet.destinationLow();
        return packet.isIpv4() && (target == address || target == subnetBroadcast || target == -1);
    }

    private @Nullable DropReason onDatagram(Packet packet, long sourceMac) {
        UdpDatagram datagram = DhcpPackets.datagramTo(packet, DhcpOptions.SERVER_PORT);
        if (datagram == null) {
            return packet.isFragment() ? DropReason.UNSUPPORTED : DropReason.NOT_FOR_US;
        }
        if (!DhcpPackets.checksumsHold(packet)) {
            return DropReason.BAD_CHECKSUM;
        }
        synchronized (lock) {
            if (!deliveries.hasRoom()) {
                return DropReason.QUEUE_FULL; // before anything is granted: what is granted is told
            }
            message.wrap(packet.buffer(), datagram.payloadOffset(), datagram.payloadLength());
            boolean direct = (int) packet.destinationLow() == address;
            ServerReply reply = engine.onMessage(message, sourceMac, direct, timers.nowNanos());
            alarm.arm(engine.nextDeadlineNanos());
            byte[] payload = reply.payload();
            if (payload != null) {
                deliveries.event(() -> deliver(frameOf(reply, payload)));
            }
            return reply.reason();
        }
    }

    private void onLease(ServerLease lease, LeaseEvent event) {
        if (saver != null && !restoring) {
            saver.changed();
        }
        for (LeaseObserver observer : config.pathObservers()) {
            deliveries.event(() -> observer.onLease(lease, event));
        }
        for (LeaseObserver observer : config.observers()) {
            mailbox.post(() -> observer.onLease(lease, event));
        }
    }

    private void onAlarm() {
        synchronized (lock) {
            engine.expire(timers.nowNanos());
            alarm.arm(engine.nextDeadlineNanos());
        }
        deliveries.drain();
    }

    private Frame frameOf(ServerReply reply, byte[] payload) {
        Packet packet = DhcpPackets.udp(
                HEADROOM,
                config.serverAddress().address(),
                DhcpOptions.SERVER_PORT,
                IpAddress.ofIpv4(reply.address()),
                reply.port(),
                payload);
        int start = packet.offset() - Frame.HEADER_LENGTH;
        packet.buffer().putShort(start + 12, (short) EtherType.IPV4);
        return new Frame()
                .wrap(packet.buffer(), start, Frame.HEADER_LENGTH + packet.length())
                .destinationMac(reply.mac())
                .sourceMac(macAddress().toLong());
    }
}
