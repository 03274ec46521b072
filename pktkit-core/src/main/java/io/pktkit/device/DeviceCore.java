// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.internal.CallbackGate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;

/** What the two kinds of device have in common: counters, the close contract, contained failures. Any thread. */
final class DeviceCore {

    final DeviceStats stats = new DeviceStats();
    final CallbackGate gate = new CallbackGate();
    private final FailureLog failures;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    /** Handed out in place of the future itself, so that nobody else can complete it. */
    private final CompletionStage<Void> doneView = done.minimalCompletionStage();

    DeviceCore(Class<?> owner) {
        this.failures = new FailureLog(owner, "callback of " + owner.getSimpleName());
    }

    void failed(Throwable failure) {
        stats.error();
        failures.record(failure);
    }

    CompletionStage<Void> done() {
        return doneView;
    }

    boolean isClosed() {
        return gate.isClosed();
    }

    void close(Runnable onClose) {
        gate.shut();
        boolean first = closing.compareAndSet(false, true);
        if (first) {
            try {
                onClose.run();
            } catch (RuntimeException | Error failure) {
                failed(failure);
            }
        }
        gate.close();
        if (first) {
            done.complete(null);
        }
    }
}
