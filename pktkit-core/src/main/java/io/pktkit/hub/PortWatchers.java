// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.device.FailureLog;
import io.pktkit.device.Registration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Who wants to know of the ports of a hub, both kinds alike. Any thread.
 *
 * @param <T> the kind of port
 */
final class PortWatchers<T> {

    private final FailureLog failures;
    private final List<Consumer<? super T>> watchers = new CopyOnWriteArrayList<>();

    PortWatchers(FailureLog failures) {
        this.failures = failures;
    }

    /** Tells of those that are there, and from now on of each that comes. */
    Registration add(Consumer<? super T> watcher, List<T> present) {
        Consumer<T> own = watcher::accept; // so that the same one given twice is two
        watchers.add(own);
        for (T port : present) {
            tell(own, port);
        }
        return () -> watchers.remove(own);
    }

    void tell(T port) {
        for (Consumer<? super T> watcher : watchers) {
            tell(watcher, port);
        }
    }

    private void tell(Consumer<? super T> watcher, T port) {
        try {
            watcher.accept(port);
        } catch (Throwable failure) {
            failures.record(failure);
        }
    }
}
