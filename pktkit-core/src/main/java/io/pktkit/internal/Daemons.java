// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads of this library: daemons that take nothing from the thread that happened to start them, neither its locals
 * nor its context class loader, which would keep an unloaded application in memory.
 */
public final class Daemons {

    /** As many user callbacks as may block at once before others wait for them. */
    private static final int MAX_CALLBACK_THREADS = 16;

    private static final long IDLE_SECONDS = 10;

    private static final Executor CALLBACKS = newCallbacks();

    private Daemons() {}

    /**
     * Creates a thread.
     *
     * @param name its name, {@code pktkit-} and what it is for
     * @param body what it runs
     * @return the thread, not started
     */
    public static Thread thread(String name, Runnable body) {
        Thread thread = new Thread(null, body, name, 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
        return thread;
    }

    /** {@return the executor of the process on which user code is called; its threads end when there is nothing to do} */
    public static Executor callbacks() {
        return CALLBACKS;
    }

    private static Executor newCallbacks() {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                MAX_CALLBACK_THREADS,
                MAX_CALLBACK_THREADS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> thread("pktkit-callbacks", task));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
