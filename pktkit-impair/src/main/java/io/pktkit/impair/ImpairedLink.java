// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import io.pktkit.time.Timers;
import java.time.Duration;

/**
 * The two directions of an impaired device: what is wrong with them, to be looked at and changed while traffic flows.
 * The same for frames and packets. Any thread.
 */
public final class ImpairedLink {

    private final Timers timers;
    private final Lane send;
    private final Lane receive;

    ImpairedLink(Timers timers, Lane send, Lane receive) {
        this.timers = timers;
        this.send = send;
        this.receive = receive;
    }

    /**
     * Changes one direction for what comes from now on. What is on its way keeps its time of arrival, and is not overtaken
     * by what follows unless there is jitter. The random numbers go on, unless the seed is another.
     *
     * @param direction which one
     * @param impairment how bad it is to be
     */
    public void update(Direction direction, Impairment impairment) {
        lane(direction).update(impairment);
    }

    /**
     * Changes both directions, see {@link #update(Direction, Impairment)}.
     *
     * @param impairment how bad they are to be
     */
    public void update(Impairment impairment) {
        send.update(impairment);
        receive.update(impairment);
    }

    /**
     * Tells how bad a direction is.
     *
     * @param direction which one
     * @return what was set last
     */
    public Impairment impairment(Direction direction) {
        return lane(direction).impairment();
    }

    /** Cuts both directions, see {@link #partition(Direction)}. */
    public void partition() {
        send.partition();
        receive.partition();
    }

    /**
     * Cuts a direction: what comes, and what is on its way, is dropped. Only a message that is being delivered at the
     * moment still arrives.
     *
     * @param direction which one
     */
    public void partition(Direction direction) {
        lane(direction).partition();
    }

    /** Ends the partition of both directions; they are then as bad as they were before. */
    public void heal() {
        send.heal();
        receive.heal();
    }

    /**
     * Ends the partition of a direction.
     *
     * @param direction which one
     */
    public void heal(Direction direction) {
        lane(direction).heal();
    }

    /**
     * Tells whether a direction is cut.
     *
     * @param direction which one
     * @return true between {@link #partition(Direction)} and {@link #heal(Direction)}
     */
    public boolean isPartitioned(Direction direction) {
        return lane(direction).isPartitioned();
    }

    /**
     * Tells what happened to the messages of a direction.
     *
     * @param direction which one
     * @return the counts until now
     */
    public LinkStats stats(Direction direction) {
        return lane(direction).stats();
    }

    /**
     * Delivers what is due, on the calling thread. Only needed where the timers are not run by anybody. Does not wait for
     * a delivery that is under way on another thread.
     *
     * @return nanoseconds until something is due, 0 if it is already; {@link Timers#NEVER} if nothing waits
     */
    public long poll() {
        send.release();
        receive.release();
        long next = Timers.earlier(send.nextDeadlineNanos(), receive.nextDeadlineNanos());
        return next == Timers.NEVER ? next : Math.max(0, next - timers.nowNanos());
    }

    /**
     * Waits, on the clock of the system, until nothing waits in either direction and the timers deliver nothing. Not for
     * a timer's callback: it would wait for its own thread.
     *
     * @param timeout how long at most
     * @return true if so; false at the timeout, and at once when called by a handler while this link delivers to it
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    public boolean awaitIdle(Duration timeout) throws InterruptedException {
        if (send.isReleasedByThisThread() || receive.isReleasedByThisThread()) {
            return false;
        }
        long deadline = Timers.after(System.nanoTime(), timeout);
        // What the first delivers may make its receiver answer through the other.
        while (send.awaitIdle(deadline) && receive.awaitIdle(deadline)) {
            if (send.isIdle()) {
                return true;
            }
        }
        return false;
    }

    void close() {
        send.close();
        receive.close();
    }

    private Lane lane(Direction direction) {
        return direction == Direction.SEND ? send : receive;
    }
}
