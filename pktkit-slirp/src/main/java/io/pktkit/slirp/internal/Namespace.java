// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.Attachment;
import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.device.Interposer;
import io.pktkit.device.L3Device;
import io.pktkit.device.Outbox;
import io.pktkit.device.Registration;
import io.pktkit.slirp.SlirpAttachment;
import io.pktkit.slirp.SlirpSnapshot;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.vtcp.host.PacketSink;
import io.pktkit.vtcp.host.TcpHost;
import io.pktkit.vtcp.host.TcpHostConfig;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import java.util.function.LongToIntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to one connected device, behind one lock. Packets produced under the lock wait in the outbox and reach the device
 * after it is released; each method that takes the lock sees to that.
 */
final class Namespace implements SlirpAttachment {
    private final int id;
    private final SlirpStack stack;
    private final L3Device device;

    /** Null until the device is attached to. */
    private volatile @Nullable Attachment<Packet> attachment;

    private final DeviceStats stats = new DeviceStats();
    private final ReentrantLock lock = new ReentrantLock();
    private final Outbox outbox = new Outbox();
    private final Packet outgoing = new Packet();
    private final Outbox.Sink sink = this::deliver;
    private final Alarm alarm;

    // Guarded by the lock.
    private final TcpHost tcp;
    private final TcpNat tcpNat;
    private final UdpNat udpNat;
    private final Inbound inbound;
    private final Emitter emitter;
    private boolean closed;

    Namespace(int id, SlirpStack stack, L3Device device) {
        this.id = id;
        this.stack = stack;
        this.device = device;
        TcpHostConfig tcpConfig = TcpHostConfig.of(stack.listenerConfig())
                .withMaxConnections(stack.config().limits().tcpConnections());
        tcp = new TcpHost(tcpConfig, stack.isn(), PacketSink.of(outbox));
        tcpNat = new TcpNat(this, new Share(stack.tcpQuota()), new Share(stack.dialQuota()));
        tcp.setUnclaimedSynHandler(tcpNat);
        udpNat = new UdpNat(this, new Share(stack.udpQuota()));
        emitter = new Emitter(outbox, stack.config().mtu());
        inbound = new Inbound(this, tcp, udpNat, new IcmpResponder(this, emitter));
        alarm = stack.timers().newAlarm(this::onAlarm);
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
                closed ? 0 : 1, tcpNat.size(), tcpNat.dialing(), tcp.timeWaiting(), udpNat.size(), stats.snapshot()));
    }

    @Override
    public void close() {
        List<Runnable> ends = new ArrayList<>();
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            tcp.close(nowNanos());
            for (TcpFlow flow : tcpNat.flows()) {
                ends.add(() -> flow.end(true));
            }
            for (UdpMapping mapping : udpNat.mappings()) {
                udpNat.remove(mapping);
            }
            inbound.close();
        } finally {
            lock.unlock();
        }
        drain(); // the resets, while there is still somebody to hear them
        Attachment<Packet> place = attachment;
        if (place != null) {
            place.close();
        }
        stack.loop().executeAndWait(() -> ends.forEach(Runnable::run)); // after the ends of the UDP sockets
        alarm.close();
        outbox.close();
        stack.onClosed(this);
    }

    /** Takes a packet from the device. Any thread; the packet is lent. */
    void onPacket(Packet packet) {
        DropReason dropped;
        Runnable delivery = null;
        lock.lock();
        try {
            if (closed) {
                dropped = DropReason.CLOSED;
            } else {
                dropped = inbound.onPacket(packet, nowNanos());
                delivery = inbound.takeDelivery();
                rearm();
            }
        } finally {
            lock.unlock();
        }
        if (dropped == null) {
            stats.sent(packet.length());
            stack.stats().sent(packet.length());
        } else {
            dropped(dropped);
        }
        drain();
        if (delivery != null) {
            delivery.run();
        }
    }

    /** Runs something under the lock, and sends what it produced. Must not be called with the lock held. */
    void locked(LongConsumer action) {
        lock.lock();
        try {
            action.accept(nowNanos());
            rearm();
        } finally {
            lock.unlock();
        }
        drain();
    }

    /** Like {@link #locked}, for a number. */
    int withLock(LongToIntFunction action) {
        int result;
        lock.lock();
        try {
            result = action.applyAsInt(nowNanos());
            rearm();
        } finally {
            lock.unlock();
        }
        drain();
        return result;
    }

    long nowNanos() {
        return stack.timers().nowNanos();
    }

    /** Looks at something under the lock, which must produce no packets. */
    <T extends @Nullable Object> T get(Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            lock.unlock();
        }
    }

    /** Sends a datagram to the guest; with no lock held. */
    boolean sendUdp(Endpoint from, Endpoint to, ByteBuffer payload) {
        return withLock(now -> !closed && emitter.udp(from, to, payload) ? 1 : 0) != 0;
    }

    void dropped(DropReason reason) {
        stats.sendDropped(reason);
        stack.stats().sendDropped(reason);
    }

    /** Delivers what waits for the device. Must not be called with the lock held. */
    void drain() {
        outbox.drain(sink);
    }

    SlirpStack stack() {
        return stack;
    }

    ReentrantLock lock() {
        return lock;
    }

    /** Guarded by the lock. */
    TcpNat tcpNat() {
        return tcpNat;
    }

    /** Guarded by the lock. */
    TcpHost tcp() {
        return tcp;
    }

    /** Guarded by the lock. */
    IcmpResponder icmp() {
        return inbound.icmp();
    }

    /** Guarded by the lock. */
    Emitter emitter() {
        return emitter;
    }

    /** Guarded by the lock. */
    boolean isClosed() {
        return closed;
    }

    private void deliver(ByteBuffer buffer, int offset, int length) {
        stats.received(length);
        stack.stats().received(length);
        send(outgoing.wrap(buffer, offset, length));
    }

    private void onAlarm() {
        locked(now -> {
            if (!closed) {
                tcp.onTick(now);
                tcpNat.onTick(now);
                udpNat.onTick(now);
                inbound.onTick(now);
            }
        });
    }

    /** Under the lock, after everything that may have moved a deadline. Moving it later costs nothing; see {@link Alarm}. */
    private void rearm() {
        if (!closed) {
            long next = Timers.earlier(tcp.nextDeadlineNanos(), tcpNat.nextDeadlineNanos());
            next = Timers.earlier(next, udpNat.nextDeadlineNanos());
            alarm.arm(Timers.earlier(next, inbound.nextDeadlineNanos()));
        }
    }
}
