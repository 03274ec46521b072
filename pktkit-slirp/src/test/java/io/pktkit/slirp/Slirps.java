// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import java.net.InetAddress;
import java.util.Random;

/** What the tests share. Nothing but the host's loopback is ever reached: the policy of each stack denies all else. */
final class Slirps {
    static final IpAddress GATEWAY = IpAddress.parse("10.0.2.2");
    static final IpAddress GATEWAY6 = IpAddress.parse("fd00::2");
    static final String GUEST = "10.0.2.15";
    static final String GUEST6 = "fd00::15";

    /** Not by {@code getLoopbackAddress}, which may be that of IPv6. */
    static final InetAddress LOOPBACK = IpAddress.parse("127.0.0.1").toInetAddress();

    private Slirps() {}

    static SlirpConfig.Builder config() {
        return SlirpConfig.builder()
                .address(IpPrefix.of(GATEWAY, 24))
                .address(IpPrefix.of(GATEWAY6, 64))
                .egress(EgressPolicy.denyAll());
    }

    static byte[] bytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** The datagram in a packet, which there must be. */
    static UdpDatagram udp(Packet packet) {
        UdpDatagram udp = packet.udp();
        assertNotNull(udp, packet::toString);
        return udp;
    }

    /** The ICMP message in a packet, which there must be. */
    static IcmpMessage icmp(Packet packet) {
        IcmpMessage icmp = packet.icmp();
        assertNotNull(icmp, packet::toString);
        return icmp;
    }
}
