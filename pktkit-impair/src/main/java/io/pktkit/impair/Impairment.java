// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import io.pktkit.time.Timers;
import java.time.Duration;

/**
 * How bad one direction of a link is. Immutable: each setter returns a new value.
 *
 * <pre>{@code
 * Impairment mobile = Impairment.none()
 *         .delay(Duration.ofMillis(50)).jitter(Duration.ofMillis(10))
 *         .loss(0.01).rate(5_000_000).seed(42);
 * }</pre>
 *
 * <p>A probability is that of each message, from 0 for never to 1 for always.
 *
 * <p><b>The same seed gives the same fate.</b> The generator is xorshift64* (shifts 12, 25, 27; multiplier
 * 0x2545F4914F6CDD1D), started with the output of SplitMix64 for the seed, and for {@link Direction#RECEIVE} for the seed
 * plus one golden gamma more. Each message draws eight numbers, whatever is configured: burst transition, loss, corruption,
 * the bit to flip, CE mark, duplication, reordering, jitter. So the n-th message of a direction meets the same fate in
 * each run, and one impairment can be changed without changing who suffers from another. Only a perfect link draws nothing.
 */
public final class Impairment {

    /** Messages that a direction holds unless told otherwise. */
    public static final int DEFAULT_QUEUE_PACKETS = 1024;

    /** Bytes of memory that a direction holds unless told otherwise. */
    public static final long DEFAULT_QUEUE_BYTES = 16L << 20;

    /** The highest rate that can be set, in bits per second. */
    public static final long MAX_RATE = 1_000_000_000_000_000L;

    private static final Impairment NONE = new Impairment(new Values());

    /** Not written any more once an impairment has it: the final field publishes it to all threads. */
    private final Values values;

    private final boolean perfect;

    private Impairment(Values values) {
        this.values = values;
        this.perfect = values.delay == 0
                && values.jitter == 0
                && values.loss == 0
                && values.burstEnter == 0
                && values.duplicate == 0
                && values.corrupt == 0
                && values.reorder == 0
                && values.mark == 0
                && values.rate == 0;
    }

    /** {@return a perfect link: the start of each description} */
    public static Impairment none() {
        return NONE;
    }

    /**
     * Delays each message.
     *
     * @param delay 0 or more; from 146 years on, messages are lost
     * @return the changed impairment
     */
    public Impairment delay(Duration delay) {
        Values changed = new Values(values);
        changed.delay = nanos("delay", delay);
        return new Impairment(changed);
    }

    /**
     * Delays each message by a random time more, uniform from 0 to below the jitter. Messages that follow each other more
     * closely than the jitter may change places.
     *
     * @param jitter 0 or more
     * @return the changed impairment
     */
    public Impairment jitter(Duration jitter) {
        Values changed = new Values(values);
        changed.jitter = nanos("jitter", jitter);
        return new Impairment(changed);
    }

    /**
     * Loses messages, each by itself; with bursts, this is the loss between them. What is lost takes no time on the line.
     *
     * @param probability 0 to 1
     * @return the changed impairment
     */
    public Impairment loss(double probability) {
        Values changed = new Values(values);
        changed.loss = probability("loss", probability);
        return new Impairment(changed);
    }

    /**
     * Loses messages in bursts that lose everything, see {@link #burst(double, double, double)}.
     *
     * @param enter the probability, for each message, that a burst begins with it, 0 to 1
     * @param leave the probability, for each later message of a burst, that the burst ends before it, 0 to 1
     * @return the changed impairment
     */
    public Impairment burst(double enter, double leave) {
        return burst(enter, leave, 1);
    }

    /**
     * Loses messages in bursts: the model of Gilbert and Elliott. The link is good or bad, and may change with each message,
     * before that meets its fate. In the long run it is bad for {@code enter / (enter + leave)} of the messages, and a
     * burst is {@code 1 / leave} messages long.
     *
     * @param enter the probability that a good link becomes bad, 0 to 1; 0 for no bursts
     * @param leave the probability that a bad link becomes good, 0 to 1
     * @param loss the probability of loss while the link is bad, 0 to 1
     * @return the changed impairment
     */
    public Impairment burst(double enter, double leave, double loss) {
        Values changed = new Values(values);
        changed.burstEnter = probability("enter", enter);
        changed.burstLeave = probability("leave", leave);
        changed.burstLoss = probability("loss", loss);
        return new Impairment(changed);
    }

