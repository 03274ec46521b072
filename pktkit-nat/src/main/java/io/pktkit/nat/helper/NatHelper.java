// SPDX-License-Identifier: MIT
package io.pktkit.nat.helper;

/** An application layer gateway. See the package description. */
public interface NatHelper {

    /** {@return its name, for logs} */
    String name();

    /**
     * Tells whether it wants to see a flow. Asked when a flow of TCP or UDP begins, of each helper until one wants it.
     *
     * @param flow the flow
     * @return whether it does
     */
    boolean wants(HelperFlow flow);

    /**
     * Sees the payload of a packet, after translation. A segment of TCP comes as it was sent: commands may be split over
     * several, or be several in one; see {@link HelperPayload#hold}. What is sent again is not shown again: the NAT repeats
     * what was changed of it.
     *
     * @param flow the flow
     * @param payload the payload, on loan until this returns
     */
    void payload(HelperFlow flow, HelperPayload payload);

    /**
     * The flow is over.
     *
     * @param flow the flow
     */
    default void ended(HelperFlow flow) {}
}
