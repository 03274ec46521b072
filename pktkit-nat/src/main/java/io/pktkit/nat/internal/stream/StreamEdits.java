// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.stream;

import java.util.ArrayList;
import java.util.List;

/**
 * The changes that were made to one direction of a TCP connection. Positions are sequence numbers: "sent" those of who sends,
 * "seen" those of who receives.
 *
 * <p>A change is remembered with its text until the receiver has acknowledged it, so that a retransmission, whole or in other
 * pieces, becomes the same text at the same place. After that only the sum of the differences is left.
 */
public final class StreamEdits {

    /** Changes that may be under way at once; more are refused. */
    public static final int MAX_PENDING = 16;

    private static final byte[] NOTHING = {};

    private final List<Edit> pending = new ArrayList<>(2);

    /** Whether anything of the stream was seen, where it began, and up to where it was looked at. */
    private boolean begun;

    private int first;
    private int lookedTo;

    /** The difference before the first pending change. */
    private int base;

    /** Text that was taken from the sender and not sent on yet; it begins at {@link #lookedTo}. */
    private byte[] held = NOTHING;

    /** Up to where the receiver has everything, as sent. */
    private int receivedTo;

    /** Up to where the sender was told that its text has arrived, in place of the receiver. */
    private int takenTo;

    private boolean taken;

    /** What its sender, who receives the other stream, offered last. */
    private int window;

    /** Creates a stream without changes. */
    public StreamEdits() {}

    /** A change: what was sent from {@link #start()} to {@link #end()} is seen as {@link #text()}. */
    public static final class Edit {
        private final int start;
        private final int end;
        private final byte[] text;

        /**
         * A change.
         *
         * @param start where it begins, as sent
         * @param end behind its end, as sent
         * @param text what is seen instead; not copied
         */
        public Edit(int start, int end, byte[] text) {
            this.start = start;
            this.end = end;
            this.text = text;
        }

        /** {@return where it begins, as sent} */
        public int start() {
            return start;
        }

        /** {@return behind its end, as sent} */
        public int end() {
            return end;
        }

        /** {@return what is seen instead; not to be changed} */
        public byte[] text() {
            return text;
        }

        private int growth() {
            return text.length - (end - start);
        }
    }

    /** {@return whether nothing was ever changed} */
    public boolean isClean() {
        return base == 0 && pending.isEmpty() && held.length == 0;
    }

    /** Forgets everything. */
    public void clear() {
        base = 0;
        pending.clear();
        begun = false;
        held = NOTHING;
        taken = false;
    }

    /**
     * Notes where the stream begins, and forgets that of another connection.
     *
     * @param at behind the SYN, as sent
     * @return false if it is known, as from a SYN that is sent again
     */
    public boolean begin(int at) {
        if (isBegunAt(at)) {
            return false;
        }
        clear();
        begun = true;
        first = at;
        lookedTo = at;
        receivedTo = at;
        return true;
    }

    /** {@return whether anything of the stream was seen} */
    public boolean isBegun() {
        return begun;
    }

    /**
     * Tells whether the stream is known to begin somewhere.
     *
     * @param at behind a SYN, as sent
     * @return whether it does
     */
    public boolean isBegunAt(int at) {
        return begun && first == at;
    }

    /**
     * Tells whether something is missing before a piece: what will be changed there would move it.
     *
     * @param start where the piece begins, as sent
     * @return whether it is
     */
    public boolean isAhead(int start) {
        return begun && start - lookedTo > held.length;
    }

    /** {@return how many octets are held back} */
    public int heldLength() {
        return held.length;
    }

    /** {@return how many octets of text are kept, held back or to be repeated} */
    public int textLength() {
        int length = held.length;
        for (int i = 0; i < pending.size(); i++) {
            length += pending.get(i).text.length;
        }
        return length;
    }

    /** {@return where what is held back begins, and what was looked at ends} */
    public int lookedTo() {
        return lookedTo;
    }

    /**
     * Holds text back: it is neither looked at nor sent on. Its sender may forget it as soon as the receiver has everything
     * before: until then an acknowledgment of it would be one of that too.
     *
     * @param at where it begins, as sent; what is behind is not looked at any more
     * @param text the text, not copied
     */
    public void hold(int at, byte[] text) {
        lookedTo = at;
        held = text;
        take(receivedTo);
    }

    private void take(int received) {
        if (held.length > 0 && received == lookedTo) {
            takenTo = lookedTo + held.length;
            taken = true;
        }
    }

    /** {@return whether what is held back is to be acknowledged} */
    public boolean isHeldTaken() {
        return held.length > 0 && isTaken(lookedTo);
    }

    /** {@return what is held back, which is held no longer} */
    public byte[] release() {
        byte[] released = held;
        held = NOTHING;
        return released;
    }

