// SPDX-License-Identifier: MIT
package io.pktkit.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.hub.HubPort;
import io.pktkit.hub.guard.GuardReason;
import io.pktkit.link.PipeL2;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose frames a LAN believes as it comes up, without a setting. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LanTrustTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final MacAddress MALLORY = MacAddress.parse("02:00:00:00:00:66");
    private static final MacAddress NOBODY = MacAddress.parse("02:00:00:00:00:99");
    private static final int EXPERIMENT = 0x88b5;

    private final Map<IpAddress, MacAddress> stations = new ConcurrentHashMap<>();
    private final PipeL2 mallory = new PipeL2(MALLORY, this::note);

    private void note(Frame frame) {
        ArpPacket arp = new ArpPacket().wrap(frame);
        if (frame.etherType() == EtherType.ARP && arp.operation() == ArpPacket.REPLY) {
            stations.put(arp.senderAddress(), MacAddress.of(arp.senderMac()));
        }
    }

    /** Behind a trusted port is another switch, whose guests are no more trusted with these. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldLeaveItsGatewayAndDhcpServerToNobody(boolean trusted) throws Exception {
        try (Lan lan = Lan.open(
                        LanConfig.builder().resolvConf(Path.of("/nonexistent")).build());
                LanHost alice = lan.addHost("alice")) {
            IpAddress dhcp = alice.awaitLease(LIMIT).serverIdentifier();
            HubPort port = trusted ? lan.connectTrusted(mallory) : lan.connect(mallory);
            for (IpAddress infrastructure : List.of(lan.gatewayAddress(), dhcp)) {
                ask(infrastructure);
            }
            while (stations.size() < 2) {
                assertFalse(Thread.interrupted(), stations::toString);
                Thread.onSpinWait();
            }

            for (MacAddress station : stations.values()) {
                mallory.inject(frame(station, MacAddress.BROADCAST, EXPERIMENT, ByteBuffer.allocate(46)));
                mallory.inject(frame(station, NOBODY, EXPERIMENT, ByteBuffer.allocate(46)));
            }

            assertEquals(4, port.dropped(DropReason.PORT_SECURITY));
            assertTrue(alice.client().ping(lan.gatewayAddress(), LIMIT).compareTo(LIMIT) < 0);
            mallory.inject(frame(MALLORY, MacAddress.BROADCAST, EXPERIMENT, ByteBuffer.allocate(46)));
            assertEquals(0, port.dropped(DropReason.GUARDED), "what is its own passes");
            for (IpAddress infrastructure : addresses(lan, dhcp)) {
                mallory.inject(packetFrom(infrastructure));
            }
            assertEquals(trusted ? 0 : 3, port.guarded(GuardReason.PROTECTED));
        }
    }

    private static List<IpAddress> addresses(Lan lan, IpAddress dhcp) {
        return List.of(lan.gatewayAddress(), dhcp, lan.gatewayIpv6Address().orElseThrow());
    }

    private void ask(IpAddress address) {
        IpAddress nobody = IpAddress.parse("0.0.0.0");
        mallory.inject(new Frame()
                .wrap(FrameBuilder.arp(
                        MacAddress.BROADCAST, ArpPacket.REQUEST, MALLORY, nobody, MacAddress.ZERO, address)));
    }

    private static Frame packetFrom(IpAddress source) {
        IpAddress group = IpAddress.parse(source.isIpv4() ? "224.0.0.251" : "ff02::fb");
        ByteBuffer packet = PacketBuilder.udp(source, 5353, group, 5353, ByteBuffer.allocate(20));
        int type = source.isIpv4() ? EtherType.IPV4 : EtherType.IPV6;
        return frame(MALLORY, MacAddress.BROADCAST, type, packet);
    }

    private static Frame frame(MacAddress source, MacAddress destination, int type, ByteBuffer payload) {
        return new Frame().wrap(FrameBuilder.frame(destination, source, type, payload));
    }
}