    /**
     * Sends messages twice, the copy one microsecond behind and only if the queue has room for it.
     *
     * @param probability 0 to 1
     * @return the changed impairment
     */
    public Impairment duplicate(double probability) {
        Values changed = new Values(values);
        changed.duplicate = probability("duplicate", probability);
        return new Impairment(changed);
    }

    /**
     * Flips one bit of a message, any of it with the same chance.
     *
     * @param probability 0 to 1
     * @return the changed impairment
     */
    public Impairment corrupt(double probability) {
        Values changed = new Values(values);
        changed.corrupt = probability("corrupt", probability);
        return new Impairment(changed);
    }

    /**
     * Holds messages back, so that those which come within that time overtake them.
     *
     * @param probability 0 to 1
     * @param extra how much later they arrive, 0 or more
     * @return the changed impairment
     */
    public Impairment reorder(double probability, Duration extra) {
        Values changed = new Values(values);
        changed.reorder = probability("reorder", probability);
        changed.reorderDelay = nanos("extra", extra);
        return new Impairment(changed);
    }

    /**
     * Marks ECN-capable packets, ECT(0) and ECT(1), as having met congestion (RFC 3168 section 5). Others stay as they are.
     *
     * @param probability 0 to 1
     * @return the changed impairment
     */
    public Impairment mark(double probability) {
        Values changed = new Values(values);
        changed.mark = probability("mark", probability);
        return new Impairment(changed);
    }

    /**
     * Marks the ECN-capable packets that a limited {@link #rate} makes wait longer than this.
     *
     * @param wait the longest wait without a mark, or zero to mark none
     * @return the changed impairment
     */
    public Impairment markBeyond(Duration wait) {
        Values changed = new Values(values);
        changed.markBeyond = nanos("wait", wait);
        return new Impairment(changed);
    }

    /**
     * Limits the rate: a message takes the time of its bits, as long as it is and without preamble or padding, and
     * waits until those before it have had theirs.
     *
     * @param bitsPerSecond 1 to {@link #MAX_RATE}, or 0 for no limit
     * @return the changed impairment
     */
    public Impairment rate(long bitsPerSecond) {
        if (bitsPerSecond < 0 || bitsPerSecond > MAX_RATE) {
            throw new IllegalArgumentException("rate must be in [0, " + MAX_RATE + "]: rate=" + bitsPerSecond);
        }
        Values changed = new Values(values);
        changed.rate = bitsPerSecond;
        return new Impairment(changed);
    }

    /**
     * Limits what a direction holds, waiting for the line and on its way together. What finds no room is dropped. A long
     * delay at a high rate needs more than the default. The bytes are of memory: a message counts with its whole buffer,
     * which has at most twice its length, or 256 bytes.
     *
     * @param packets 1 or more
     * @param bytes 1 or more
     * @return the changed impairment
     */
    public Impairment queue(int packets, long bytes) {
        if (packets < 1 || bytes < 1) {
            throw new IllegalArgumentException("queue must be positive: packets=" + packets + " bytes=" + bytes);
        }
        Values changed = new Values(values);
        changed.queuePackets = packets;
        changed.queueBytes = bytes;
        return new Impairment(changed);
    }

    /**
     * Chooses the random numbers. Two links that are to differ need two seeds; the directions of one link always differ.
     *
     * @param seed any value; 1 unless set
     * @return the changed impairment
     */
    public Impairment seed(long seed) {
        Values changed = new Values(values);
        changed.seed = seed;
        return new Impairment(changed);
    }

    /** {@return whether messages pass as they are, at once} */
    public boolean isPerfect() {
        return perfect;
    }

    /** {@return the delay of each message} */
    public Duration delay() {
        return Duration.ofNanos(values.delay);
    }

