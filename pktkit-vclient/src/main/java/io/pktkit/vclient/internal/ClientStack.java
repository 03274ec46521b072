// SPDX-License-Identifier: MIT
package io.pktkit.vclient.internal;

import io.pktkit.device.DropReason;
import io.pktkit.device.Outbox;
import io.pktkit.device.Receiver;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.vclient.dns.DnsResolver;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.host.PacketSink;
import io.pktkit.vtcp.host.TcpHost;
import io.pktkit.vtcp.host.TcpHostConfig;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.Reassembler;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The IP host behind a virtual client. Its one lock guards everything that hangs on it; {@link #enter} and {@link #leave}
 * enclose each piece of work, and leaving sends what the work has queued, without the lock.
 */
public final class ClientStack {
    private final ReentrantLock lock = new ReentrantLock();
    private final Timers timers;
    private final Alarm alarm;
    private final Outbox outbox = new Outbox();
    private final Receiver<Packet> wire;
    private final Receiver<Packet> emitter = this::emit;
    private final TcpConfig tcpConfig;
    private final TcpHost tcp;
    private final Reassembler reassembler = new Reassembler();
    private final PacketOutput output;
    private final UdpPorts udp;
    private final IcmpEcho icmp;
    private final DnsResolver resolver;
    private final Set<Waiter> waiters = new HashSet<>();
    private volatile IpPrefix ipv4 = IpPrefix.unset(IpFamily.IPV4);
    private volatile IpPrefix ipv6 = IpPrefix.unset(IpFamily.IPV6);
    private long armedAt = Timers.NEVER;
    private boolean closed;

    /**
     * A host without addresses.
     *
     * @param timers its clock and alarms
     * @param tcpConfig settings of its connections, the MTU among them
     * @param maxConnections the most live connections
     * @param wire takes the packets it sends; called without the lock
     */
    public ClientStack(Timers timers, TcpConfig tcpConfig, int maxConnections, Receiver<Packet> wire) {
        this.timers = timers;
        this.wire = wire;
        this.tcpConfig = tcpConfig;
        this.alarm = timers.newAlarm(this::onAlarm);
        this.output = new PacketOutput(this, outbox, tcpConfig.mtu());
        this.tcp = new TcpHost(
                TcpHostConfig.of(tcpConfig).withMaxConnections(maxConnections),
                IsnSource.random(),
                new TcpSink(outbox));
        this.udp = new UdpPorts(this);
        this.icmp = new IcmpEcho(this);
        this.resolver = new DnsResolver(new StackDnsTransport(this));
    }

    /** Takes the lock, and keeps it until {@link #leave}. */
    void enter() {
        lock.lock();
    }

    /** Sets the alarm for what is due next, gives the lock back, and sends what is queued. */
    void leave() {
        if (lock.getHoldCount() > 1) {
            lock.unlock();
            return;
        }
        rearm();
        lock.unlock();
        outbox.drainPackets(emitter);
    }

    /** Sends what is queued, for which the lock is released in between. */
    void flush() {
        rearm();
        if (outbox.size() > 0) {
            lock.unlock();
            try {
                outbox.drainPackets(emitter);
            } finally {
                lock.lock();
            }
        }
    }

    /** {@return a place to wait, of this stack's lock} */
    Waiter newWaiter() {
        return new Waiter(this, lock.newCondition());
    }

    Alarm newAlarm(Runnable onFire) {
        return timers.newAlarm(onFire);
    }

    void onWaiting(Waiter waiter) {
        waiters.add(waiter);
    }

    void onWaited(Waiter waiter) {
        waiters.remove(waiter);
    }

    /** {@return the time of the stack's clock} */
    public long nowNanos() {
        return timers.nowNanos();
    }

    /** {@return who finds addresses for names, over this stack unless told otherwise} */
    public DnsResolver resolver() {
        return resolver;
    }

    TcpConfig tcpConfig() {
        return tcpConfig;
    }

    TcpHost tcp() {
        return tcp;
    }

    UdpPorts udp() {
        return udp;
    }

    PacketOutput output() {
        return output;
    }

    /**
     * Sends echo requests, and tells what came back.
     *
     * @return the ping service
     */
    public IcmpEcho icmp() {
        return icmp;
    }

    void checkOpen() throws SocketException {
        if (closed) {
            throw new SocketException("the virtual client is closed");
        }
    }

    boolean isClosed() {
        return closed;
    }

    /**
     * Sets the address of one family.
     *
     * @param prefix the address with its subnet, or an unset one
     */
    public void setPrefix(IpPrefix prefix) {
        if (prefix.family() == IpFamily.IPV4) {
            ipv4 = prefix;
        } else {
            ipv6 = prefix;
        }
    }

    IpPrefix prefix(IpFamily family) {
        return family == IpFamily.IPV4 ? ipv4 : ipv6;
    }

    /** {@return the families of which this host has an address} */
    public Set<IpFamily> families() {
        Set<IpFamily> families = EnumSet.noneOf(IpFamily.class);
        for (IpFamily family : IpFamily.values()) {
            if (prefix(family).isSet()) {
                families.add(family);
            }
        }
        return families;
    }

    /** Whether packets to an address come back to this host. */
    boolean isOwn(IpAddress address) {
        IpPrefix prefix = prefix(address.family());
        return (prefix.isSet() && prefix.address().equals(address)) || address.isLoopback();
    }

    /** The address to send from, or an exception that says what is missing. */
    IpAddress sourceFor(IpAddress destination) throws NoRouteToHostException {
        if (destination.isLoopback()) {
            return destination;
        }
        IpPrefix prefix = prefix(destination.family());
        if (!prefix.isSet() || destination.isUnspecified()) {
            throw new NoRouteToHostException("no way to " + destination + ": the client has "
                    + (prefix.isSet() ? "the address " + prefix : "no " + destination.family() + " address; set one"));
        }
        return prefix.address();
    }

    /** The addresses of a host of the families in use, in the order to try them. */
    List<IpAddress> resolve(String host, long deadlineNanos) throws IOException {
        Set<IpFamily> families = families();
        if (families.isEmpty()) {
            families =
                    EnumSet.allOf(IpFamily.class); // loopback still works, and an address tells better what is missing
        }
        long most = Timers.toNanos(DnsResolver.DEFAULT_TIMEOUT);
        long left = deadlineNanos == Timers.NEVER ? most : Math.min(most, deadlineNanos - nowNanos());
        return resolver.resolve(host, families, Duration.ofNanos(Math.max(1, left)));
    }

    /**
     * Takes a packet from the network.
     *
     * @param packet lent until this returns
     * @return why it was dropped, or null if it was taken
     */
    public @Nullable DropReason receive(Packet packet) {
        if (!packet.isValid() || !packet.isComplete()) {
            return packet.isValid() ? DropReason.TRUNCATED : DropReason.MALFORMED;
        }
        if (packet.isIpv4() && packet.verifyIpv4Checksum() == ChecksumStatus.INVALID) {
            return DropReason.BAD_CHECKSUM;
        }
        IpAddress source = packet.source();
        if (source.isMulticast() || source.isLimitedBroadcast() || source.isLoopback()) {
            return DropReason.MARTIAN;
        }
        boolean strange = packet.destination().isLoopback() || (isOwn(source) && !isError(packet));
        return strange ? DropReason.MARTIAN : process(packet);
    }

    /** The link layer of this very host reports under its address that a neighbour does not answer. */
    private static boolean isError(Packet packet) {
        IcmpMessage message = packet.icmp();
        return message != null && message.isError();
    }

    private @Nullable DropReason process(Packet packet) {
        IpAddress destination = packet.destination();
        boolean own = isOwn(destination);
        if (!own && !destination.isLimitedBroadcast() && !ipv4.isDirectedBroadcast(destination)) {
            return DropReason.NOT_FOR_US;
        }
        enter();
        try {
            if (closed) {
                return DropReason.CLOSED;
            }
            long now = nowNanos();
            Packet whole = packet.isFragment() ? reassembler.add(packet, now) : packet;
            return whole == null ? null : dispatch(whole, own, now);
        } finally {
            leave();
        }
    }

    private @Nullable DropReason dispatch(Packet packet, boolean own, long now) {
        switch (packet.protocol()) {
            case IpProtocol.TCP -> {
                return own ? tcp.onPacket(packet, now) : DropReason.NOT_FOR_US;
            }
            case IpProtocol.UDP -> {
                return udp.onPacket(packet, own, now);
            }
            case IpProtocol.ICMP, IpProtocol.ICMPV6 -> {
                return own ? icmp.onPacket(packet, now) : DropReason.NOT_FOR_US;
            }
            default -> {
                return DropReason.UNSUPPORTED;
            }
        }
    }

    /** Called without the lock, in the order of the commits. */
    private void emit(Packet packet) {
        if (isOwn(packet.destination())) {
            process(packet);
        } else {
            wire.receive(packet);
        }
    }

    private void onAlarm() {
        enter();
        try {
            armedAt = Timers.NEVER;
            long now = nowNanos();
            tcp.onTick(now);
            reassembler.expire(now);
        } finally {
            leave();
        }
    }

    private void rearm() {
        long next = closed ? Timers.NEVER : Timers.earlier(tcp.nextDeadlineNanos(), reassembler.nextDeadlineNanos());
        if (next != armedAt) {
            armedAt = next;
            alarm.arm(next);
        }
    }

    /** Ends every connection and wait with an error. Idempotent. */
    public void close() {
        enter();
        try {
            if (!closed) {
                closed = true;
                tcp.close(nowNanos());
                udp.close();
                reassembler.close();
                Set.copyOf(waiters).forEach(Waiter::signal);
            }
        } finally {
            leave();
        }
        alarm.close();
        outbox.close();
    }

    /** {@return what is held at the moment, for leak checks and diagnosis} */
    public Usage usage() {
        enter();
        try {
            return new Usage(tcp.connections(), tcp.timeWaiting(), udp.size(), waiters.size(), reassembler.size());
        } finally {
            leave();
        }
    }

    /**
     * What a stack holds.
     *
     * @param connections live TCP connections
     * @param timeWaiting TCP connections in TIME-WAIT
     * @param udpSockets open UDP sockets
     * @param waiting places at which threads wait
     * @param reassembling incomplete datagrams
     */
    public record Usage(int connections, int timeWaiting, int udpSockets, int waiting, int reassembling) {}

    /** Lets the TCP host write straight into the outbox. */
    private record TcpSink(Outbox outbox) implements PacketSink {
        @Override
        public ByteBuffer reserve(int length) {
            return outbox.reserve(length);
        }

        @Override
        public void commit(ByteBuffer buffer, int offset, int length) {
            outbox.commit(buffer, offset, length);
        }
    }
}
