// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.reliable;

import io.pktkit.time.Timers;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What was sent and is not acknowledged yet: at most six packets. */
public final class SendWindow {

    /** How many packets are on their way at most. */
    public static final int SIZE = 6;

    /** tls-timeout. */
    static final long FIRST_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** Doubling ends here, so that a long outage does not make the next attempt far away. */
    static final long LONGEST_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** As many later acknowledgments tell that a packet was lost. */
    private static final int FAST_RETRANSMIT = 3;

    private final @Nullable Sent[] slots = new Sent[SIZE];
    private int nextId;
    private boolean fast;
    private long retransmissions;

    /** Creates a window whose first packet has id 0. */
    public SendWindow() {}

    /** A packet on its way. */
    public static final class Sent {

        private final int opcode;
        private final int id;
        private final byte[] payload;
        private long due;
        private long timeout = FIRST_TIMEOUT_NANOS;
        private int laterAcks;
        private int transmissions;

        private Sent(int opcode, int id, byte[] payload, long due) {
            this.opcode = opcode;
            this.id = id;
            this.payload = payload;
            this.due = due;
        }

        /** {@return the opcode} */
        public int opcode() {
            return opcode;
        }

        /** {@return the packet id} */
        public int id() {
            return id;
        }

        /** {@return the payload, not to be changed} */
        public byte[] payload() {
            return payload;
        }
    }

    /** {@return whether another packet may be sent}: the ids on their way span no more than the receiver's window */
    public boolean hasRoom() {
        Integer oldest = null;
        int free = 0;
        for (Sent sent : slots) {
            if (sent == null) {
                free++;
            } else if (oldest == null || sent.id - oldest < 0) {
                oldest = sent.id;
            }
        }
        return free > 0 && (oldest == null || nextId - oldest < SIZE);
    }

    /**
     * Queues a packet, which {@link #nextDue} then gives out.
     *
     * @param opcode the opcode
     * @param payload its payload, kept
     * @param nowNanos the time
     * @return its id
     */
    public int add(int opcode, byte[] payload, long nowNanos) {
        for (int i = 0; i < SIZE; i++) {
            if (slots[i] == null) {
                slots[i] = new Sent(opcode, nextId, payload, nowNanos);
                return nextId++;
            }
        }
        throw new IllegalStateException("the window is full: size=" + SIZE);
    }

    /**
     * Takes note that the first packet was sent by somebody else, the stateless answer, and need not be sent now.
     *
     * @param opcode the opcode
     * @param nowNanos the time
     */
    public void addSent(int opcode, long nowNanos) {
        add(opcode, new byte[0], nowNanos);
        Sent sent = slots[0];
        if (sent != null) {
            sent.transmissions = 1;
            sent.due = Timers.after(nowNanos, sent.timeout);
        }
    }

    /**
     * Takes an acknowledgment. Those of what was acknowledged before, or never sent, change nothing.
     *
     * @param id the packet id
     * @return whether the packet was on its way
     */
    public boolean acknowledge(int id) {
        boolean known = false;
        for (int i = 0; i < SIZE; i++) {
            Sent sent = slots[i];
            if (sent != null && sent.id == id) {
                slots[i] = null;
                known = true;
            }
        }
        for (Sent sent : slots) {
            if (known && sent != null && sent.id - id < 0 && ++sent.laterAcks == FAST_RETRANSMIT) {
                fast = true;
            }
        }
        return known;
    }

    /**
     * Finds a packet that is to be sent now, for the first time or again, and counts it as sent.
     *
     * @param nowNanos the time
     * @return the packet; null if there is none
     */
    public @Nullable Sent nextDue(long nowNanos) {
        Sent found = null;
        for (Sent sent : slots) {
            if (sent != null && isDue(sent, nowNanos) && (found == null || sent.id - found.id < 0)) {
                found = sent;
            }
        }
        if (found == null) {
            fast = false;
            return null;
        }
        if (found.transmissions++ > 0) {
            retransmissions++;
        }
        found.laterAcks = 0;
        found.due = Timers.after(nowNanos, found.timeout);
        found.timeout = Math.min(2 * found.timeout, LONGEST_TIMEOUT_NANOS);
        return found;
    }

    private static boolean isDue(Sent sent, long nowNanos) {
        return sent.laterAcks >= FAST_RETRANSMIT || Timers.isDue(sent.due, nowNanos);
    }

    /** {@return when a packet is to be sent again; {@link Timers#NEVER} when none is on its way} */
    public long nextDeadlineNanos() {
        long earliest = Timers.NEVER;
        for (Sent sent : slots) {
            if (sent != null) {
                earliest = Timers.earlier(earliest, sent.due);
            }
        }
        return earliest;
    }

    /** {@return whether a packet is to be sent at once since later ones were acknowledged} */
    public boolean hasFastRetransmit() {
        return fast;
    }

    /** {@return whether all that was sent is acknowledged} */
    public boolean isEmpty() {
        for (Sent sent : slots) {
            if (sent != null) {
                return false;
            }
        }
        return true;
    }

    /** {@return how many packets were sent again} */
    public long retransmissions() {
        return retransmissions;
    }
}
