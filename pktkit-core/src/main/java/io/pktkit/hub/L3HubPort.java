// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.device.Attachment;
import io.pktkit.device.Interposer;
import io.pktkit.device.L3Device;
import io.pktkit.device.Offload;
import io.pktkit.device.Receiver;
import io.pktkit.device.Registration;
import io.pktkit.internal.OffloadFinisher;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.RateLimiter;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A device's place on an {@link L3Hub}. Any thread; what is changed here holds for packets that come in from then on. */
public final class L3HubPort implements Attachment<Packet> {

    private static final int ERRORS_PER_SECOND = 100;
    private static final int ERROR_BURST = 50;

    private final L3Hub hub;
    private final L3Device device;
    private final int id;

    /** Each port has its own, so that one that provokes errors does not use up those of the others. */
    private final RateLimiter errorLimit = new RateLimiter(ERRORS_PER_SECOND, ERROR_BURST);

    /** How often the device said that it changed: of two threads that ask it, the later answer holds. */
    private final AtomicLong changes = new AtomicLong();

    /** Null while the port is being made. */
    private volatile @Nullable Attachment<Packet> attachment;

    private volatile IpPrefix ipv4 = IpPrefix.unset(IpFamily.IPV4);
    private volatile IpPrefix ipv6 = IpPrefix.unset(IpFamily.IPV6);
    private volatile int mtu = Integer.MAX_VALUE;
    private volatile boolean reversePathCheck;
    private volatile boolean closed;

    L3HubPort(L3Hub hub, L3Device device, int id) {
        this.hub = hub;
        this.device = device;
        this.id = id;
    }

    /** Last, when the port is in its place: when the hub has told of it packets come, whose answers find it. */
    void attach(Runnable tell) {
        device.attach(new FromDevice(), place -> {
            attachment = place;
            tell.run();
        });
        refresh(); // what the device changed while nobody was told
    }

    /** Whether the port is in its place, or was. */
    boolean isAttached() {
        return attachment != null;
    }

    /** {@return the device that is attached here} */
    @Override
    public L3Device device() {
        return device;
    }

    /** Sends into the device past the hub: no route is looked up and no hop counted. */
    @Override
    public boolean send(Packet packet) {
        Attachment<Packet> place = attachment;
        return place != null && place.send(packet);
    }

    @Override
    public Registration interpose(Interposer<Packet> interposer) {
        return Objects.requireNonNull(attachment).interpose(interposer);
    }

    /** {@return whether packets from here must have a source that is reached over here} */
    public boolean hasReversePathCheck() {
        return reversePathCheck;
    }

    /**
     * Drops what comes from here with a source that the hub would not send back to here: the strict check of RFC 3704
     * section 2.2, against forged addresses. Packets to a group may have no source yet, or a link-local one.
     *
     * @param check whether to check; a new port does not
     */
    public void setReversePathCheck(boolean check) {
        reversePathCheck = check;
    }

    /** Detaches the device, which stays open; if the default route led here, there is none any more. Idempotent. */
    @Override
    public void close() {
        hub.disconnect(this);
        Attachment<Packet> place = attachment;
        if (place != null) {
            place.close();
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** Under the hub's lock. */
    void markClosed() {
        closed = true;
    }

    RateLimiter errorLimit() {
        return errorLimit;
    }

    /** A small number that no other port of the hub has at the same time. */
    int id() {
        return id;
    }

    IpPrefix prefix(IpFamily family) {
        return family == IpFamily.IPV4 ? ipv4 : ipv6;
    }

    int mtu() {
        return mtu;
    }

    /**
     * Asks the device for its addresses and MTU, without a lock, since it is somebody else's code, and keeps the answer
     * unless somebody asked later.
     */
    void refresh() {
        long change = changes.incrementAndGet();
        IpPrefix four = device.prefix(IpFamily.IPV4);
        IpPrefix six = device.prefix(IpFamily.IPV6);
        int bytes = device.mtu();
        hub.update(() -> {
            if (changes.get() == change) {
                ipv4 = four;
                ipv6 = six;
                mtu = bytes;
            }
        });
    }

    /** {@return a line for debugging} */
    @Override
    public String toString() {
        return "L3HubPort[" + device + "]";
    }

    /** What comes out of the device, and what the device tells of itself. */
    private final class FromDevice implements Receiver<Packet> {

        @Override
        public void receive(Packet packet) {
            hub.receive(L3HubPort.this, packet);
        }

        @Override
        public Set<Offload> offloads() {
            return OffloadFinisher.ALL;
        }

        @Override
        public void deviceChanged() {
            refresh();
        }

        @Override
        public String toString() {
            return "port of " + hub;
        }
    }
}
