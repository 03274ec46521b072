// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard.internal;

import io.pktkit.hub.guard.GuardReason;
import io.pktkit.hub.guard.GuestProfile;
import io.pktkit.internal.Scratch;
import io.pktkit.internal.StripedCounters;
import io.pktkit.internal.ThreadState;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.RateLimiter;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The guard of one port. Any thread; what is bound here is an array that is replaced as a whole, under the monitor of the
 * {@link BindingTable}, and read without it. It is searched from its start: a guest has a few addresses, and at most
 * {@link GuestProfile#MOST_ADDRESSES}.
 */
public final class PortGuard implements Bound {

    /** What becomes of a frame. */
    public enum Verdict {
        /** It may pass. */
        PASS,
        /** It may pass if its addresses are granted. */
        CLAIM,
        /** It is what the hub was asking for, goes no further, and is counted. */
        ANSWER,
        /** It goes no further, and is counted. */
        DROP
    }

    /** Sends to the port what its stations are asked. */
    public interface Line {

        /**
         * Sends.
         *
         * @param vlan the VLAN, 0 for none
         * @param question an untagged frame, lent until the call returns
         */
        void send(int vlan, Frame question);
    }

    /** Each claim takes the table's lock, so a guest has only so many. Starting up takes a dozen. */
    private static final int CLAIMS_PER_SECOND = 100;

    /** Shorter than the wait after which a station moves to another port. */
    private static final long ROUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /** A guest's own address that it has not used for so long gives way to a new one of its own. */
    private static final long DISPENSABLE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final int REASONS = GuardReason.values().length;

    private final BindingTable table;
    private final GuestProfile profile;
    private final Line line;
    private final long asker;
    private final StripedCounters drops = new StripedCounters(REASONS);
    private final RateLimiter claims = new RateLimiter(CLAIMS_PER_SECOND, CLAIMS_PER_SECOND);

    private volatile Binding[] bound = new Binding[0];
    private volatile boolean closed;

    /**
     * Makes a guard to which nothing is bound.
     *
     * @param table the bindings of the network
     * @param profile what the guest may do
     * @param line how the guest is asked
     */
    public PortGuard(BindingTable table, GuestProfile profile, Line line) {
        this.table = table;
        this.profile = profile;
        this.line = line;
        this.asker = table.asker().toLong();
    }

    /**
     * Judges a frame, and counts it if it is to be dropped.
     *
     * @param thread the calling thread's state, inside a hub
     * @param frame the frame, with a whole header
     * @return what becomes of it
     */
    public Verdict judge(ThreadState thread, Frame frame) {
        GuardReason reason = FrameJudge.judge(frame, thread.scratch().packet(Scratch.GUARDED), this);
        if (reason == GuardReason.UNBOUND) {
            return Verdict.CLAIM;
        }
        if (reason != null) {
            count(thread, reason);
            return Verdict.DROP;
        }
        if (frame.destinationMac() == asker) {
            count(thread, GuardReason.ANSWER);
            return Verdict.ANSWER;
        }
        return Verdict.PASS;
    }

    /**
     * Claims what a frame uses that is not bound here yet, and counts it if that is not granted.
     *
     * @param thread the calling thread's state, inside a hub
     * @param vlan the frame's VLAN
     * @param frame a frame of which {@link #judge} just said {@link Verdict#CLAIM}
     * @return whether it may pass
     */
    public boolean claim(ThreadState thread, int vlan, Frame frame) {
        if (!claims.tryAcquire(table.nowNanos())) {
            count(thread, GuardReason.CLAIM_RATE);
            return false;
        }
        Claim claim = Claim.of(frame, thread.scratch().packet(Scratch.GUARDED));
        long station = frame.sourceMac();
        GuardReason refusal = claim(claim.address(), station, vlan, claim.probe());
        IpAddress second = claim.second();
        if (refusal == null && second != null) {
            refusal = claim(second, station, vlan, false);
        }
        if (refusal != null) {
            count(thread, refusal);
        }
        return refusal == null;
    }

    private @Nullable GuardReason claim(IpAddress address, long station, int vlan, boolean probe) {
        BindingTable.Outcome outcome = table.claim(this, address, station, vlan, probe);
        Binding toAsk = outcome.toAsk();
        PortGuard holder = outcome.holder();
        if (toAsk != null && holder != null) {
            holder.ask(toAsk);
        }
        return outcome.refusal();
    }

    /**
     * Asks a station behind this port whether it is there, because somebody else uses its MAC address; if an IP address of
     * it is known. At most five times a second.
     *
     * @param station the station
     */
    public void rouse(long station) {
        for (Binding binding : bound) {
            long now = table.nowNanos();
            if (binding.station == station && !binding.isTentative(now)) {
                if (binding.mustRouse(ROUSE_NANOS, now)) {
                    ask(binding);
                }
                return;
            }
        }
    }

    /** Asks the holder of an address whether it is there. Called without the table's monitor. */
    void ask(Binding binding) {
        line.send(binding.vlan, Question.about(binding, table.asker()));
    }

    /** Gives up all that is bound here. Idempotent. */
    public void close() {
        closed = true;
        table.leave(this);
    }

    /**
     * Tells how many frames were dropped for one reason.
     *
     * @param reason why
     * @return the count
     */
    public long dropped(GuardReason reason) {
        return drops.sum(index(reason));
    }

    @Override
    public boolean holds(boolean ipv4, long high, long low, long station) {
        for (Binding binding : bound) {
            if (binding.low == low && binding.high == high && binding.ipv4 == ipv4 && binding.station == station) {
                binding.hear();
                return true;
            }
        }
        return false;
    }

    // What follows is called with the table's monitor held.

    boolean isClosed() {
        return closed;
    }

    GuestProfile profile() {
        return profile;
    }

    Binding[] bindings() {
        return bound;
    }

    /**
     * Sees to it that one address more fits, if need be by forgetting one that was found out here: the one that was silent
     * for longest.
     *
     * @param first whether even one in use must make way
     */
    boolean makeRoom(boolean first, long now) {
        Binding[] present = bound;
        if (present.length < profile.maxAddresses()) {
            return true;
        }
        Binding oldest = null;
        for (Binding binding : present) {
            binding.settle(now);
            if (binding.isSnooped() && (oldest == null || binding.heardNanos - oldest.heardNanos < 0)) {
                oldest = binding;
            }
        }
        if (oldest == null || (!first && now - oldest.heardNanos < DISPENSABLE_NANOS)) {
            return false;
        }
        table.forget(oldest);
        return true;
    }

    void add(Binding binding) {
        Binding[] more = Arrays.copyOf(bound, bound.length + 1);
        more[more.length - 1] = binding;
        bound = more;
    }

    void remove(Binding binding) {
        bound = Arrays.stream(bound).filter(other -> other != binding).toArray(Binding[]::new);
    }

    private void count(ThreadState thread, GuardReason reason) {
        drops.add(thread, index(reason), 1);
    }

    @SuppressWarnings("EnumOrdinal") // an index into an array of this process, never stored or sent
    private static int index(GuardReason reason) {
        return reason.ordinal();
    }
}
