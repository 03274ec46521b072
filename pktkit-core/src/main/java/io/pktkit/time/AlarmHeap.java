// SPDX-License-Identifier: MIT
package io.pktkit.time;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The alarms of {@link SystemTimers} in the order of their wake-ups: a binary heap that knows where each alarm is, so
 * that one can be moved or removed. Guarded by the lock of the timers.
 */
final class AlarmHeap {

    private static final int FIRST_CAPACITY = 64;

    private @Nullable SystemAlarm[] alarms = new SystemAlarm[FIRST_CAPACITY];
    private int size;

    int size() {
        return size;
    }

    @Nullable
    SystemAlarm first() {
        return alarms[0];
    }

    /** Puts an alarm in, or moves it; true if it is now the first. */
    boolean put(SystemAlarm alarm, long wakeUp) {
        int at = alarm.index;
        if (at < 0) {
            if (size == alarms.length) {
                alarms = Arrays.copyOf(alarms, 2 * size);
            }
            at = size;
            size++;
        }
        alarm.wakeUp(wakeUp);
        place(alarm, at);
        if (!siftUp(at)) {
            siftDown(at);
        }
        return alarm.index == 0;
    }

    /** Takes the first alarm out if its wake-up has come. */
    @Nullable
    SystemAlarm takeDue(long nowNanos) {
        SystemAlarm first = alarms[0];
        if (first == null || first.wakeUp() - nowNanos > 0) {
            return null;
        }
        remove(first);
        return first;
    }

    void remove(SystemAlarm alarm) {
        int at = alarm.index;
        if (at < 0) {
            return;
        }
        size--;
        SystemAlarm last = at(size);
        alarms[size] = null;
        if (last != alarm) {
            place(last, at);
            if (!siftUp(at)) {
                siftDown(at);
            }
        }
        alarm.index = -1;
        alarm.wakeUp(Timers.NEVER);
    }

    private boolean siftUp(int from) {
        int at = from;
        SystemAlarm alarm = at(at);
        while (at > 0) {
            int parent = (at - 1) >>> 1;
            if (alarm.wakeUp() - at(parent).wakeUp() >= 0) {
                break;
            }
            place(at(parent), at);
            at = parent;
        }
        place(alarm, at);
        return at != from;
    }

    private void siftDown(int from) {
        int at = from;
        SystemAlarm alarm = at(at);
        while (2 * at + 1 < size) {
            int child = 2 * at + 1;
            if (child + 1 < size && at(child + 1).wakeUp() - at(child).wakeUp() < 0) {
                child++;
            }
            if (at(child).wakeUp() - alarm.wakeUp() >= 0) {
                break;
            }
            place(at(child), at);
            at = child;
        }
        place(alarm, at);
    }

    private void place(SystemAlarm alarm, int at) {
        alarms[at] = alarm;
        alarm.index = at;
    }

    private SystemAlarm at(int index) {
        SystemAlarm alarm = alarms[index];
        if (alarm == null) {
            throw new IllegalStateException("hole in the heap: index=" + index + " size=" + size);
        }
        return alarm;
    }
}
