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
}
