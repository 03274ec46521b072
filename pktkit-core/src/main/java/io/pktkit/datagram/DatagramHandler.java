// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

/** Takes the datagrams that {@link DatagramEndpoint#receive} found. */
@FunctionalInterface
public interface DatagramHandler {

    /**
     * Takes one. Called on the receiving thread, with no lock held and inside a {@link io.pktkit.device.Burst}: what is
     * sent meanwhile leaves with the rest of the batch. What is thrown costs this datagram only.
     *
     * @param datagram on loan until this returns; its payload may be changed in place
     */
    void onDatagram(Datagram datagram);

    /**
     * Hears that those that were there are taken, for who holds something back in the hope of more. Called on the receiving
     * thread after one or more {@link #onDatagram}, with no lock held and inside the same {@link io.pktkit.device.Burst}. Not
     * called once the endpoint is closed.
     */
    default void endOfBurst() {}
}
