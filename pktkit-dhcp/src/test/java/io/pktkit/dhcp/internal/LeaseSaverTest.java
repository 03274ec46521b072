// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.dhcp.LeaseStore;
import io.pktkit.dhcp.StoredLease;
import io.pktkit.time.Alarm;
import io.pktkit.time.ManualTime;
import io.pktkit.time.Timers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LeaseSaverTest {
    private final ManualTime clock = new ManualTime();
    private boolean lacking;
    private boolean broken;
    private int saved;
    private final LeaseSaver saver = new LeaseSaver(new Store(), List::of, new LeanTime(), LeaseSaverTest.class);

    private final class Store implements LeaseStore {
        @Override
        public List<StoredLease> load() {
            return List.of();
        }

        @Override
        public void save(List<StoredLease> leases) {
            if (broken) {
                throw new StackOverflowError("not a real one");
            }
            saved++;
        }
    }

    /** A clock without threads, at times. */
    private final class LeanTime implements Timers {
        @Override
        public long nowNanos() {
            return clock.nowNanos();
        }

        @Override
        public Alarm newAlarm(Runnable onFire) {
            return clock.newAlarm(onFire);
        }

        @Override
        public Executor callbacks() {
            return task -> {
                if (lacking) {
                    throw new Error("unable to create native thread (not a real one)");
                }
                clock.callbacks().execute(task);
            };
        }
    }

    @AfterEach
    void close() {
        saver.close();
        assertEquals(0, clock.pending());
    }

    @Test
    void shouldSaveLaterWhenThereWasNoThreadForIt() {
        lacking = true;
        saver.changed();
        clock.advance(Duration.ofSeconds(1));
        lacking = false;
        saver.changed();

        clock.advance(Duration.ofSeconds(10));

        assertEquals(1, saved);
    }

    @Test
    void shouldSaveLaterWhenTheStoreFailedByAnError() {
        broken = true;
        saver.changed();
        clock.advance(Duration.ofSeconds(1));
        broken = false;

        clock.advance(Duration.ofSeconds(10));

        assertEquals(1, saved);
    }
}
