// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.device.DropReason;
import io.pktkit.internal.DropCounters;
import io.pktkit.internal.StripedCounters;
import io.pktkit.internal.ThreadState;

/**
 * Counts what a hub did. Any thread.
 *
 * <p>Each message that a hub receives has one outcome, and only that is counted: received is the sum of them. What a
 * device then does with its copy is counted by the device, and here as refused if it did not take it.
 */
public final class HubStats {

    private static final int FORWARDED = 0;
    private static final int BROADCASTS = 1;
    private static final int MULTICASTS = 2;
    private static final int UNKNOWN_UNICASTS = 3;
    private static final int REFUSED = 4;
    private static final int LEARN_REFUSED = 5;
    private static final int SECURITY_VIOLATIONS = 6;
    private static final int MOVES_DAMPED = 7;
    private static final int ERRORS = 8;

    private final StripedCounters counts = new StripedCounters(ERRORS + 1);
    private final DropCounters drops = new DropCounters();

    HubStats() {}

    /** {@return messages that were dealt with: forwarded, flooded and dropped ones} */
    public long received() {
        return forwarded() + flooded() + dropped();
    }

    /** {@return messages that went to the one port that they were for} */
    public long forwarded() {
        return counts.sum(FORWARDED);
    }

    /** {@return messages that went to all ports that they could be for, each counted once} */
    public long flooded() {
        return broadcasts() + multicasts() + unknownUnicasts();
    }

    /** {@return flooded messages to the broadcast address} */
    public long broadcasts() {
        return counts.sum(BROADCASTS);
    }

    /** {@return flooded messages to a group} */
    public long multicasts() {
        return counts.sum(MULTICASTS);
    }

    /** {@return flooded messages to a station that no port is known for} */
    public long unknownUnicasts() {
        return counts.sum(UNKNOWN_UNICASTS);
    }

    /** {@return messages that went nowhere, for any reason} */
    public long dropped() {
        return drops.sum();
    }

    /**
     * Messages that went nowhere for one reason.
     *
     * @param reason why
     * @return the count
     */
    public long dropped(DropReason reason) {
        return drops.get(reason);
    }

    /** {@return messages that were cut because they had passed too many hubs and links} */
    public long loopDrops() {
        return dropped(DropReason.LOOP);
    }

    /** {@return copies that the device of a port did not take, or failed on} */
    public long refused() {
        return counts.sum(REFUSED);
    }

    /** {@return messages whose source was not learned because of a limit; they were forwarded all the same} */
    public long learnRefused() {
        return counts.sum(LEARN_REFUSED);
    }

    /** {@return messages that broke a port's security, dropped or only counted} */
    public long securityViolations() {
        return counts.sum(SECURITY_VIOLATIONS);
    }

    /**
     * {@return messages of a station that is known behind another port and has not moved, as far as can be told; dropped if
     * they came from a guest port, and forwarded all the same from others}
     */
    public long movesDamped() {
        return counts.sum(MOVES_DAMPED);
    }

    /** {@return ICMP errors that the hub sent} */
    public long errorsSent() {
        return counts.sum(ERRORS);
    }

    /** {@return one line with the counts that are not 0} */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(120);
        text.append("forwarded ").append(forwarded()).append(", flooded ").append(flooded());
        text.append(", refused ").append(refused());
        for (DropReason reason : DropReason.values()) {
            if (dropped(reason) != 0) {
                text.append(", ").append(reason).append(' ').append(dropped(reason));
            }
        }
        return text.toString();
    }

    void countForwarded(ThreadState thread) {
        counts.add(thread, FORWARDED, 1);
    }

    void countFlooded(ThreadState thread, boolean group, boolean broadcast) {
        counts.add(thread, broadcast ? BROADCASTS : group ? MULTICASTS : UNKNOWN_UNICASTS, 1);
    }

    void countDropped(ThreadState thread, DropReason reason) {
        drops.increment(thread, reason);
    }

    void countRefused(ThreadState thread) {
        counts.add(thread, REFUSED, 1);
    }

    void countLearnRefused() {
        counts.add(ThreadState.current(), LEARN_REFUSED, 1);
    }

    void countSecurityViolation() {
        counts.add(ThreadState.current(), SECURITY_VIOLATIONS, 1);
    }

    void countMoveDamped() {
        counts.add(ThreadState.current(), MOVES_DAMPED, 1);
    }

    void countError(ThreadState thread) {
        counts.add(thread, ERRORS, 1);
    }
}
