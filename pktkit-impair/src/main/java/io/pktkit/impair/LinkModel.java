// SPDX-License-Identifier: MIT
package io.pktkit.impair;

/**
 * Decides what happens to the next message. Guarded by its {@link LinkQueue}'s owner.
 *
 * <p>The order and the number of the draws are promised by {@link Impairment}: change neither.
 */
final class LinkModel {

    private final Direction direction;
    private final Dice dice;
    private Impairment impairment;
    private boolean bad;

    // The fate of the present message.
    private boolean lost;
    private boolean corrupted;
    private double bit;
    private boolean marked;
    private boolean duplicated;
    private boolean reordered;
    private long delayNanos;

    LinkModel(Impairment impairment, Direction direction) {
        this.direction = direction;
        this.impairment = impairment;
        this.dice = new Dice(impairment.seed(), direction);
    }

    Impairment impairment() {
        return impairment;
    }

    boolean isPerfect() {
        return impairment.isPerfect();
    }

    void update(Impairment changed) {
        if (changed.seed() != impairment.seed()) {
            dice.reseed(changed.seed(), direction);
        }
        if (changed.burstEnter() == 0) {
            bad = false;
        }
        impairment = changed;
    }

    /** Draws the fate of the next message. */
    void draw() {
        Impairment now = impairment;
        if (now.isPerfect()) {
            lost = corrupted = marked = duplicated = reordered = false;
            delayNanos = 0;
            return;
        }
        boolean turn = dice.chance(bad ? now.burstLeave() : now.burstEnter());
        bad ^= turn;
        lost = dice.chance(bad ? now.burstLoss() : now.loss());
        corrupted = dice.chance(now.corrupt());
        bit = dice.next();
        marked = dice.chance(now.mark());
        duplicated = dice.chance(now.duplicate());
        reordered = dice.chance(now.reorder());
        double late = dice.next();
        long jitter = now.jitterNanos();
        // Beyond 2^53 ns the product is rounded, perhaps up to the bound itself.
        long added = jitter == 0 ? 0 : Math.min((long) (late * jitter), jitter - 1);
        delayNanos = LinkQueue.sum(now.delayNanos(), added);
        if (reordered) {
            delayNanos = LinkQueue.sum(delayNanos, now.reorderNanos());
        }
    }

    boolean lost() {
        return lost;
    }

    boolean corrupted() {
        return corrupted;
    }

    /** Which bit to flip, of a message that is not empty. */
    int bitOf(int length) {
        return (int) (bit * (8L * length));
    }

    boolean marked() {
        return marked;
    }

    /** Whether so long a wait for the line earns a mark. */
    boolean isLate(long waitNanos) {
        long most = impairment.markBeyondNanos();
        return most > 0 && waitNanos > most;
    }

    boolean duplicated() {
        return duplicated;
    }

    boolean reordered() {
        return reordered;
    }

    /** Delay, jitter and holding back together. */
    long delayNanos() {
        return delayNanos;
    }

    /** Whether the message passes at once, once, and as it is. */
    boolean leavesAlone() {
        return !corrupted && !marked && !duplicated && delayNanos == 0 && impairment.rate() == 0;
    }
}
