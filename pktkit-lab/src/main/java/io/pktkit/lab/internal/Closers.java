// SPDX-License-Identifier: MIT
package io.pktkit.lab.internal;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** What has been brought up, to be taken down in the opposite order, all of it, whatever fails on the way. Any thread. */
public final class Closers implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Closers.class.getName());

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private boolean closed;

    /**
     * Adds something to be closed.
     *
     * @param <T> its type
     * @param part what was brought up
     * @return the same
     * @throws IllegalStateException if all was closed meanwhile; the part is closed too
     */
    public <T extends AutoCloseable> T add(T part) {
        synchronized (this) {
            if (!closed) {
                open.push(part);
                return part;
            }
        }
        IllegalStateException late = new IllegalStateException("closed while bringing up: part=" + part);
        closeOne(part, late);
        throw late;
    }

    /**
     * Closes what is open after bringing up the rest has failed.
     *
     * @param cause why; failures to close are added to it
     */
    public void closeAfter(Throwable cause) {
        for (AutoCloseable part = next(); part != null; part = next()) {
            closeOne(part, cause);
        }
    }

    private static void closeOne(AutoCloseable part, Throwable cause) {
        try {
            part.close();
        } catch (Throwable e) {
            cause.addSuppressed(e);
        }
    }

    @Override
    public void close() {
        for (AutoCloseable part = next(); part != null; part = next()) {
            try {
                part.close();
            } catch (Throwable e) { // an Error, too, leaves nothing of the rest open
                LOG.log(System.Logger.Level.WARNING, "closing " + part, e);
            }
        }
    }

    private synchronized @Nullable AutoCloseable next() {
        closed = true;
        return open.poll();
    }
}
