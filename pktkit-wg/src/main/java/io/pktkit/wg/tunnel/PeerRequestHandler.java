// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

/** Decides about unknown peers. */
@FunctionalInterface
public interface PeerRequestHandler {

    /**
     * Somebody wants in. Called on a callback thread, one call at a time, and may block; what it throws is logged and
     * refuses.
     *
     * @param request who it is; {@link PeerRequest#accept} lets him in, also from another thread within 15 s
     */
    void requested(PeerRequest request);
}
