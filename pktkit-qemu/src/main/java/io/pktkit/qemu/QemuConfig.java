// SPDX-License-Identifier: MIT
package io.pktkit.qemu;

import io.pktkit.device.AbstractDevice;
import io.pktkit.qemu.internal.SendQueue;
import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import java.time.Duration;

/**
 * Limits of listeners and devices. Immutable: each {@code with} gives another.
 *
 * @param mtu what the devices tell as their MTU, 68 to 65 517: with its Ethernet header and a tag it is a frame
 * @param queueBytes how much waits for one guest that does not take it, 131 072 or more; held only when it happens
 * @param maxGuests how many guests a listener has at once, 1 or more; one more is hung up on
 * @param idleTimeout for how long a peer may be silent while somebody is attached; zero for ever, since guests may well be
 * @param firstPause the pause before a lost connection is dialled again, more than zero; it doubles with each failure
 * @param lastPause the longest that the pause becomes, at least {@code firstPause}
 * @param timers the clock
 */
public record QemuConfig(
        int mtu,
        int queueBytes,
        int maxGuests,
        Duration idleTimeout,
        Duration firstPause,
        Duration lastPause,
        Timers timers) {

    /** 1500 bytes, 1 MiB, 1024 guests, no idle timeout, pauses of 100 ms to 30 s, the clock of the system. */
    public static final QemuConfig DEFAULT = new QemuConfig(
            AbstractDevice.DEFAULT_MTU,
            1 << 20,
            1024,
            Duration.ZERO,
            Duration.ofMillis(100),
            Duration.ofSeconds(30),
            SystemTimers.shared());

    private static final int MIN_MTU = 68;

    private static final int MAX_MTU = 65_535 - 14;

    /**
     * Checks the ranges.
     *
     * @param mtu see above
     * @param queueBytes see above
     * @param maxGuests see above
     * @param idleTimeout see above
     * @param firstPause see above
     * @param lastPause see above
     * @param timers see above
     */
    public QemuConfig {
        if (mtu < MIN_MTU || mtu > MAX_MTU) {
            throw new IllegalArgumentException("mtu must be in [" + MIN_MTU + ", " + MAX_MTU + "]: mtu=" + mtu);
        }
        if (queueBytes < SendQueue.LEAST_LIMIT || queueBytes > 1 << 30) {
            throw new IllegalArgumentException(
                    "queueBytes must be in [" + SendQueue.LEAST_LIMIT + ", 2^30]: queueBytes=" + queueBytes);
        }
        if (maxGuests < 1) {
            throw new IllegalArgumentException("maxGuests must be positive: maxGuests=" + maxGuests);
        }
        if (idleTimeout.isNegative()) {
            throw new IllegalArgumentException("idleTimeout must not be negative: idleTimeout=" + idleTimeout);
        }
        if (firstPause.isNegative() || firstPause.isZero() || lastPause.compareTo(firstPause) < 0) {
            throw new IllegalArgumentException(
                    "pauses must be positive and not shrink: firstPause=" + firstPause + " lastPause=" + lastPause);
        }
    }

    /**
     * Changes the MTU.
     *
     * @param bytes 68 to 65 517
     * @return the changed limits
     */
    public QemuConfig withMtu(int bytes) {
        return new QemuConfig(bytes, queueBytes, maxGuests, idleTimeout, firstPause, lastPause, timers);
    }

    /**
     * Changes how much waits for one guest.
     *
     * @param bytes 131 072 or more
     * @return the changed limits
     */
    public QemuConfig withQueueBytes(int bytes) {
        return new QemuConfig(mtu, bytes, maxGuests, idleTimeout, firstPause, lastPause, timers);
    }

    /**
     * Changes how many guests a listener has.
     *
     * @param guests 1 or more
     * @return the changed limits
     */
    public QemuConfig withMaxGuests(int guests) {
        return new QemuConfig(mtu, queueBytes, guests, idleTimeout, firstPause, lastPause, timers);
    }

    /**
     * Changes for how long a peer may be silent.
     *
     * @param time zero for ever
     * @return the changed limits
     */
    public QemuConfig withIdleTimeout(Duration time) {
        return new QemuConfig(mtu, queueBytes, maxGuests, time, firstPause, lastPause, timers);
    }

    /**
     * Changes the pauses between dialling.
     *
     * @param first more than zero
     * @param last at least as long
     * @return the changed limits
     */
    public QemuConfig withPauses(Duration first, Duration last) {
        return new QemuConfig(mtu, queueBytes, maxGuests, idleTimeout, first, last, timers);
    }

    /**
     * Changes the clock.
     *
     * @param clock the clock
     * @return the changed limits
     */
    public QemuConfig withTimers(Timers clock) {
        return new QemuConfig(mtu, queueBytes, maxGuests, idleTimeout, firstPause, lastPause, clock);
    }

    long idleNanos() {
        return Timers.toNanos(idleTimeout);
    }
}
