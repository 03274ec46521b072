// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard.internal;

import io.pktkit.hub.guard.AddressBinding.Origin;
import io.pktkit.wire.IpAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One bound address. Written under the monitor of the {@link BindingTable}, except for the note that it was used. */
final class Binding {

    /** Three times RetransTimer, RFC 4862 section 5.1: for one to three solicitations. */
    private static final long DETECTION_V6_NANOS = TimeUnit.SECONDS.toNanos(3);

    /** Twice PROBE_MAX, ANNOUNCE_WAIT and a second more, RFC 5227 section 1.1. */
    private static final long DETECTION_V4_NANOS = TimeUnit.SECONDS.toNanos(7);

    final IpAddress address;
    final boolean ipv4;
    final long high;
    final long low;

    volatile long station;

    /** Whether the station was heard with this address since the last tick or question. */
    private volatile boolean heard;

    Origin origin;

    /** Where the station is; null until it uses the address. */
    @Nullable
    PortGuard port;

    /** The VLAN in which the port last claimed it. */
    int vlan;

    /** When it was last noticed that the address was used. */
    long heardNanos;

    /** Whether the port claimed it by asking for it, and when. */
    private volatile boolean probed;

    private volatile long probedNanos;

    /** Whether the holder was asked about the address, and has not been heard since. */
    private boolean asked;

    private long askedNanos;
    private boolean everAsked;

    /** When the station was last asked because somebody else used its MAC address. */
    private volatile long roused;

    private volatile boolean everRoused;

    Binding(IpAddress address, long station, Origin origin) {
        this.address = address;
        this.ipv4 = address.isIpv4();
        this.high = address.high();
        this.low = address.low();
        this.station = station;
        this.origin = origin;
    }

    boolean isSnooped() {
        return origin == Origin.SNOOPED;
    }

    /** Any thread. */
    void hear() {
        if (!heard) {
            heard = true;
        }
    }

    void tie(PortGuard to, int frameVlan, boolean probe, long nowNanos) {
        probedNanos = nowNanos;
        probed = probe;
        port = to;
        vlan = frameVlan;
        heardNanos = nowNanos;
        heard = false;
        asked = false;
    }

    /**
     * Whether the holder may still be looking for duplicates. It must not be asked then: a question like ours is to it a
     * station that wants the same address, and it would give the address up. Any thread.
     */
    boolean isTentative(long nowNanos) {
        return probed && nowNanos - probedNanos < (ipv4 ? DETECTION_V4_NANOS : DETECTION_V6_NANOS);
    }

    /** Notes what was heard up to now. */
    void settle(long nowNanos) {
        if (heard) {
            heard = false;
            heardNanos = nowNanos;
            asked = false;
        }
    }

    /** Whether the holder was asked so long ago and has not been heard since. */
    boolean isSilentFor(long waitNanos, long nowNanos) {
        settle(nowNanos);
        return asked && nowNanos - askedNanos >= waitNanos;
    }

    /** Whether the holder is to be asked now: not while an answer is being waited for, and not again so soon. */
    boolean mustAsk(long pauseNanos, long nowNanos) {
        if (asked || (everAsked && nowNanos - askedNanos < pauseNanos)) {
            return false;
        }
        asked = true;
        everAsked = true;
        askedNanos = nowNanos;
        return true;
    }

    /** Whether the station is to be asked now because of its MAC address. Any thread; two may both be told yes. */
    boolean mustRouse(long pauseNanos, long nowNanos) {
        if (everRoused && nowNanos - roused < pauseNanos) {
            return false;
        }
        roused = nowNanos;
        everRoused = true;
        return true;
    }
}
