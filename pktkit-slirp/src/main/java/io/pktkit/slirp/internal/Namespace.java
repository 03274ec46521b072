// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.Attachment;
import io.pktkit.device.ByteBudget;
import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.device.Interposer;
import io.pktkit.device.L3Device;
import io.pktkit.device.Offload;
import io.pktkit.device.Receiver;
import io.pktkit.device.Registration;
import io.pktkit.iphost.IpHost;
import io.pktkit.iphost.IpHostConfig;
import io.pktkit.iphost.TenantQuota;
import io.pktkit.iphost.socket.HostShell;
import io.pktkit.slirp.SlirpAttachment;
import io.pktkit.slirp.SlirpFlow;
import io.pktkit.slirp.SlirpSnapshot;
import io.pktkit.time.Timers;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.host.TcpHostConfig;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.ReassemblyLimits;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.LongToIntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to one connected device: an IP host that is a gateway, and the flows that lead on from it, behind the lock of the
 * host. Packets produced under the lock reach the device after it is released.
 */
final class Namespace implements SlirpAttachment, HostShell.Part {
    /** A megabyte for a namespace, half of it for one source. */
    private static final ReassemblyLimits REASSEMBLY = new ReassemblyLimits(256, 128, 1 << 20, 1 << 19, 128);

    private final int id;
    private final SlirpStack stack;
    private final L3Device device;

    /** Null until the device is attached to. */
    private volatile @Nullable Attachment<Packet> attachment;

    private final DeviceStats stats = new DeviceStats();
    private final HostShell shell;
    private final ByteBudget memory;

    // Guarded by the lock.
    private final GuestMemory guestMemory;
    private final TenantQuota.Tenant connections;
    private final TenantQuota.Tenant dials;
    private final TenantQuota.Tenant mappings;
    private final TcpNat tcpNat;
    private final UdpNat udpNat;

    Namespace(int id, SlirpStack stack, L3Device device) {
        this.id = id;
        this.stack = stack;
        this.device = device;
        memory = stack.memory().part(stack.memory().limit());
        TcpConfig tcp = stack.config().tcp().toBuilder().memory(memory).build();
        guestMemory = new GuestMemory(memory, tcp);
        // What leads on is bounded by its quota, which gives up the unproven for others; services have as much beside.
        TcpHostConfig tcpConfig = TcpHostConfig.of(tcp).withMaxConnections((int)
                Math.min(Integer.MAX_VALUE, 2L * stack.config().limits().tcpConnections()));
        IpHostConfig config = IpHostConfig.of(tcpConfig).withIsn(stack.isn()).withReassembly(REASSEMBLY);
        shell = new HostShell(stack.timers(), config, stack.addresses(), new ToGuest(), this::dropped);
        shell.setTenant(id);
        shell.setPart(this);
        connections = stack.tcpQuota().attach();
        dials = stack.dialQuota().attach();
        mappings = stack.udpQuota().attach();
        tcpNat = new TcpNat(this, connections, dials);
        udpNat = new UdpNat(this, mappings);
        shell.host().tcp().setUnclaimedSynHandler(tcpNat);
        shell.host().setGateway(new GuestTraffic(this, udpNat));
    }

    /** Takes the device's packets from now on. */
    void attach() {
        Attachment<Packet> place = device.attach(this::onPacket);
        attachment = place;
        if (get(this::isClosed)) {
            place.close(); // the gateway was closed meanwhile
        }
    }

    @Override
    public L3Device device() {
        return device;
    }

    @Override
    public boolean send(Packet packet) {
        Attachment<Packet> place = attachment;
        return place != null && place.send(packet);
    }

    @Override
    public Registration interpose(Interposer<Packet> interposer) {
        return Objects.requireNonNull(attachment).interpose(interposer);
    }

    @Override
    public int namespace() {
        return id;
    }

    @Override
    public SlirpSnapshot snapshot() {
        return get(() -> new SlirpSnapshot(
                isClosed() ? 0 : 1,
                tcpNat.size(),
                tcpNat.dialing(),
                host().tcp().timeWaiting(),
                udpNat.size(),
                stats.snapshot()));
    }

    @Override
    public void close() {
        List<Runnable> ends = new ArrayList<>();
        shell.enter();
        try {
            if (isClosed()) {
                return;
            }
            for (TcpFlow flow : tcpNat.flows()) {
                ends.add(() -> flow.socket().end(true));
            }
            for (UdpMapping mapping : udpNat.mappings()) {
                udpNat.remove(mapping);
            }
            host().close(nowNanos());
            connections.close();
            dials.close();
            mappings.close();
        } finally {
            shell.leave(); // sends the resets,
        }
        shell.finish(); // or waits for who is sending, while there is still somebody to hear them
        Attachment<Packet> place = attachment;
        if (place != null) {
            place.close();
        }
        stack.loop().executeAndWait(() -> ends.forEach(Runnable::run)); // after the ends of the UDP sockets
        stack.onClosed(this);
    }

