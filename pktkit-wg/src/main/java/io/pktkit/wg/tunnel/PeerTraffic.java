// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

/** What a device of many peers does with packets of one peer to another. */
public enum PeerTraffic {
    /**
     * Refuses them: a packet that is sent into the device and whose source is an address of a peer does not go to another
     * peer. That holds for whatever is attached, at any later time too, as long as the source was not rewritten on the
     * way; what rewrites it, such as a NAT, speaks for itself. The device's own address is never a peer's. A network
     * behind the device whose addresses are within a peer's allowed IPs, such as a default route, is taken for that
     * peer's.
     */
    DENY,
    /** Lets who is attached decide: what it sends into the device goes to whom the destination belongs. */
    PASS,
    /**
     * Forwards them itself, as a router, unless they are to the device's own address; who is attached does not see them.
     * Not for devices with networks behind them whose addresses are within a peer's allowed IPs.
     */
    FORWARD
}
