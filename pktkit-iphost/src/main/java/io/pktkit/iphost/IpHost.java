// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

import io.pktkit.device.ByteBudget;
import io.pktkit.device.DropReason;
import io.pktkit.device.Offload;
import io.pktkit.device.Outbox;
import io.pktkit.iphost.HostAddresses.Scope;
import io.pktkit.iphost.internal.ExtensionHeaders;
import io.pktkit.time.Timers;
import io.pktkit.vtcp.host.PacketSink;
import io.pktkit.vtcp.host.TcpHost;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.LinkCast;
import io.pktkit.wire.Packet;
import io.pktkit.wire.Reassembler;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One IP endpoint; see the package. Not safe for threads: its owner guards it, but for {@link #addresses}. */
public final class IpHost {
    /** RFC 792: protocol unreachable; the other code is not used, IPv6 has a parameter problem for it. */
    private static final IcmpError PROTOCOL_UNREACHABLE = IcmpError.destinationUnreachable(2, 0);

    private static final int UNRECOGNIZED_NEXT_HEADER = 1; // RFC 4443 section 3.4
    private static final int NO_NEXT_HEADER = 59;

    private final HostAddresses addresses;
    private final ByteBudget budget;
    private final IpOutput output;
    private final IcmpErrorOutput errors;
    private final ExtensionHeaders extensions = new ExtensionHeaders();
    private final Reassembler reassembler;
    private final TcpHost tcp;
    private final UdpPorts udp;
    private final MergedDatagrams merged;
    private final Icmp icmp;
    private @Nullable Gateway gateway;
    private boolean closed;

    /**
     * A host that sends nothing by itself.
     *
     * @param config what it is given
     * @param addresses its addresses, which may change at any time
     * @param outbox gets the packets it sends, to be drained by the owner without its lock
     * @param drops told of what is dropped that is not the packet at hand
     */
    public IpHost(IpHostConfig config, HostAddresses addresses, Outbox outbox, Consumer<DropReason> drops) {
        this(config, addresses, outbox, Set::of, drops);
    }

    /**
     * A host whose packets are finished by whoever takes them.
     *
     * @param config what it is given
     * @param addresses its addresses, which may change at any time
     * @param outbox gets the packets it sends, to be drained as packets by the owner without its lock
     * @param offloads tells what the packets of TCP and UDP may lack; asked for each
     * @param drops told of what is dropped that is not the packet at hand
     */
    public IpHost(
            IpHostConfig config,
            HostAddresses addresses,
            Outbox outbox,
            Supplier<Set<Offload>> offloads,
            Consumer<DropReason> drops) {
        this.addresses = addresses;
        this.budget = config.budget();
        this.output = new IpOutput(
                addresses, outbox, offloads, config.tcp().connectionConfig().mtu());
        this.errors = new IcmpErrorOutput(output, addresses, drops);
        this.reassembler = new Reassembler(config.reassembly(), this::onReassemblyTimeout);
        this.tcp = new TcpHost(config.tcp(), config.isn(), PacketSink.of(outbox, offloads));
        this.udp = new UdpPorts(this);
        this.merged = new MergedDatagrams(udp);
        this.icmp = new Icmp(this);
    }

    /**
     * Makes a gateway of it, which takes packets for others too.
     *
     * @param taker takes what is not TCP
     */
    public void setGateway(Gateway taker) {
        gateway = taker;
    }

    /**
     * Takes a packet from the network.
     *
     * @param packet lent until this returns
     * @param nowNanos the time
     * @return why it was dropped, or null if it was taken
     */
    public @Nullable DropReason onPacket(Packet packet, long nowNanos) {
        if (!packet.isValid() || !packet.isComplete()) {
            return packet.isValid() ? DropReason.TRUNCATED : DropReason.MALFORMED;
        }
        if (packet.isIpv4() && packet.verifyIpv4Checksum() == ChecksumStatus.INVALID) {
            return DropReason.BAD_CHECKSUM;
        }
        Scope scope = addresses.scope(packet);
        if (scope == Scope.LOOPBACK && gateway != null) {
            scope = Scope.OTHER; // what it means is for the gateway to say
        }
        if (addresses.isMartianSource(packet)
                || HostAddresses.isToNobody(packet)
                || (HostAddresses.isFromNobody(packet) && (gateway != null || scope == Scope.OWN))
                || scope == Scope.LOOPBACK
                || (addresses.isFromOwn(packet) && !isError(packet))) {
            return DropReason.MARTIAN;
        }
        return onPacket(packet, scope, nowNanos);
    }

    /**
     * Takes a packet that this host has sent to itself.
     *
     * @param packet lent until this returns
     * @param nowNanos the time
     * @return why it was dropped, or null if it was taken
     */
    public @Nullable DropReason onLoopback(Packet packet, long nowNanos) {
        return onPacket(packet, addresses.scope(packet), nowNanos);
    }

    /** The link layer of this very host reports under its address that a neighbour does not answer. */
    private static boolean isError(Packet packet) {
        IcmpMessage message = packet.icmp();
        return message != null && message.isError();
    }

    private @Nullable DropReason onPacket(Packet packet, Scope scope, long nowNanos) {
        if (closed) {
            return DropReason.CLOSED;
        }
        if (scope == Scope.OTHER_GROUP || (scope == Scope.OTHER && gateway == null)) {
            return DropReason.NOT_FOR_US;
        }
        if (packet.linkCast() != LinkCast.UNICAST && (scope == Scope.OWN || scope == Scope.OTHER)) {
            return DropReason.LINK_BROADCAST; // RFC 1122 section 3.3.6
        }
        if (scope == Scope.OTHER && packet.hopLimit() <= 1) {
            errors.report(packet, IcmpError.timeExceeded(), nowNanos);
            return DropReason.TTL_EXPIRED;
        }
        DropReason refused = judge(packet, nowNanos);
        if (refused != null) {
            return refused;
        }
        if (!packet.isFragment()) {
            return dispatch(packet, scope, nowNanos);
        }
        Packet whole = reassembler.add(packet, nowNanos);
        if (whole == null) {
            return null;
        }
        refused = judge(whole, nowNanos); // the headers that were behind the Fragment header
        return refused == null ? dispatch(whole, scope, nowNanos) : refused;
    }

    /** RFC 1122 section 3.3.2; RFC 8200 section 4.5. */
    private void onReassemblyTimeout(Packet first, long nowNanos) {
        Scope scope = addresses.scope(first);
        if (scope == Scope.OWN || scope == Scope.OTHER) {
            errors.report(first, IcmpError.reassemblyTimeExceeded(), nowNanos);
        }
    }

    private @Nullable DropReason judge(Packet packet, long nowNanos) {
        DropReason reason = extensions.judge(packet);
        IcmpError error = reason == null ? null : extensions.error();
        if (error != null) {
            errors.report(packet, error, nowNanos);
        }
        return reason;
    }

    private @Nullable DropReason dispatch(Packet packet, Scope scope, long nowNanos) {
        switch (packet.protocol()) {
            case IpProtocol.TCP -> {
                boolean forOne = scope == Scope.OWN || scope == Scope.OTHER || scope == Scope.LOOPBACK;
                return forOne ? tcp.onPacket(packet, nowNanos) : DropReason.NOT_FOR_US;
            }
            case IpProtocol.UDP -> {
                return packet.segmentSize() == 0 || udp.takesSuperSegment(packet, scope)
                        ? udp.onPacket(packet, scope, nowNanos)
                        : merged.onPacket(packet, scope, nowNanos);
            }
            case IpProtocol.ICMP, IpProtocol.ICMPV6 -> {
                return icmp.onPacket(packet, scope, nowNanos);
            }
            default -> {
                refuseProtocol(packet, scope, nowNanos);
                return DropReason.UNSUPPORTED;
            }
        }
    }

    /** RFC 1122 section 3.2.2.1; RFC 4443 section 3.4. */
    private void refuseProtocol(Packet packet, Scope scope, long nowNanos) {
        if (scope == Scope.BROADCAST || scope == Scope.GROUP || packet.protocol() == NO_NEXT_HEADER) {
            return;
        }
        IcmpError error = packet.isIpv4()
                ? PROTOCOL_UNREACHABLE
                : IcmpError.parameterProblem(UNRECOGNIZED_NEXT_HEADER, ExtensionHeaders.transportLink(packet));
        errors.report(packet, error, nowNanos);
    }

    /**
     * Runs what is due.
     *
     * @param nowNanos the time
     */
    public void onTick(long nowNanos) {
        if (!closed) {
            tcp.onTick(nowNanos);
            reassembler.expire(nowNanos);
        }
    }

    /** {@return when {@link #onTick} is next due, or {@link Timers#NEVER}} */
    public long nextDeadlineNanos() {
        return closed ? Timers.NEVER : Timers.earlier(tcp.nextDeadlineNanos(), reassembler.nextDeadlineNanos());
    }

    /**
     * Resets every connection and frees everything; from now on packets are dropped. Idempotent.
     *
     * @param nowNanos the time
     */
    public void close(long nowNanos) {
        if (!closed) {
            closed = true;
            tcp.close(nowNanos);
            udp.close();
            reassembler.close();
        }
    }

    /** {@return whether it was closed} */
    public boolean isClosed() {
        return closed;
    }

    /**
     * Fails once the host is closed.
     *
     * @throws SocketException if it is
     */
    public void checkOpen() throws SocketException {
        if (closed) {
            throw new SocketException("the host is closed");
        }
    }

    /**
     * The address to send from.
     *
     * @param destination where to
     * @return an address of the destination's family
     * @throws NoRouteToHostException if there is none; the message says what is missing
     */
    public IpAddress sourceFor(IpAddress destination) throws NoRouteToHostException {
        if (destination.isLoopback()) {
            return destination;
        }
        IpAddress source = addresses.sourceFor(destination);
        if (source == null || destination.isUnspecified()) {
            throw new NoRouteToHostException(
                    "no way to " + destination + ": the client has " + what(source, destination.family()));
        }
        return source;
    }

    private String what(@Nullable IpAddress source, IpFamily family) {
        if (source != null) {
            return "the address " + source;
        }
        IpPrefix main = addresses.prefix(family);
        return main.isSet()
                ? "the address " + main.address() + ", which is being checked, or is somebody else's"
                : "no " + family + " address; set one";
    }

    /** {@return its addresses; any thread} */
    public HostAddresses addresses() {
        return addresses;
    }

    /** {@return where it writes what is not TCP} */
    public IpOutput output() {
        return output;
    }

    /** {@return the ICMP errors it sends} */
    public IcmpErrorOutput errors() {
        return errors;
    }

    /** {@return its TCP} */
    public TcpHost tcp() {
        return tcp;
    }

    /** {@return its UDP ports} */
    public UdpPorts udp() {
        return udp;
    }

    /** {@return its ICMP} */
    public Icmp icmp() {
        return icmp;
    }

    /** {@return datagrams of which some fragments are missing} */
    public int reassembling() {
        return reassembler.size();
    }

    ByteBudget budget() {
        return budget;
    }

    @Nullable
    Gateway gateway() {
        return gateway;
    }
}