    /** Takes a packet from the device. Any thread; the packet is lent. */
    void onPacket(Packet packet) {
        boolean datagramsDue;
        boolean streamsDue;
        shell.enter();
        try {
            tcpNat.uplink().bringing(true);
            DropReason dropped = host().onPacket(packet, nowNanos());
            if (dropped == null) {
                stats.sent(packet.length());
                stack.stats().sent(packet.length());
            } else {
                dropped(dropped);
            }
            datagramsDue = udpNat.uplink().isDue();
            streamsDue = tcpNat.uplink().isDue();
        } finally {
            tcpNat.uplink().bringing(false);
            shell.leave();
        }
        if (datagramsDue) {
            udpNat.uplink().flush();
        }
        if (streamsDue) {
            tcpNat.uplink().flush();
        }
    }

    /** Guarded by the lock. */
    void listFlows(List<SlirpFlow> flows) {
        long now = nowNanos();
        tcpNat.flows().forEach(flow -> flows.add(flow.snapshot(now)));
        udpNat.mappings().forEach(mapping -> flows.add(mapping.snapshot(now)));
    }

    /** Whether others have their parts of the memory too. Any thread. */
    void shareMemory(boolean several) {
        memory.fair(several);
    }

    /** Gives up what others may have. Guarded by the lock. */
    void shed() {
        dials.shed();
        connections.shed();
        mappings.shed();
    }

    /** Guarded by the lock. */
    GuestMemory guestMemory() {
        return guestMemory;
    }

    /** Runs something under the lock, and sends what it produced. Must not be called with the lock held. */
    void locked(LongConsumer action) {
        shell.enter();
        try {
            action.accept(nowNanos());
        } finally {
            shell.leave();
        }
    }

    /** Like {@link #locked}, for a number. */
    int withLock(LongToIntFunction action) {
        shell.enter();
        try {
            return action.applyAsInt(nowNanos());
        } finally {
            shell.leave();
        }
    }

    long nowNanos() {
        return shell.nowNanos();
    }

    /** Looks at something under the lock, which must produce no packets. */
    <T extends @Nullable Object> T get(Supplier<T> action) {
        return shell.get(action);
    }

    /** Sends a datagram to the guest; with no lock held. */
    boolean sendUdp(Endpoint from, Endpoint to, ByteBuffer payload) {
        return withLock(now -> !isClosed() && sendUdp(from, to, payload, now) ? 1 : 0) != 0;
    }

    /** Sends a datagram to the guest. Guarded by the lock. */
    boolean sendUdp(Endpoint from, Endpoint to, ByteBuffer payload, long nowNanos) {
        return host().output().sendUdp(from.address(), from.port(), to.address(), to.port(), payload, nowNanos);
    }

    /** Sends datagrams of one length, of which the last may be shorter; tells how many were lost. Guarded by the lock. */
    int sendUdp(Endpoint from, Endpoint to, ByteBuffer payloads, int length, long nowNanos) {
        if (length == 0) {
            return sendUdp(from, to, payloads, nowNanos) ? 0 : 1;
        }
        return host().output()
                .sendUdp(from.address(), from.port(), to.address(), to.port(), payloads, length, nowNanos);
    }

    /** The policy does not let this datagram through. Guarded by the lock. */
    void reportDenied(Endpoint guest, Endpoint destination, long nowNanos) {
        IpAddress own = stack.addresses().sourceFor(guest.address());
        report(own == null ? destination.address() : own, guest, destination, IcmpError.adminProhibited(), nowNanos);
    }

    /** What the host has learned about a datagram that is gone already. Guarded by the lock. */
    void reportFromRemote(Endpoint guest, Endpoint destination, IcmpError error, long nowNanos) {
        report(destination.address(), guest, destination, error, nowNanos);
    }

    private void report(IpAddress from, Endpoint guest, Endpoint destination, IcmpError error, long nowNanos) {
        host().errors()
                .reportUdp(
                        from,
                        guest.address(),
                        guest.port(),
                        destination.address(),
                        destination.port(),
                        error,
                        nowNanos);
    }

    void dropped(DropReason reason) {
        stats.sendDropped(reason);
        stack.stats().sendDropped(reason);
    }

    SlirpStack stack() {
        return stack;
    }

    HostShell shell() {
        return shell;
    }

    /** Guarded by the lock. */
    TcpNat tcpNat() {
        return tcpNat;
    }

    /** Guarded by the lock. */
    UdpNat udpNat() {
        return udpNat;
    }

    /** Guarded by the lock. */
    IpHost host() {
        return shell.host();
    }

    /** Guarded by the lock. */
    boolean isClosed() {
        return host().isClosed();
    }

    /** Takes what the host sends to its guests. */
    private final class ToGuest implements Receiver<Packet> {
        @Override
        public void receive(Packet packet) {
            stats.received(packet.length());
            stack.stats().received(packet.length());
            send(packet);
        }

        @Override
        public Set<Offload> offloads() {
            return device.offloads();
        }
    }

    @Override
    public void onTick(long nowNanos) {
        tcpNat.onTick(nowNanos);
        udpNat.onTick(nowNanos);
    }

    @Override
    public long nextDeadlineNanos() {
        return Timers.earlier(tcpNat.nextDeadlineNanos(), udpNat.nextDeadlineNanos());
    }
}
