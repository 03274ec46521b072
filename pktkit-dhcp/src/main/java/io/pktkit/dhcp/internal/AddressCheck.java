// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.dhcp.Lease;
import io.pktkit.time.Timers;
import org.jspecify.annotations.Nullable;

/**
 * Finds out by ARP whether somebody on the link uses the address of a lease, and announces it if nobody does: RFC 5227 sections 2.1 and 2.3.
 * Goes on beside the states of its {@link ClientMachine}, which owns it, as a lease that is held is checked while it is used.
 */
final class AddressCheck {
    private static final long SECOND = 1_000_000_000L;
    private static final int PROBE_COUNT = 3; // RFC 5227 section 1.1, as are the next four
    private static final long PROBE_INTERVAL = SECOND;
    private static final long ANNOUNCE_WAIT = 2 * SECOND;
    private static final int ANNOUNCE_COUNT = 2;
    private static final long ANNOUNCE_INTERVAL = 2 * SECOND;

    private final ClientOutput output;
    private @Nullable Lease probed; // null when its address is not, or no longer, probed for
    private @Nullable Lease announced;
    private int sent; // probes or announcements
    private long dueAt = Timers.NEVER;

    AddressCheck(ClientOutput output) {
        this.output = output;
    }

    void probe(Lease lease, long now) {
        stop();
        probed = lease;
        sendProbe(lease, now);
    }

    void announce(Lease lease, long now) {
        stop();
        announced = lease;
        sendAnnouncement(lease, now);
    }

    void stop() {
        probed = null;
        announced = null;
        sent = 0;
        dueAt = Timers.NEVER;
    }

    /** Sends what is due. Returns the lease once its probes have gone unanswered, which ends them; else null. */
    @Nullable
    Lease onTick(long now) {
        if (!Timers.isDue(dueAt, now)) {
            return null;
        }
        Lease free = null;
        if (announced != null) {
            sendAnnouncement(announced, now);
        } else if (probed != null && sent < PROBE_COUNT) {
            sendProbe(probed, now);
        } else {
            free = probed;
            stop();
        }
        return free;
    }

    /** Section 2.1.1: whether an ARP message of another station is one of who uses the address being probed for, or probes for it too. */
    boolean isConflict(int senderAddress, int targetAddress) {
        if (probed == null) {
            return false;
        }
        int address = probed.address().toIpv4Bits();
        return senderAddress == address || (senderAddress == 0 && targetAddress == address);
    }

    boolean isProbing() {
        return probed != null;
    }

    long nextDeadlineNanos() {
        return dueAt;
    }

    private void sendProbe(Lease lease, long now) {
        sent++;
        output.probe(lease);
        dueAt = Timers.after(now, sent < PROBE_COUNT ? PROBE_INTERVAL : ANNOUNCE_WAIT);
    }

    private void sendAnnouncement(Lease lease, long now) {
        sent++;
        output.announce(lease);
        dueAt = sent < ANNOUNCE_COUNT ? Timers.after(now, ANNOUNCE_INTERVAL) : Timers.NEVER;
    }
}