    /** {@return the bound of the random delay, exclusive} */
    public Duration jitter() {
        return Duration.ofNanos(values.jitter);
    }

    /** {@return the probability of loss outside bursts} */
    public double loss() {
        return values.loss;
    }

    /** {@return the probability that a burst begins; 0 for no bursts} */
    public double burstEnter() {
        return values.burstEnter;
    }

    /** {@return the probability that a burst ends} */
    public double burstLeave() {
        return values.burstLeave;
    }

    /** {@return the probability of loss in a burst} */
    public double burstLoss() {
        return values.burstLoss;
    }

    /** {@return the probability of a copy} */
    public double duplicate() {
        return values.duplicate;
    }

    /** {@return the probability of a flipped bit} */
    public double corrupt() {
        return values.corrupt;
    }

    /** {@return the probability of being held back} */
    public double reorder() {
        return values.reorder;
    }

    /** {@return how much later a message arrives that is held back} */
    public Duration reorderDelay() {
        return Duration.ofNanos(values.reorderDelay);
    }

    /** {@return the probability that an ECN-capable packet is marked} */
    public double mark() {
        return values.mark;
    }

    /** {@return the wait for the line beyond which ECN-capable packets are marked; zero for none} */
    public Duration markBeyond() {
        return Duration.ofNanos(values.markBeyond);
    }

    /** {@return bits per second; 0 for no limit} */
    public long rate() {
        return values.rate;
    }

    /** {@return how many messages the queue holds} */
    public int queuePackets() {
        return values.queuePackets;
    }

    /** {@return how many bytes of memory the queue holds} */
    public long queueBytes() {
        return values.queueBytes;
    }

    /** {@return what the random numbers start from} */
    public long seed() {
        return values.seed;
    }

    @Override
    public String toString() {
        return "Impairment{delay=" + delay() + " jitter=" + jitter() + " loss=" + loss() + " burst=" + burstEnter()
                + "/"
                + burstLeave() + "/" + burstLoss() + " duplicate=" + duplicate() + " corrupt=" + corrupt() + " reorder="
                + reorder() + "/" + reorderDelay() + " mark=" + mark() + "/" + markBeyond() + " rate=" + rate()
                + " queue=" + queuePackets()
                + "/" + queueBytes() + " seed=" + seed() + "}";
    }

    long delayNanos() {
        return values.delay;
    }

    long markBeyondNanos() {
        return values.markBeyond;
    }

    long jitterNanos() {
        return values.jitter;
    }

    long reorderNanos() {
        return values.reorderDelay;
    }

    private static double probability(String name, double value) {
        if (!(value >= 0 && value <= 1)) { // also NaN
            throw new IllegalArgumentException(name + " must be in [0, 1]: " + name + "=" + value);
        }
        return value;
    }

    private static long nanos(String name, Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(name + " must not be negative: " + name + "=" + value);
        }
        return Timers.toNanos(value);
    }

    private static final class Values {

        private long delay;
        private long jitter;
        private double loss;
        private double burstEnter;
        private double burstLeave;
        private double burstLoss;
        private double duplicate;
        private double corrupt;
        private double reorder;
        private long reorderDelay;
        private double mark;
        private long markBeyond;
        private long rate;
        private int queuePackets = DEFAULT_QUEUE_PACKETS;
        private long queueBytes = DEFAULT_QUEUE_BYTES;
        private long seed = 1;

        Values() {}

        Values(Values from) {
            delay = from.delay;
            jitter = from.jitter;
            loss = from.loss;
            burstEnter = from.burstEnter;
            burstLeave = from.burstLeave;
            burstLoss = from.burstLoss;
            duplicate = from.duplicate;
            corrupt = from.corrupt;
            reorder = from.reorder;
            reorderDelay = from.reorderDelay;
            mark = from.mark;
            markBeyond = from.markBeyond;
            rate = from.rate;
            queuePackets = from.queuePackets;
            queueBytes = from.queueBytes;
            seed = from.seed;
        }
    }
}
