// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.helping;

import io.pktkit.nat.helper.HelperPayload;
import io.pktkit.nat.internal.stream.StreamEdits;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a helper sees and changes: the payload in the copy itself. */
final class HelperView implements HelperPayload {

    private ByteBuffer bytes = ByteBuffer.allocate(0);
    private int start;

    /** Behind the text that is not shown, and moves along. */
    private int end;

    int length;
    boolean changed;

    /** Where what is held back begins; -1 if nothing is. */
    int heldFrom;

    private int mayHold;

    /** How much text may be kept of what is shown. */
    private int mayKeep;

    /** Whether all of it is kept, changed or not: its sender may have forgotten the beginning. */
    private boolean taken;

    private boolean outward;
    private @Nullable StreamEdits edits;
    private int sequence;
    private int room;

    /** What of the text is changed: as sent, from and to; as it is now, from and to. */
    private int sentFrom;

    private int sentTo;
    private int grown;

    void show(
            ByteBuffer in,
            int at,
            int size,
            int behind,
            boolean isOutward,
            @Nullable StreamEdits stream,
            int number,
            int mayGrow,
            int mostHeld,
            int mostKept) {
        bytes = in;
        start = at;
        length = size;
        end = behind;
        changed = false;
        heldFrom = -1;
        mayHold = mostHeld;
        mayKeep = mostKept;
        taken = stream != null && stream.isTaken(number);
        outward = isOutward;
        edits = stream;
        sequence = number;
        room = Math.min(HelperStage.GROWTH, mayGrow);
        sentFrom = -1;
        sentTo = -1;
        grown = 0;
    }

    @Override
    public boolean isOutward() {
        return outward;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public int at(int index) {
        return bytes.get(start + Objects.checkIndex(index, length)) & 0xFF;
    }

    @Override
    public ByteBuffer bytes() {
        return bytes.slice(start, length).asReadOnlyBuffer();
    }

    @Override
    public boolean replace(int from, int to, byte[] with) {
        Objects.checkFromToIndex(from, to, length);
        if (heldFrom >= 0) {
            throw new IllegalStateException("the end is held back already: from=" + heldFrom);
        }
        if (from == to) {
            throw new IllegalArgumentException("there must be something to replace: from=" + from + " to=" + to);
        }
        int growth = with.length - (to - from);
        // Several changes in one payload are one to the stream, from the first octet to the last.
        int first = sentFrom < 0 ? from : Math.min(sentFrom, from);
        int last = Math.max(sentTo, to - grown);
        int kept = taken ? length + growth : last + grown + growth - first;
        boolean followed = edits == null || (edits.hasRoom() && kept <= mayKeep);
        if (growth > room || !followed) {
            return false;
        }
        byte[] rest = new byte[end - start - to];
        bytes.get(start + to, rest);
        bytes.put(start + from, with);
        bytes.put(start + from + with.length, rest);
        sentFrom = first;
        sentTo = last;
        length += growth;
        end += growth;
        room -= growth;
        grown += growth;
        changed = true;
        return true;
    }

    @Override
    public boolean hold(int from) {
        Objects.checkIndex(from, length);
        int octets = length - from;
        int kept = taken ? length : octets + (sentFrom < 0 ? 0 : sentTo + grown - sentFrom);
        if (octets > mayHold || kept > mayKeep || from < sentTo + grown) {
            return false;
        }
        heldFrom = from;
        return true;
    }

    /** Remembers what was changed in a stream, and what is held back of it. */
    void commit() {
        StreamEdits stream = edits;
        if (stream == null) {
            return;
        }
        int to = heldFrom < 0 ? length : heldFrom;
        if (to > 0 && taken) {
            // So that the beginning comes again with the end.
            sentFrom = 0;
            sentTo = to - grown;
            changed = true;
            add(stream);
        } else if (changed) {
            add(stream);
        }
        if (heldFrom >= 0) {
            byte[] held = new byte[length - heldFrom];
            bytes.get(start + heldFrom, held);
            stream.hold(sequence + heldFrom - grown, held);
            length = heldFrom;
            changed = true;
        }
    }

    private void add(StreamEdits stream) {
        byte[] text = new byte[sentTo + grown - sentFrom];
        bytes.get(start + sentFrom, text);
        stream.add(new StreamEdits.Edit(sequence + sentFrom, sequence + sentTo, text));
    }
}
