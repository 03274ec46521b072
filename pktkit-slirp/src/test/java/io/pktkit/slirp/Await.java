// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what another thread is about to do; the test's timeout is the limit. */
final class Await {
    private Await() {}

    static void until(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(100_000);
            if (Thread.interrupted()) {
                throw new InterruptedException("condition did not come true");
            }
        }
    }
}
