// SPDX-License-Identifier: MIT
package io.pktkit.nat;

import io.pktkit.wire.Packet;

/**
 * The host that a {@link Nat} is to its inside networks, besides being a router: takes what is sent to the NAT's own address
 * there, other than pings, and to IPv4 groups. {@link io.pktkit.nat.service.NatServices} is one. It is never told of anything
 * from outside, nor of packets whose source no inside host can have. Called without a lock, by any thread.
 */
public interface NatLocal {

    /**
     * There is a link, through which packets may come and be sent. Told once of each.
     *
     * @param port a link of a namespace
     */
    void opened(NatPort port);

    /**
     * Takes a packet. What it answers, it sends to the port.
     *
     * @param port the link that it came from
     * @param packet on loan until this returns; its IPv4 checksum and lengths are good, nothing else was looked at
     */
    void receive(NatPort port, Packet packet);

    /**
     * A link is gone that was told of, once; packets that were on their way may still come.
     *
     * @param port the link
     */
    void closed(NatPort port);
}
