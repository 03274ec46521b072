// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

/** Answers datagrams inside the virtual network, for instance as its DNS forwarder. */
@FunctionalInterface
public interface UdpService {
    /**
     * A datagram for the service has come. Called with no lock held on whichever thread brought the packet, so several calls may
     * run at once; it must not block. What it throws costs this datagram only.
     *
     * @param request the datagram; may be kept and answered later
     */
    void onDatagram(UdpRequest request);
}
