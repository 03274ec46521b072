// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import io.pktkit.device.Attachment;
import io.pktkit.lab.Lan;
import io.pktkit.wire.Frame;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What {@code up} has brought up: the LAN, what the parts added, and why it may end by itself. Ctrl-C closes it from the
 * shutdown hook's thread, the command from its own; closing is idempotent, and the second to close waits for the first.
 */
final class RunningLan implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(RunningLan.class.getName());

    private final Lan lan;
    private final PrintWriter out;
    private final Object closing = new Object();
    private final Deque<AutoCloseable> parts = new ArrayDeque<>(); // guarded by itself
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicReference<@Nullable String> why = new AtomicReference<>();
    private final List<BiConsumer<String, Attachment<Frame>>> watchers = new CopyOnWriteArrayList<>();
    private volatile boolean ready;
    private volatile boolean closed;

    RunningLan(Lan lan, PrintWriter out) {
        this.lan = lan;
        this.out = out;
    }

    Lan lan() {
        return lan;
    }

    /** Closes it before the LAN and before what was given earlier; at once, and with an exception, if all is closed. */
    <T extends AutoCloseable> T own(T part) {
        synchronized (parts) {
            if (!closed) {
                parts.push(part);
                return part;
            }
        }
        closeOne(part);
        throw new IllegalStateException("told to go while coming up");
    }

    /** Has itself told of guests that are attached from now on, under the name of their part of the ready line. */
    void onAttached(BiConsumer<String, Attachment<Frame>> watcher) {
        watchers.add(watcher);
    }

    /** Tells of a guest's attachment, before its first frame where the part can; nothing if it is gone already. */
    void attached(String name, @Nullable Attachment<Frame> attachment) {
        if (attachment != null) {
            watchers.forEach(watcher -> watcher.accept(name, attachment));
        }
    }

    /** Everything is there, and its end is worth a word. */
    void ready() {
        ready = true;
    }

    boolean wasReady() {
        return ready;
    }

    /** Ends the command with this error when {@code done} completes before the command is told to go. */
    void endsWith(CompletionStage<?> done, String reason) {
        done.whenComplete((value, error) -> {
            // Being taken down closes everything, and only what went by itself is worth a word.
            if (!closed && why.compareAndSet(null, reason)) {
                ended.countDown();
            }
        });
    }

    /** Whether it has ended within this time. */
    boolean awaitEnd(long seconds) throws InterruptedException {
        return ended.await(seconds, TimeUnit.SECONDS);
    }

    /** Fails if it ended by itself. */
    void checkEnd() throws IOException {
        String reason = why.get();
        if (reason != null) {
            throw new IOException(reason);
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** A line for who watches. */
    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency at run time
    void say(String format, Object... arguments) {
        out.println(String.format(Locale.ROOT, format, arguments));
        out.flush();
    }

    @Override
    public void close() {
        synchronized (closing) {
            closed = true;
            for (AutoCloseable part = next(); part != null; part = next()) {
                closeOne(part);
            }
            lan.close();
            ended.countDown();
        }
    }

    private @Nullable AutoCloseable next() {
        synchronized (parts) {
            return parts.poll();
        }
    }

    private static void closeOne(AutoCloseable part) {
        try {
            part.close();
        } catch (Throwable e) { // an Error, too, leaves nothing of the rest open
            LOG.log(System.Logger.Level.WARNING, "closing " + part, e);
        }
    }
}
