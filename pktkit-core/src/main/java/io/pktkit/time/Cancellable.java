// SPDX-License-Identifier: MIT
package io.pktkit.time;

/** Something that was scheduled and may be called off. */
@FunctionalInterface
public interface Cancellable {

    /** Calls it off. Idempotent, from any thread; it does not run after this returned, unless it called this itself. */
    void cancel();
}
