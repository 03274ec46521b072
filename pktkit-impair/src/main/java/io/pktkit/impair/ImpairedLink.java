// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import io.pktkit.device.Attachment;
import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.device.Interposer;
import io.pktkit.device.Receiver;
import io.pktkit.device.Registration;
import io.pktkit.device.Sender;
import io.pktkit.internal.CallbackGate;
import io.pktkit.internal.ThreadState;
import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import io.pktkit.wire.Pdu;
import java.time.Duration;

/**
 * A bad link between a device and the network that it is attached to. It is put on any attachment at run time, a port of a
 * hub, an end of a cable, whatever {@link io.pktkit.device.Device#attachment()} tells, changed while traffic flows, and taken
 * out again by {@link #close()}.
 *
 * <pre>{@code
 * ImpairedLink<Frame> link = ImpairedLink.on(hub.connect(device), Impairment.none().loss(0.01));
 * link.update(Direction.SEND, Impairment.none().delay(Duration.ofMillis(50)));
 * link.partition();
 * link.close();
 * }</pre>
 *
 * <p>It sees what a wire would see: a super-segment is cut and a pending checksum finished before any of it meets its fate.
 * Only what passes a perfect link with nothing on its way stays as it is.
 *
 * <p>{@link Attachment#send} returns false for a message that found the queue full. What is lost on the way is lost in
 * silence, as on a real wire: {@code send} returns true, and the drop is counted. The device's own {@code stats()} tell why
 * messages were dropped here, under {@link DropReason#LINK_LOSS}, {@link DropReason#LINK_DOWN} in a partition, and
 * {@link DropReason#QUEUE_FULL}. What came out of the device and was dropped here counts there as received, too.
 *
 * <p>Any thread.
 *
 * @param <P> frames or packets
 */
public final class ImpairedLink<P extends Pdu> implements Registration {

    private final Timers timers;
    private final DeviceStats deviceStats;
    private final TowardsDevice towardsDevice = new TowardsDevice();
    private final FromDevice fromDevice = new FromDevice();
    private final Lane<P> send;
    private final Lane<P> receive;
    private final Registration place;

    /** The polls that are under way: unlike the calls of the attachment and of the alarms, nobody else waits for them. */
    private final CallbackGate polls = new CallbackGate();

    private ImpairedLink(Attachment<P> attachment, Impairment send, Impairment receive, Timers timers) {
        this.timers = timers;
        this.deviceStats = attachment.device().stats();
        this.send = new Lane<>(send, Direction.SEND, timers, towardsDevice);
        this.receive = new Lane<>(receive, Direction.RECEIVE, timers, fromDevice);
        this.place = attachment.interpose(new Between());
    }

    /**
     * Puts the same impairment on both directions of an attachment, on the clock of the system.
     *
     * @param <P> frames or packets
     * @param attachment where; of several links the latest is nearest to the network
     * @param impairment how bad the link is
     * @return the link
     * @throws IllegalStateException if the attachment is closed
     */
    public static <P extends Pdu> ImpairedLink<P> on(Attachment<P> attachment, Impairment impairment) {
        return on(attachment, impairment, impairment, SystemTimers.shared());
    }

    /**
     * Puts an impairment on each direction of an attachment.
     *
     * @param <P> frames or packets
     * @param attachment where; of several links the latest is nearest to the network
     * @param send what happens to what the network sends into the device
     * @param receive what happens to what comes out of the device
     * @param timers the clock
     * @return the link
     * @throws IllegalStateException if the attachment is closed
     */
    public static <P extends Pdu> ImpairedLink<P> on(
            Attachment<P> attachment, Impairment send, Impairment receive, Timers timers) {
        return new ImpairedLink<>(attachment, send, receive, timers);
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
        ThreadState thread = ThreadState.current();
        if (!polls.enter(thread)) {
            return Timers.NEVER;
        }
        try {
            send.release();
            receive.release();
        } finally {
            polls.exit(thread);
        }
        long next = Timers.earlier(send.nextDeadlineNanos(), receive.nextDeadlineNanos());
        return next == Timers.NEVER ? next : Math.max(0, next - timers.nowNanos());
    }

    /**
     * Waits, on the clock of the system, until nothing waits in either direction and the timers deliver nothing. Not for
     * a timer's callback: it would wait for its own thread.
     *
     * @param timeout how long at most
     * @return true if so; false at the timeout, and at once when called by who is being given something by this link
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

    /**
     * Takes the link out; the device stays attached. What was on its way is passed on at once, in the order in which it
     * would have arrived, and has been when this returns, unless it is called from within a delivery. What follows already
     * takes the short way, and may overtake it. Idempotent; happens by itself when the attachment or the device is closed,
     * and what was on its way is then dropped.
     */
    @Override
    public void close() {
        place.close();
    }

    /** {@return a line for debugging} */
    @Override
    public String toString() {
        return "ImpairedLink{send=" + send.impairment() + " receive=" + receive.impairment() + "}";
    }

    private Lane<P> lane(Direction direction) {
        return direction == Direction.SEND ? send : receive;
    }

    /** What the attachment calls. */
    @SuppressWarnings("ReferenceEquality") // which is next, not whether it equals
    private final class Between implements Interposer<P> {

        @Override
        public boolean toDevice(P pdu, Sender<P> next) {
            if (towardsDevice.next != next) {
                towardsDevice.next = next;
            }
            return send.take(pdu);
        }

        @Override
        public void fromDevice(P pdu, Receiver<P> next) {
            if (fromDevice.next != next) {
                fromDevice.next = next;
            }
            receive.take(pdu);
        }

        @Override
        public void removed() {
            polls.shut();
            send.end();
            receive.end();
            polls.awaitEmpty();
        }
    }

    /**
     * The end of a lane. It passes everything on to the latest neighbour: when a neighbour changes, the one before stays
     * good for what began with it.
     */
    private final class TowardsDevice implements Lane.Exit<P> {

        private volatile Sender<P> next = pdu -> false;

        @Override
        public boolean pass(P pdu) {
            return next.send(pdu);
        }

        @Override
        public DeviceStats stats() {
            return deviceStats;
        }

        @Override
        public void dropped(DropReason reason) {
            deviceStats.sendDropped(reason);
        }
    }

    private final class FromDevice implements Lane.Exit<P> {

        private volatile Receiver<P> next = pdu -> {};

        @Override
        public boolean pass(P pdu) {
            next.receive(pdu);
            return true;
        }

        @Override
        public DeviceStats stats() {
            return deviceStats;
        }

        @Override
        public void dropped(DropReason reason) {
            deviceStats.receiveDropped(reason);
        }
    }
}
