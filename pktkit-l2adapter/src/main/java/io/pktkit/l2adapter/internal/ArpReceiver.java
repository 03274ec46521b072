// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.device.DropReason;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.MacAddress;
import org.jspecify.annotations.Nullable;

/** What is done about an ARP message: RFC 826, RFC 1122 section 2.3.2, RFC 5227. Any thread. */
final class ArpReceiver {

    private final long mac;
    private final HostAddresses addresses;
    private final LinkLayer link;
    private final FrameSender sender;
    private final Conflicts conflicts;

    ArpReceiver(long mac, HostAddresses addresses, LinkLayer link, FrameSender sender, Conflicts conflicts) {
        this.mac = mac;
        this.addresses = addresses;
        this.link = link;
        this.sender = sender;
        this.conflicts = conflicts;
    }

    /** Why a message is not to be looked at any further; null if it is well formed. */
    static @Nullable DropReason check(Frame frame, ArpPacket arp) {
        if (arp.length() < ArpPacket.LENGTH) {
            return DropReason.TRUNCATED;
        }
        boolean known = arp.operation() == ArpPacket.REQUEST || arp.operation() == ArpPacket.REPLY;
        if (!arp.isValid() || !known) {
            return DropReason.UNSUPPORTED;
        }
        // The claim is about the station that sent it, so it has to name that station: else one frame could bind an
        // address to a third party, or to a group, which would have our unicast traffic flooded.
        long claimed = arp.senderMac();
        boolean genuine = claimed == frame.sourceMac() && claimed != 0 && !MacAddress.isMulticast(claimed);
        return genuine ? null : DropReason.MALFORMED;
    }

    /** Takes a message that {@link #check} has nothing against, and which is not our own. */
    void onArp(Frame frame, ArpPacket arp) {
        IpAddress own = addresses.own(IpFamily.IPV4);
        int source = arp.senderIpv4();
        boolean forUs = own != null && arp.targetIpv4() == own.toIpv4Bits();
        if (own != null && source == own.toIpv4Bits()) {
            conflicts.count();
            return;
        }
        if (arp.operation() == ArpPacket.REPLY) {
            onReply(frame, arp, own, forUs);
            return;
        }
        learn(arp, forUs);
        // A probe, whose sender is 0.0.0.0, is answered as well: the prober shall hear that the address is in use.
        if (forUs && own != null) {
            sender.sendArp(arp.senderMac(), ArpPacket.REPLY, own.toIpv4Bits(), arp.senderMac(), source);
        }
    }

    private void onReply(Frame frame, ArpPacket arp, @Nullable IpAddress own, boolean forUs) {
        // A host without an address asks as 0.0.0.0 and is answered as such.
        boolean answersUs = forUs || (own == null && arp.targetIpv4() == 0);
        if (answersUs && frame.destinationMac() == mac) {
            long low = Integer.toUnsignedLong(arp.senderIpv4());
            boolean mayCreate = forUs && addresses.isNeighbor(IpFamily.IPV4, 0, low);
            link.answered(IpFamily.IPV4, 0, low, arp.senderMac(), true, mayCreate);
        } else {
            learn(arp, forUs);
        }
    }

    /**
     * What a sender that we know says is heard; only who wants something of us is added, and no stranger. The sender
     * of a probe, 0.0.0.0, is neither.
     */
    private void learn(ArpPacket arp, boolean forUs) {
        long low = Integer.toUnsignedLong(arp.senderIpv4());
        boolean mayCreate = forUs && addresses.isNeighbor(IpFamily.IPV4, 0, low);
        link.heard(IpFamily.IPV4, 0, low, arp.senderMac(), mayCreate);
    }
}
