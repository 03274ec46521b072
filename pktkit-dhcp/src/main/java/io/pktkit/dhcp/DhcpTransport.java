// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;

/**
 * What a {@link DhcpClient} needs of the host that it configures. The client calls it with no lock held, one call at a time and in
 * order, on whichever thread called into the client: as a rule that is the packet path or the timer thread, so nothing here may
 * block, and code of users is called from somewhere else ({@link io.pktkit.device.Mailbox}). A method may call the client. One that
 * throws costs its own call only.
 *
 * <p>Packets are complete IPv4 packets with checksums filled. The buffer is made for the call: it has
 * {@link #HEADROOM} bytes before {@link Packet#offset()} which the transport may write, for the Ethernet header, and the
 * transport may keep it.
 */
public interface DhcpTransport {
    /** Bytes that may be written before the packet. */
    int HEADROOM = 64;

    /**
     * Sends a packet to the limited broadcast address in a broadcast frame.
     *
     * @param packet from 0.0.0.0, or from the held address when rebinding
     */
    void sendBroadcast(Packet packet);

    /**
     * Sends a packet to a server in a unicast frame: a renewal or a release. A host discards a unicast packet that comes in a
     * broadcast frame (RFC 1122 section 3.3.6), so the station has to be found if it is not known.
     *
     * @param packet from the held address to the server
     * @param serverMac the station that the accepted ACK came from, right if the server is on the link;
     *     {@link MacAddress#ZERO} if it is not known
     */
    void sendUnicast(Packet packet, MacAddress serverMac);

    /**
     * The client holds a new lease: configure the address, the router and the rest.
     *
     * @param lease the lease
     */
    void onBound(Lease lease);

    /**
     * The lease was extended. The address is the same; anything else may have changed.
     *
     * @param lease the lease as it is now
     */
    void onRenewed(Lease lease);

    /**
     * The lease is gone: it expired, was refused, given up or released. Stop using the address now. After a release the RELEASE
     * itself was handed to {@link #sendUnicast} before.
     *
     * @param lease the lease as it was last
     */
    void onLost(Lease lease);

    /**
     * Broadcasts an ARP probe: a request for the address with sender address 0.0.0.0 (RFC 5227 section 2.1.1). Called only by
     * clients that probe; what is heard goes to {@link DhcpClient#onArp}.
     *
     * @param address the address about to be used, or the held one on a link that may be another
     */
    void sendProbe(IpAddress address);

    /**
     * Broadcasts an ARP announcement: a request for the address from the address (RFC 5227 section 2.3). The first comes after
     * {@link #onBound}. Also a held address is announced, once it was probed for.
     *
     * @param address the address now used
     */
    void sendAnnouncement(IpAddress address);
}
