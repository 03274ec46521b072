// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.capture;

/** Which address of a packet is looked up in the captured prefixes. */
public enum MatchField {
    /** Where it goes to: this program answers for the captured addresses. */
    DESTINATION,
    /** Where it comes from. */
    SOURCE,
    /** Either: what goes to a captured address, or else comes from one. */
    EITHER;

    /** {@return whether the destination is looked up} */
    public boolean destination() {
        return this != SOURCE;
    }

    /** {@return whether the source is looked up} */
    public boolean source() {
        return this != DESTINATION;
    }
}
