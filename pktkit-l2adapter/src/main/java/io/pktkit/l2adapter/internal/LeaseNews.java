// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.device.Mailbox;
import io.pktkit.dhcp.Lease;
import io.pktkit.l2adapter.LeaseListener;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells the user's listener what became of the lease, on the mailbox's thread. Any thread.
 *
 * <p>Not the calls are kept but the state: the {@link Notice} looks what was told last and what is, and tells the difference. So a
 * listener that is slow costs one task and one lease and can miss nothing for good, a lease that came and went meanwhile is
 * not told at all, and the end of one lease is told before the beginning of the next.
 */
public final class LeaseNews {

    private final Notice notice;
    private final Supplier<@Nullable LeaseListener> listener;

    /** What is. Guarded by this, as is the number, by which a lease that began anew differs from one that was extended. */
    private @Nullable Lease present;

    private int beginnings;

    /** What was told last. Touched by the tasks only, which run one at a time. */
    private @Nullable Lease told;

    private int toldBeginning;

    /**
     * Creates news of no lease.
     *
     * @param mailbox where the listener is called
     * @param listener the present listener, or null
     */
    public LeaseNews(Mailbox mailbox, Supplier<@Nullable LeaseListener> listener) {
        this.notice = new Notice(mailbox, this::tell);
        this.listener = listener;
    }

    void bound(Lease lease) {
        synchronized (this) {
            present = lease;
            beginnings++;
        }
        notice.post();
    }

    void renewed(Lease lease) {
        synchronized (this) {
            present = lease;
        }
        notice.post();
    }

    void lost() {
        synchronized (this) {
            present = null;
        }
        notice.post();
    }

    /** Tells the next difference, and posts itself again if there may be another: the listener may have changed it. */
    @SuppressWarnings("ReferenceEquality") // a lease that was extended is another object, whatever is in it
    private void tell() {
        Lease now;
        int beginning;
        synchronized (this) {
            now = present;
            beginning = beginnings;
        }
        Lease before = told;
        LeaseListener listening = listener.get();
        if (before != null && (now == null || beginning != toldBeginning)) {
            told = null;
            if (now != null) {
                notice.post();
            }
            if (listening != null) {
                listening.onLost(before);
            }
        } else if (now != null && before == null) {
            told = now;
            toldBeginning = beginning;
            if (listening != null) {
                listening.onBound(now);
            }
        } else if (now != null && now != before) {
            told = now;
            if (listening != null) {
                listening.onRenewed(now);
            }
        }
    }
}
