// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.wire.Frame;

/** Receives what comes out of an {@link L2Device}. */
@FunctionalInterface
public interface FrameHandler {

    /**
     * Takes a frame. Called from any thread, also from several at once, without a lock.
     *
     * @param frame on loan until this returns; not to be kept and not to be changed
     */
    void onFrame(Frame frame);
}
