// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.device.Mailbox;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A task of a mailbox that waits there once at most, however often it is posted: it looks itself what there is to tell. Who makes things
 * change can so not fill the mailbox while a listener blocks, and keep news of something else out of it. Any thread.
 */
final class Notice {

    private final Mailbox mailbox;
    private final Runnable task;
    private final AtomicBoolean waiting = new AtomicBoolean();

    Notice(Mailbox mailbox, Runnable task) {
        this.mailbox = mailbox;
        this.task = task;
    }

    void post() {
        if (waiting.compareAndSet(false, true) && !mailbox.post(this::run)) {
            waiting.set(false);
        }
    }

    private void run() {
        waiting.set(false); // before it looks: what changes meanwhile is for the next time
        task.run();
    }
}
