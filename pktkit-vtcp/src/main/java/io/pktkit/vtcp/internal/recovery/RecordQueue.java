// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

/** An order over some of the {@link SegmentRecords}, linked through them: adding and removing cost the same always. */
final class RecordQueue {
    private final SegmentRecords records;
    private long first = SegmentRecords.NONE;
    private long last = SegmentRecords.NONE;

    RecordQueue(SegmentRecords records) {
        this.records = records;
    }

    long first() {
        return first;
    }

    void append(long id) {
        records.previous(id, last);
        records.next(id, SegmentRecords.NONE);
        if (last == SegmentRecords.NONE) {
            first = id;
        } else {
            records.next(last, id);
        }
        last = id;
    }

    void remove(long id) {
        long before = records.previous(id);
        long after = records.next(id);
        if (before == SegmentRecords.NONE) {
            first = after;
        } else {
            records.next(before, after);
        }
        if (after == SegmentRecords.NONE) {
            last = before;
        } else {
            records.previous(after, before);
        }
    }

    void clear() {
        first = SegmentRecords.NONE;
        last = SegmentRecords.NONE;
    }
}
