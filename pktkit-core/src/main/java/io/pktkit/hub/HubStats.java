// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.device.DropReason;
import io.pktkit.internal.DropCounters;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what a hub did. Any thread.
 *
 * <p>Each message that a hub receives has one outcome, and only that is counted: received is the sum of them. What a
 * device then does with its copy is counted by the device, and here as refused if it did not take it.
 */
public final class HubStats {

    private final LongAdder forwarded = new LongAdder();
    private final LongAdder broadcasts = new LongAdder();
    private final LongAdder multicasts = new LongAdder();
    private final LongAdder unknownUnicasts = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder learnRefused = new LongAdder();
    private final LongAdder securityViolations = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private final DropCounters drops = new DropCounters();

    HubStats() {}

    /** {@return messages that were dealt with: forwarded, flooded and dropped ones} */
    public long received() {
        return forwarded() + flooded() + dropped();
    }

    /** {@return messages that went to the one port that they were for} */
    public long forwarded() {
        return forwarded.sum();
    }

    /** {@return messages that went to all ports that they could be for, each counted once} */
    public long flooded() {
        return broadcasts() + multicasts() + unknownUnicasts();
    }

    /** {@return flooded messages to the broadcast address} */
    public long broadcasts() {
        return broadcasts.sum();
    }

    /** {@return flooded messages to a group} */
    public long multicasts() {
        return multicasts.sum();
    }

    /** {@return flooded messages to a station that no port is known for} */
    public long unknownUnicasts() {
        return unknownUnicasts.sum();
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
        return refused.sum();
    }

    /** {@return messages whose source was not learned because of a limit; they were forwarded all the same} */
    public long learnRefused() {
        return learnRefused.sum();
    }

    /** {@return messages that broke a port's security, dropped or only counted} */
    public long securityViolations() {
        return securityViolations.sum();
    }

    /** {@return ICMP errors that the hub sent} */
    public long errorsSent() {
        return errors.sum();
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

    void countForwarded() {
        forwarded.increment();
    }

    void countFlooded(boolean group, boolean broadcast) {
        (broadcast ? broadcasts : group ? multicasts : unknownUnicasts).increment();
    }

    void countDropped(DropReason reason) {
        drops.increment(reason);
    }

    void countRefused() {
        refused.increment();
    }

    void countLearnRefused() {
        learnRefused.increment();
    }

    void countSecurityViolation() {
        securityViolations.increment();
    }

    void countError() {
        errors.increment();
    }
}
