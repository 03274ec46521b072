// SPDX-License-Identifier: MIT
package io.pktkit.nat.observe;

/**
 * Hears of mappings, for logs (RFC 6888 section 4) and statistics. An engine calls it in the middle of its work, on the
 * thread that called the engine: it must be quick and must not call back. {@link io.pktkit.nat.Nat} calls it through a mailbox instead,
 * never on a packet's way. What it throws is contained.
 */
public interface NatObserver {

    /**
     * There is a new mapping.
     *
     * @param mapping as it was then; destinations are not told (RFC 6888 REQ-12)
     */
    void created(NatMapping mapping);

    /**
     * A mapping is gone.
     *
     * @param mapping as it was last
     */
    void removed(NatMapping mapping);
}
