// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.wire.Frame;

/** Where finished frames go: the adapter's handler. Called without a lock, on any thread. */
@FunctionalInterface
public interface FrameOutput {

    /**
     * Hands a frame to the network.
     *
     * @param frame lent until this returns
     * @return whether it was taken
     */
    boolean emit(Frame frame);
}