    /**
     * Tells whether the sender may have forgotten something, so that it would not send it again.
     *
     * @param from where a piece begins, as sent
     * @return whether it was told to have arrived what is behind that
     */
    public boolean isTaken(int from) {
        return taken && takenTo - from > 0;
    }

    /**
     * Notes what the sender of this stream offers for the other.
     *
     * @param offered the window, as in the header
     * @param scale the shift that a SYN announces, whose own window is not shifted yet; 0 for none and for what is no SYN
     */
    public void offers(int offered, int scale) {
        window = scale > 0 ? offered >>> scale : offered;
    }

    /** {@return the window that was offered last, as in a header that is no SYN's} */
    public int window() {
        return window;
    }

    /**
     * Takes a piece as looked at.
     *
     * @param start where it begins, as sent, not {@linkplain #isAhead ahead}
     * @param end behind its end
     * @return where what was not looked at before begins; {@code end} if there is nothing
     */
    public int look(int start, int end) {
        if (!begun) {
            begin(start);
        }
        int from = start - lookedTo > 0 ? start : lookedTo;
        if (end - from <= 0) {
            return end;
        }
        lookedTo = end;
        return from;
    }

    /** {@return whether another change can be remembered} */
    public boolean hasRoom() {
        return pending.size() < MAX_PENDING;
    }

    /** {@return the changes that are not yet acknowledged, in the order of the stream} */
    public List<Edit> pending() {
        return pending;
    }

    /**
     * Remembers a change.
     *
     * @param edit the change, which overlaps no other
     */
    public void add(Edit edit) {
        int at = pending.size();
        while (at > 0 && pending.get(at - 1).start - edit.start > 0) {
            at--;
        }
        pending.add(at, edit);
    }

    /**
     * Tells whether a piece of the stream holds any part of a pending change.
     *
     * @param start where it begins, as sent
     * @param end behind its end
     * @return whether it does
     */
    public boolean touches(int start, int end) {
        for (Edit edit : pending) {
            if (edit.start - end < 0 && start - edit.end < 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Tells by how much a piece becomes longer that was sent before, each change of which it holds any part whole.
     *
     * @param start where it begins, as sent
     * @param end behind its end
     * @return the difference, in octets
     */
    public int growth(int start, int end) {
        int growth = 0;
        for (Edit edit : pending) {
            if (edit.start - end < 0 && start - edit.end < 0) {
                int from = edit.start - start > 0 ? edit.start : start;
                int to = edit.end - end < 0 ? edit.end : end;
                growth += edit.text.length - (to - from);
            }
        }
        return growth;
    }

    /**
     * Translates a position that is inside no change.
     *
     * @param sent where, as sent
     * @return where, as seen
     */
    public int seen(int sent) {
        int difference = base;
        for (Edit edit : pending) {
            if (edit.end - sent > 0) {
                break;
            }
            difference += edit.growth();
        }
        return sent + difference;
    }

    /**
     * Translates what the receiver acknowledges. In the middle of a change nothing of it is acknowledged yet.
     *
     * @param seen what it has, as seen
     * @return what of it was sent
     */
    public int acknowledged(int seen) {
        int sent = sent(seen, false);
        if (sent - receivedTo > 0 && sent - lookedTo <= 0) {
            receivedTo = sent;
        }
        take(sent);
        return taken && takenTo - sent > 0 ? takenTo : sent;
    }

    /**
     * Translates the right edge of a block that the receiver has. In the middle of a change none of it counts.
     *
     * @param seen behind the block, as seen
     * @return where, as sent
     */
    public int rightEdge(int seen) {
        return sent(seen, false);
    }

    /**
     * Translates the left edge of a block that the receiver has. In the middle of a change none of it counts.
     *
     * @param seen where the block begins, as seen
     * @return where, as sent
     */
    public int leftEdge(int seen) {
        return sent(seen, true);
    }

    private int sent(int seen, boolean atEnd) {
        int difference = base;
        for (Edit edit : pending) {
            int start = edit.start + difference;
            if (seen - start <= 0) {
                break;
            }
            if (seen - (start + edit.text.length) < 0) {
                return atEnd ? edit.end : edit.start;
            }
            difference += edit.growth();
        }
        return seen - difference;
    }

    /**
     * Notes what the receiver has acknowledged: changes before that are settled. What acknowledges more than was sent, a FIN
     * counted, is none (RFC 5961 section 5.2).
     *
     * @param seen what it has, as seen
     */
    public void settle(int seen) {
        if (sent(seen, false) - lookedTo > 1) {
            return;
        }
        while (!pending.isEmpty()) {
            Edit first = pending.get(0);
            if (seen - (first.start + base + first.text.length) < 0) {
                return;
            }
            base += first.growth();
            pending.remove(0);
        }
        if (pending.isEmpty() && held.length == 0) {
            taken = false;
        }
    }
}
