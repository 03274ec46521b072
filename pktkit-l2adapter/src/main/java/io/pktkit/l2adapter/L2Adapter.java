// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import io.pktkit.device.AbstractL2Device;
import io.pktkit.device.AddressState;
import io.pktkit.device.DropReason;
import io.pktkit.device.L3Device;
import io.pktkit.device.Mailbox;
import io.pktkit.device.Offload;
import io.pktkit.device.Receiver;
import io.pktkit.dhcp.DhcpClientConfig;
import io.pktkit.dhcp.Lease;
import io.pktkit.l2adapter.internal.AddressSession;
import io.pktkit.l2adapter.internal.DhcpHost;
import io.pktkit.l2adapter.internal.DhcpSession;
import io.pktkit.l2adapter.internal.FrameReceiver;
import io.pktkit.l2adapter.internal.FrameSender;
import io.pktkit.l2adapter.internal.HostAddresses;
import io.pktkit.l2adapter.internal.IpSide;
import io.pktkit.l2adapter.internal.LeaseNews;
import io.pktkit.l2adapter.internal.LinkLayer;
import io.pktkit.l2adapter.internal.NeighborLimits;
import io.pktkit.l2adapter.internal.PacketSender;
import io.pktkit.l2adapter.internal.RouterSession;
import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts an L3 device onto an Ethernet network: what a host's Ethernet layer does, with ARP for IPv4, Neighbor Discovery for
 * IPv6, a gateway for each, and a DHCP client.
 *
 * <pre>{@code
 * L2Adapter adapter = L2Adapter.builder(client).build();
 * hub.connect(adapter);
 * adapter.startDhcp();
 * }</pre>
 *
 * <p>The host is an L3 device that the adapter attaches to, or whoever attaches to {@link #ip()}, the adapter's own upper
 * side. Addresses are set on that device, and may change at any time. Beside its IPv6 address the host has the link-local
 * one that its MAC address gives.
 *
 * <p><b>Sending.</b> A packet to a neighbour in use goes out on its own thread without a lock and without
 * allocating, copied once into a frame buffer that the thread reuses. Other packets may have to wait for their next
 * hop: 16 for each, the latest ones; if it does not answer three requests in three seconds, the host is told with an
 * ICMP error.
 *
 * <p><b>Trust.</b> Everything on the network is hostile. A neighbour's MAC address that answered our own request is not
 * changed by what anybody says unasked, and the gateway's is only ever learned from an answer: who becomes the gateway
 * is asked for afresh, whatever was known of it. A neighbour that moved and says so is asked at its old MAC address, and
 * found at the new one a second later if it is silent there; one that says nothing is found some 9 seconds after it is
 * used. Who claims our own address is counted in {@link #addressConflicts()}, and not answered; but an IPv6 address that
 * somebody else has before us is theirs, see {@link DuplicateDetection}.
 *
 * <p><b>Groups.</b> What the host listens to, the solicited-node groups of its addresses among it, is reported as RFC 3810 (and RFC
 * 2710, where a querier speaks that) asks, so that switches which snoop deliver it. IPv4 groups are not reported.
 *
 * <p><b>Not there.</b> Neither gateway nor prefix is taken from router advertisements unless {@link #startRouterDiscovery}
 * asks for it; no redirects, no proxying, no more than one configured address for each family.
 *
 * <p>Any thread may call any method. No lock is held while the handler, the L3 device or a listener is called.
 */
public final class L2Adapter extends AbstractL2Device {

    private final IpSide host;
    private final @Nullable IpFace face;
    private final Timers timers;
    private final HostAddresses addresses;
    private final LinkLayer link;
    private final FrameSender frames;
    private final PacketSender packets;
    private final FrameReceiver receiver;
    private final AddressSession checks;
    private final DhcpSession dhcp;
    private final RouterSession routers;
    private final Mailbox callbacks;
    private volatile @Nullable LeaseListener leaseListener;

    private L2Adapter(Builder builder) {
        super(builder.macAddress == null ? MacAddress.randomLocal() : builder.macAddress);
        changeMtu(builder.mtu);
        AttachedHost attached = builder.host;
        if (attached == null) {
            IpFace own = new IpFace(this, builder.mtu);
            this.face = own;
            this.host = own;
        } else {
            this.face = null;
            this.host = attached;
        }
        this.timers = builder.timers == null ? SystemTimers.shared() : builder.timers;
        this.leaseListener = builder.leaseListener;
        this.addresses = new HostAddresses(host, macAddress());
        this.link = new LinkLayer(macAddress(), addresses, host, this::deliver, stats(), timers, builder.limits);
        this.frames = new FrameSender(macAddress(), this::deliver, stats());
        this.packets = new PacketSender(addresses, link, frames, stats());
        this.checks = new AddressSession(builder.detection, addresses, host, packets, timers);
        this.receiver = new FrameReceiver(macAddress(), builder.router, addresses, host, link, frames, checks);
        this.callbacks = new Mailbox(timers.callbacks(), L2Adapter.class);
        LeaseNews news = new LeaseNews(callbacks, () -> leaseListener);
        DhcpHost transport = new DhcpHost(host, addresses, link, packets, frames, news, this::isClosed);
        this.dhcp = new DhcpSession(macAddress(), transport, timers);
        receiver.dhcp(dhcp);
        this.routers = new RouterSession(macAddress(), host, link, addresses, packets, timers, callbacks);
        link.gateway(IpFamily.IPV4, builder.ipv4Gateway);
        link.gateway(IpFamily.IPV6, builder.ipv6Gateway);
    }

    /**
     * Begins an adapter whose upper side is a device of its own, see {@link #ip()}.
     *
     * @return a builder with a random MAC address, no gateway and the system's timers
     */
    public static Builder builder() {
        return new Builder(null);
    }

    /**
     * Begins an adapter that attaches to an L3 device.
     *
     * @param host the L3 device to put onto the network; stays the caller's to close
     * @return a builder with a random MAC address, no gateway and the system's timers
     */
    public static Builder builder(L3Device host) {
        return new Builder(new AttachedHost(host));
    }

    /**
     * Gives the upper side of an adapter that was built without a host: an IP device on the network, for who attaches to
     * devices, such as a NAT or a router. Its addresses are the host's. Closing it closes the adapter.
     *
     * @return the device, the same on each call
     * @throws IllegalStateException if the adapter is attached to a host, which has its place there
     */
    public L3Device ip() {
        if (face == null) {
            throw new IllegalStateException("adapter has a host: macAddress=" + macAddress());
        }
        return face;
    }

    @Override
    public boolean send(Frame frame) {
        int length = frame.length();
        DropReason reason = isClosed() ? DropReason.CLOSED : receiver.onFrame(frame);
        if (reason != null) {
            stats().sendDropped(reason);
            return false;
        }
        stats().sent(length);
        return true;
    }

    /** {@return what the host takes: its packets go up as they came} */
    @Override
    public Set<Offload> offloads() {
        return host.offloads();
    }

    /**
     * Sets the gateway of the address's family. While DHCP runs, the next lease overrides it.
     *
     * @param gateway a unicast address
     * @throws IllegalArgumentException if it cannot be a gateway's
     */
    public void setGateway(IpAddress gateway) {
        link.gateway(gateway.family(), requireGateway(gateway));
    }

    /**
     * Removes the gateway of a family.
     *
     * @param family the family
     */
    public void clearGateway(IpFamily family) {
        link.gateway(family, null);
    }

    /**
     * Tells the gateway of a family.
     *
     * @param family the family
     * @return the gateway, or null if there is none
     */
    public @Nullable IpAddress gateway(IpFamily family) {
        return addresses.gateway(family);
    }

    /** Starts a DHCP client with the defaults for this MAC address; see {@link #startDhcp(DhcpClientConfig)}. */
    public void startDhcp() {
        startDhcp(DhcpClientConfig.builder(macAddress()).build());
    }

    /**
     * Starts a DHCP client, which sets the L3 device's IPv4 address and the IPv4 gateway. A client that is running is
     * stopped and its lease released first. A lease that is held when the adapter is attached to another network is confirmed
     * there and its address probed for, if {@link DhcpClientConfig.Builder#arpProbe} says so, or lost.
     *
     * @param config of the client; its MAC address must be this adapter's
     * @throws IllegalArgumentException if the client's MAC address is another: the server would answer to a station that
     *     is not there, and the lease would be that station's
     * @throws IllegalStateException if the adapter is closed
     */
    public void startDhcp(DhcpClientConfig config) {
        if (!config.mac().equals(macAddress())) {
            throw new IllegalArgumentException("the client must have the adapter's MAC address: mac=" + config.mac()
                    + " macAddress=" + macAddress());
        }
        if (isClosed()) {
            throw new IllegalStateException("adapter is closed: macAddress=" + macAddress());
        }
        dhcp.start(config);
    }

    /** Stops the DHCP client, if one runs. A lease is released and the L3 device loses its IPv4 address. */
    public void stopDhcp() {
        dhcp.release();
    }

    /**
     * Makes this a host that listens to routers: it asks for them, and takes its IPv6 gateway, and an address for the L3 device, from
     * the first default router that it hears, for as long as what that says holds (RFC 4861, RFC 4862). Once started it goes on until the
     * adapter is closed, and on each link that it is attached to; calling it again changes nothing.
     *
     * @param listener told of each change
     */
    public void startRouterDiscovery(RouterListener listener) {
        receiver.routers(routers);
        routers.start(listener);
    }

    /** {@return the DHCP lease that is held, or null} */
    public @Nullable Lease lease() {
        return dhcp.lease();
    }

    /**
     * Names who hears of DHCP leases, in place of whoever did so before.
     *
     * @param listener the listener, or null for none
     */
    public void setLeaseListener(@Nullable LeaseListener listener) {
        leaseListener = listener;
    }

    /**
     * Tells how often another station was heard using an address of this host. Its messages are neither answered nor
     * learned from.
     *
     * @return the count
     */
    public long addressConflicts() {
        return receiver.conflicts();
    }

    /** {@return the neighbours of both families at this moment, in no particular order} */
    public List<Neighbor> neighbors() {
        return link.neighbors();
    }

    /**
     * Counts what the neighbour cache of a family did.
     *
     * @param family the family
     * @return the counts so far
     */
    public NeighborStats neighborStats(IpFamily family) {
        return link.neighborStats(family);
    }

    /**
     * Tells what was found out about the host's IPv6 addresses, its own and the link-local one: they are tentative until they are
     * checked, also where they may be used meanwhile.
     *
     * @return a copy, of this moment
     */
    public Map<IpAddress, AddressState> ipv6AddressStates() {
        return checks.states();
    }

    /** The host has another address, or listens to other groups. */
    void hostChanged() {
        checks.hostChanged();
    }

    /** The network is there, and may be another one: neighbours are found afresh, addresses checked, a lease confirmed, routers asked for. */
    @Override
    protected void onAttach() {
        checks.up();
        link.linkUp(); // once it is known again how each address may be used to ask
        routers.up();
        dhcp.up();
    }

    @Override
    protected void onDetach() {
        checks.down();
    }

    int queuedBytes(IpFamily family) {
        return link.queuedBytes(family);
    }

    /** Stops DHCP without a word to the server, and the timers. Nothing is sent after, and no listener hears of it. */
    @Override
    protected void onClose() {
        callbacks.close();
        dhcp.close();
        routers.close();
        checks.close();
        link.close();
        if (face != null) {
            face.close();
        } else if (host instanceof AttachedHost attached) {
            attached.detach();
        }
    }

    PacketSender packets() {
        return packets;
    }

    /** What comes out of the host's device. */
    private final class FromHost implements Receiver<Packet> {

        @Override
        public void receive(Packet packet) {
            if (isClosed()) {
                stats().receiveDropped(DropReason.CLOSED);
            } else {
                packets.send(packet, false);
            }
        }

        @Override
        public void deviceChanged() {
            hostChanged();
        }

        /** The frames carry the facts on. */
        @Override
        public Set<Offload> offloads() {
            return receiverOffloads();
        }

        @Override
        public String toString() {
            return L2Adapter.this.toString();
        }
    }

    @Override
    public String toString() {
        return "L2Adapter[" + macAddress() + "]";
    }

    private static IpAddress requireGateway(IpAddress gateway) {
        if (gateway.isUnspecified() || gateway.isMulticast() || gateway.isLoopback() || gateway.isLimitedBroadcast()) {
            throw new IllegalArgumentException("gateway must be the address of one router: gateway=" + gateway);
        }
        return gateway;
    }

    /** Collects what an adapter is made of. Not thread-safe. */
    public static final class Builder {

        private final @Nullable AttachedHost host;
        private @Nullable MacAddress macAddress;
        private boolean router;
        private int mtu = DEFAULT_MTU;
        private @Nullable IpAddress ipv4Gateway;
        private @Nullable IpAddress ipv6Gateway;
        private @Nullable Timers timers;
        private @Nullable LeaseListener leaseListener;
        private NeighborLimits limits = NeighborLimits.DEFAULT;
        private DuplicateDetection detection = DuplicateDetection.OPTIMISTIC;

        private Builder(@Nullable AttachedHost host) {
            this.host = host;
        }

        /**
         * Sets the MAC address; by default it is a random, locally administered one.
         *
         * @param mac the address of one station
         * @return this
         * @throws IllegalArgumentException if it is zero or a group's
         */
        public Builder macAddress(MacAddress mac) {
            if (!mac.isUnicast() || mac.equals(MacAddress.ZERO)) {
                throw new IllegalArgumentException("macAddress must be the address of one station: macAddress=" + mac);
            }
            macAddress = mac;
            return this;
        }

        /**
         * Sets the gateway of the address's family; to be called once for each family that has one.
         *
         * @param gateway a unicast address
         * @return this
         * @throws IllegalArgumentException if it cannot be a gateway's
         */
        public Builder gateway(IpAddress gateway) {
            if (requireGateway(gateway).isIpv4()) {
                ipv4Gateway = gateway;
            } else {
                ipv6Gateway = gateway;
            }
            return this;
        }

        /**
         * Sets the clock; by default the system's.
         *
         * @param clock the clock
         * @return this
         */
        public Builder timers(Timers clock) {
            timers = clock;
            return this;
        }

        /**
         * Sets who hears of DHCP leases.
         *
         * @param listener the listener
         * @return this
         */
        public Builder leaseListener(LeaseListener listener) {
            leaseListener = listener;
            return this;
        }

        /**
         * Sets what {@link L2Adapter#mtu()} tells, and the device of {@link L2Adapter#ip()}; 1500 by default.
         *
         * @param bytes the longest IP packet, 68 to 65 535
         * @return this
         */
        public Builder mtu(int bytes) {
            mtu = bytes;
            return this;
        }

        /**
         * Says in answers to Neighbor Solicitations whether this is a router (RFC 4861 section 4.4); it is none by default. A
         * host gives up a default router that says that it is none (section 7.2.5).
         *
         * @param is whether it is
         * @return this
         */
        public Builder router(boolean is) {
            router = is;
            return this;
        }

        /**
         * Sets how the host's IPv6 addresses are checked for being nobody else's; optimistically by default.
         *
         * @param mode how
         * @return this
         */
        public Builder duplicateDetection(DuplicateDetection mode) {
            detection = mode;
            return this;
        }

        /** For tests, which would otherwise have to fill the real tables. */
        Builder limits(NeighborLimits bounds) {
            limits = bounds;
            return this;
        }

        /**
         * Makes the adapter, and attaches it to its host, if it has one.
         *
         * @return the adapter, open
         * @throws IllegalStateException if somebody is attached to the host already, or it is closed
         */
        public L2Adapter build() {
            L2Adapter adapter = new L2Adapter(this);
            if (host != null) {
                host.attach(adapter.new FromHost());
            }
            adapter.hostChanged();
            return adapter;
        }
    }
}
