// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

/**
 * Forward RTO-recovery, RFC 5682: whether a timeout was spurious, told without timestamps by the two acknowledgments
 * that follow it. After the first, if it covers the repeat and not all, new data goes out in place of more repeats;
 * if the second then covers what was never repeated, the originals are arriving.
 */
final class ForwardRto {
    private enum Step {
        OFF,
        FIRST,
        SECOND
    }

    private Step step = Step.OFF;
    private long repeatedEnd;
    private long recover;
    private boolean originalArrived;
    private boolean refuted;

    /**
     * A timeout has marked all.
     *
     * @param first whether it is the first of its episode; later ones prove nothing
     * @param end where the segment ends that is sent again now
     * @param nxt SND.NXT
     */
    void onTimeout(boolean first, long end, long nxt) {
        step = first ? Step.FIRST : Step.OFF;
        repeatedEnd = end;
        recover = nxt;
    }

    /** An acknowledgment is about to be applied to the scoreboard. */
    void begin() {
        originalArrived = false;
    }

    void delivered(long end, boolean everResent) {
        originalArrived |= !everResent && end <= recover;
    }

    /**
     * Section 3.1, steps 2 and 3.
     *
     * @param canSendNew whether new data may go out at once
     * @return whether the timeout is proved spurious
     */
    boolean isProvedBy(AckFacts facts, boolean canSendNew) {
        refuted = false;
        switch (step) {
            case FIRST -> {
                boolean goesOn = facts.acked > 0 && facts.ack >= repeatedEnd && facts.ack < recover && canSendNew;
                step = goesOn ? Step.SECOND : Step.OFF;
            }
            case SECOND -> {
                step = Step.OFF;
                refuted = !originalArrived && facts.acked == 0;
                return originalArrived;
            }
            case OFF -> {}
        }
        return false;
    }

    /** Whether the acknowledgment at hand showed that the originals are lost, by acknowledging nothing. */
    boolean isRefuted() {
        return refuted;
    }

    /** Whether what is lost waits, so that new data goes out first. */
    boolean holdsRepeats() {
        return step == Step.SECOND;
    }
}
