// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.util.concurrent.Executor;

/** Where tests run what blocks. */
public final class OwnThreads {

    /**
     * Each task in a thread of its own: the common pool has a single thread where there are two processors, and a task
     * that waits in it keeps all others, which may be what it waits for, from beginning.
     */
    public static final Executor EACH = task -> {
        Thread thread = new Thread(task, "task of a test");
        thread.setDaemon(true);
        thread.start();
    };

    private OwnThreads() {}
}
