// SPDX-License-Identifier: MIT
package io.pktkit.lab.internal;

import io.pktkit.wire.Frame;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import java.util.Set;

/**
 * Keeps the services of two networks apart that share a wire: DHCP, what routers say, and DNS of a network's own name
 * server. Any thread; pure.
 */
public final class ServiceFence {

    private static final int DHCP_SERVER = 67;
    private static final int DHCP_CLIENT = 68;
    private static final int DHCPV6_CLIENT = 546;
    private static final int DHCPV6_SERVER = 547;
    private static final int DNS = 53;

    /** RFC 1256. */
    private static final int V4_ROUTER_ADVERTISEMENT = 9;

    /** Of the name server. */
    private final Set<IpAddress> own;

    private final boolean serve;

    /**
     * Makes a fence.
     *
     * @param own the addresses at which the network's own name server answers
     * @param serve whether the other network is to be served: then only what its servers and routers say is kept out
     */
    public ServiceFence(Set<IpAddress> own, boolean serve) {
        this.own = Set.copyOf(own);
        this.serve = serve;
    }

    /**
     * Judges what comes from the other network.
     *
     * @param frame on loan
     * @return whether it may come in
     */
    public boolean admits(Frame frame) {
        Packet packet = frame.packet();
        return !isAnswer(packet) && (serve || (!isQuestion(packet) && !isDns(packet, true)));
    }

    /**
     * Judges what goes to the other network.
     *
     * @param frame on loan
     * @return whether it may go out
     */
    public boolean releases(Frame frame) {
        Packet packet = frame.packet();
        return serve || (!isAnswer(packet) && !isQuestion(packet) && !isDns(packet, false));
    }

    /** What a DHCP server or a router says. */
    private static boolean isAnswer(Packet packet) {
        int type = icmpType(packet);
        if (type >= 0) {
            return packet.isIpv4()
                    ? type == V4_ROUTER_ADVERTISEMENT || type == IcmpMessage.V4_REDIRECT
                    : type == IcmpMessage.V6_ROUTER_ADVERTISEMENT || type == IcmpMessage.V6_REDIRECT;
        }
        int to = port(packet, 2);
        return to == (packet.isIpv4() ? DHCP_CLIENT : DHCPV6_CLIENT) && packet.protocol() == IpProtocol.UDP;
    }

    /** What asks for that. */
    private static boolean isQuestion(Packet packet) {
        int type = icmpType(packet);
        if (type >= 0) {
            return packet.isIpv6() && type == IcmpMessage.V6_ROUTER_SOLICITATION;
        }
        int to = port(packet, 2);
        return to == (packet.isIpv4() ? DHCP_SERVER : DHCPV6_SERVER) && packet.protocol() == IpProtocol.UDP;
    }

    /** Between the name server of ours and somebody there; that of others is nothing of ours. */
    private boolean isDns(Packet packet, boolean inward) {
        return port(packet, inward ? 2 : 0) == DNS && own.contains(inward ? packet.destination() : packet.source());
    }

    private static int icmpType(Packet packet) {
        int protocol = packet.protocol();
        boolean icmp = packet.isIpv4() ? protocol == IpProtocol.ICMP : protocol == IpProtocol.ICMPV6;
        return icmp && packet.fragmentOffset() == 0 && packet.transportLength() > 0
                ? packet.buffer().get(packet.transportOffset()) & 0xff
                : -1;
    }

    /** A port of TCP or UDP, or -1. Later fragments have none; without the first they are of no use. */
    private static int port(Packet packet, int at) {
        int protocol = packet.protocol();
        return (protocol == IpProtocol.UDP || protocol == IpProtocol.TCP)
                        && packet.fragmentOffset() == 0
                        && packet.transportLength() >= 4
                ? packet.buffer().getShort(packet.transportOffset() + at) & 0xffff
                : -1;
    }
}
