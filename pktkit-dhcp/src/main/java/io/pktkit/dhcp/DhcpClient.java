// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import io.pktkit.dhcp.internal.ClientMachine;
import io.pktkit.dhcp.internal.ClientMessages;
import io.pktkit.dhcp.internal.ClientOutput;
import io.pktkit.dhcp.internal.Deliveries;
import io.pktkit.dhcp.internal.DhcpMessage;
import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.dhcp.internal.DhcpPackets;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A DHCP client (RFC 2131 section 4.4): asks for an address, checks that nobody uses it (RFC 5227), keeps the lease and starts over
 * when it is lost. It owns no clock, thread or socket. Its caller hands it the packets and ARP messages heard and the time, and calls
 * {@link #onTick} at {@link #nextDeadlineNanos}, which is to be read again after every other call.
 *
 * <p>Any thread may call. What the client has to say goes to its {@link DhcpTransport}, with no lock held, before the call
 * returns, unless another thread, or this one further up, is already in the transport: that one then goes on with it. When the
 * client is stopped or starts over, what was queued before is dropped, but for {@code onLost}, DECLINE and RELEASE; {@code onLost}
 * is called exactly when an {@code onBound} was. {@link #close} ends all of it.
 *
 * <p>A client that was given the address of an earlier run ({@link DhcpClientConfig.Builder#previousAddress}) asks for that first
 * (INIT-REBOOT), and a server that knows the client answers in one step.
 */
public final class DhcpClient implements AutoCloseable {
    private static final IpAddress BROADCAST = IpAddress.ofIpv4(0xFFFF_FFFF);
    private static final IpAddress UNSPECIFIED = IpAddress.unspecified(IpFamily.IPV4);

    private final DhcpTransport transport;
    private final long mac;
    private final Object lock = new Object();
    private final Deliveries deliveries = new Deliveries(DhcpClient.class);
    private ClientMachine machine; // under the lock
    private final DhcpMessage message = new DhcpMessage(); // under the lock
    private long ignored; // under the lock
    private boolean closed; // under the lock

    // Written under the lock; volatile so that a look without it can tell that there is nothing to do.
    private volatile boolean active;
    private volatile boolean probing;
    private final AtomicInteger epoch = new AtomicInteger(); // changes whenever what is queued is no longer wanted

    // Only touched by what the deliveries run, which is one call at a time.
    private boolean boundTold;

    /**
     * Makes a client that is stopped.
     *
     * @param config who asks and how
     * @param transport where it talks to
     */
    public DhcpClient(DhcpClientConfig config, DhcpTransport transport) {
        this.transport = transport;
        mac = config.mac().toLong();
        machine = machine(config);
    }

    private ClientMachine machine(DhcpClientConfig config) {
        ClientMessages messages = new ClientMessages(
                config.mac(), config.clientIdentifier(), config.hostname(), config.maximumMessageSize());
        return new ClientMachine(
                mac,
                config.clientIdentifier(),
                config.previousAddress(),
                config.arpProbe(),
                config.jitter(),
                messages,
                new Queueing());
    }

    /**
     * Starts to ask for an address. A client that is active starts over, without a RELEASE: a lease that it holds is lost first.
     *
     * @param nowNanos the time
     * @throws IllegalStateException if the client is closed
     */
    public void start(long nowNanos) {
        synchronized (lock) {
            requireOpen();
            machine.start(nowNanos);
            publish();
        }
        deliveries.drain();
    }

    /**
     * Starts to ask for an address under another configuration. A lease that is held is released and lost first: the transport
     * hears RELEASE and {@code onLost} of the run that ends before anything of the one that begins, on whichever threads both
     * are called for and also if this is called from within a callback.
     *
     * @param config how to ask from now on; the station must be the same
     * @param nowNanos the time
     * @throws IllegalArgumentException if it is for another station
     * @throws IllegalStateException if the client is closed
     */
    public void restart(DhcpClientConfig config, long nowNanos) {
        if (config.mac().toLong() != mac) {
            throw new IllegalArgumentException("the configuration must be for the station of the client: mac="
                    + config.mac() + ", clientMac=" + MacAddress.of(mac));
        }
        synchronized (lock) {
            requireOpen();
            machine.release();
            machine = machine(config);
            machine.start(nowNanos);
            publish();
        }
        deliveries.drain();
    }

    /**
     * Hears that the host is attached to a link, which may be another one. A lease that is held is kept while the servers there are asked
     * to confirm it (RFC 2131 section 3.7): it is lost if one refuses, and goes on if none answers. If it is kept, a client that probes looks
     * whether somebody there has the address (RFC 5227 section 2.1), and declines and loses it then. A client without a lease asks anew.
     * Nothing happens to one that is stopped.
     *
     * @param nowNanos the time; what there is to send is sent by {@link #onTick}
     */
    public void onLinkUp(long nowNanos) {
        synchronized (lock) {
            machine.linkUp(nowNanos);
            publish();
        }
        deliveries.drain();
    }

    /** Stops without a word to the server. A lease that is held is lost. */
    public void stop() {
        synchronized (lock) {
            machine.stop();
            publish();
        }
        deliveries.drain();
    }

    /** Stops, and tells the server that the address is free if one is held. RELEASE is sent before {@code onLost}. */
    public void release() {
        synchronized (lock) {
            machine.release();
            publish();
        }
        deliveries.drain();
    }

    /**
     * Stops for good, without a word to the server. A lease that is held is lost before this returns, and the transport is not
     * called after, unless that is where this is called from. Idempotent.
     */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            machine.stop();
            publish();
        }
        deliveries.close();
    }

    /**
     * Looks at a packet that was received.
     *
     * @param packet the packet, on loan
     * @param sourceMac the station that it came from
     * @param nowNanos the time
     * @return true if it was addressed to the DHCP client of an active host (unfragmented IPv4, UDP port 68), whether or not
     *     it was of use; such a packet goes no further
     */
    public boolean onPacket(Packet packet, long sourceMac, long nowNanos) {
        if (!active) {
            return false;
        }
        UdpDatagram datagram = DhcpPackets.datagramTo(packet, DhcpOptions.CLIENT_PORT);
        if (datagram == null) {
            return false;
        }
        if (datagram.sourcePort() == DhcpOptions.SERVER_PORT && DhcpPackets.checksumsHold(packet)) {
            onMessage(packet.buffer(), datagram.payloadOffset(), datagram.payloadLength(), sourceMac, nowNanos);
        } else {
            ignore();
        }
        return true;
    }

    /**
     * Takes a DHCP message from which Ethernet, IP and UDP were taken off.
     *
     * @param buffer holds the message, on loan
     * @param offset where it starts
     * @param length its length in bytes
     * @param sourceMac the station that it came from, 0 if that is not known
     * @param nowNanos the time
     */
    public void onMessage(ByteBuffer buffer, int offset, int length, long sourceMac, long nowNanos) {
        synchronized (lock) {
            if (!machine.onMessage(message.wrap(buffer, offset, length), sourceMac, nowNanos)) {
                ignored++;
            }
            publish();
        }
        deliveries.drain();
    }

    /**
     * Looks at an ARP message that was received, for somebody who uses or wants the address being probed for (RFC 5227 section
     * 2.1.1). Cheap when the client is not probing.
     *
     * @param senderMac the sender hardware address; the client's own is not a conflict
     * @param senderAddress the sender protocol address
     * @param targetAddress the target protocol address
     * @param nowNanos the time
     */
    public void onArp(long senderMac, int senderAddress, int targetAddress, long nowNanos) {
        if (!probing || senderMac == mac) {
            return;
        }
        synchronized (lock) {
            machine.onArp(senderAddress, targetAddress, nowNanos);
            publish();
        }
        deliveries.drain();
    }

    /**
     * Does what is due.
     *
     * @param nowNanos the time
     */
    public void onTick(long nowNanos) {
        synchronized (lock) {
            machine.onTick(nowNanos);
            publish();
        }
        deliveries.drain();
    }

    /**
     * When {@link #onTick} is wanted.
     *
     * @return the time, or {@link Timers#NEVER}
     */
    public long nextDeadlineNanos() {
        synchronized (lock) {
            return machine.nextDeadlineNanos();
        }
    }

    /**
     * Whether the client was started and not stopped since.
     *
     * @return whether it asks for, or holds, an address
     */
    public boolean isActive() {
        return active;
    }

    /**
     * Where the client is.
     *
     * @return the state
     */
    public DhcpState state() {
        synchronized (lock) {
            return machine.state();
        }
    }

    /**
     * The lease that is held.
     *
     * @return the lease, or null
     */
    public @Nullable Lease lease() {
        synchronized (lock) {
            return machine.lease();
        }
    }

    /**
     * How many messages to the client's port were of no use: malformed, not an answer to what was asked, or not in the state.
     *
     * @return the count since the client was made
     */
    public long ignoredMessages() {
        synchronized (lock) {
            return ignored;
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("DHCP client is closed: mac=" + MacAddress.of(mac));
        }
    }

    private void publish() {
        active = machine.isActive();
        probing = machine.isProbing();
    }

    private void ignore() {
        synchronized (lock) {
            ignored++;
        }
    }

    private static Packet packet(IpAddress source, IpAddress target, byte[] payload) {
        return DhcpPackets.udp(
                DhcpTransport.HEADROOM, source, DhcpOptions.CLIENT_PORT, target, DhcpOptions.SERVER_PORT, payload);
    }

    /** Turns what the machine says under the lock into calls made after it. */
    private final class Queueing implements ClientOutput {
        @Override
        public void broadcast(@Nullable Lease from, byte[] payload) {
            Packet packet = packet(from == null ? UNSPECIFIED : from.address(), BROADCAST, payload);
            deliveries.lossyIf(stillWanted(), () -> transport.sendBroadcast(packet));
        }

        @Override
        public void unicast(Lease lease, byte[] payload) {
            Packet packet = packet(lease.address(), lease.serverIdentifier(), payload);
            deliveries.lossyIf(stillWanted(), () -> transport.sendUnicast(packet, lease.serverMac()));
        }

        @Override
        public void probe(Lease lease) {
            deliveries.lossyIf(stillWanted(), () -> transport.sendProbe(lease.address()));
        }

        @Override
        public void announce(Lease lease) {
            deliveries.lossyIf(stillWanted(), () -> transport.sendAnnouncement(lease.address()));
        }

        @Override
        public void bound(Lease lease) {
            deliveries.eventIf(stillWanted(), () -> {
                boundTold = true;
                transport.onBound(lease);
            });
        }

        @Override
        public void renewed(Lease lease) {
            deliveries.eventIf(stillWanted(), () -> transport.onRenewed(lease));
        }

        @Override
        public void decline(byte[] payload) {
            Packet packet = packet(UNSPECIFIED, BROADCAST, payload);
            deliveries.event(() -> transport.sendBroadcast(packet));
        }

        @Override
        public void release(Lease lease, byte[] payload) {
            Packet packet = packet(lease.address(), lease.serverIdentifier(), payload);
            deliveries.event(() -> transport.sendUnicast(packet, lease.serverMac()));
        }

        @Override
        public void supersede() {
            epoch.incrementAndGet();
        }

        @Override
        public void lost(Lease lease) {
            deliveries.event(() -> {
                if (boundTold) {
                    boundTold = false;
                    transport.onLost(lease);
                }
            });
        }

        private BooleanSupplier stillWanted() {
            int queuedIn = epoch.get();
            return () -> epoch.get() == queuedIn;
        }
    }
}
