// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

/** A segment that may be lost only because it is larger than those that are known to pass, if there is one in flight. */
public interface SizeProbe {
    /**
     * Records were marked as lost. If the probe is among them it is cut, so that it is never repeated whole.
     *
     * @param undisturbed whether no recovery was going on
     * @return whether it was all that is lost, which is nobody's congestion
     */
    boolean takeLost(boolean undisturbed);

    /**
     * Something is about to be repeated, and it must not be the probe in one piece: what of it the peer lacks is lost.
     *
     * @return whether a probe was out
     */
    boolean abandon();
}
