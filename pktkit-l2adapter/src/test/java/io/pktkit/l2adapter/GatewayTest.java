// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.TestNet.EVIL_MAC;
import static io.pktkit.l2adapter.TestNet.FAR4;
import static io.pktkit.l2adapter.TestNet.FAR6;
import static io.pktkit.l2adapter.TestNet.GATEWAY4;
import static io.pktkit.l2adapter.TestNet.GATEWAY6;
import static io.pktkit.l2adapter.TestNet.GATEWAY_MAC;
import static io.pktkit.l2adapter.TestNet.HOST4;
import static io.pktkit.l2adapter.TestNet.HOST6;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The gateway's MAC address comes from an answer to our own request and from nothing else. */
class GatewayTest {

    private final TestNet net = new TestNet();

    static Stream<IpAddress> gateways() {
        return Stream.of(GATEWAY4, GATEWAY6);
    }

    private static IpAddress far(IpAddress gateway) {
        return gateway.isIpv4() ? FAR4 : FAR6;
    }

    @BeforeEach
    void setGateways() {
        net.adapter.setGateway(GATEWAY4);
        net.adapter.setGateway(GATEWAY6);
    }

    private void claimUnasked(IpAddress gateway) {
        if (gateway.isIpv4()) {
            net.arpRequest(EVIL_MAC, gateway, HOST4);
            net.arpRequest(EVIL_MAC, gateway, gateway);
        } else {
            net.solicit(EVIL_MAC, gateway, HOST6);
            net.advertise(EVIL_MAC, gateway, TestNet.OVERRIDE);
        }
    }

    @ParameterizedTest
    @MethodSource("gateways")
    void shouldNotBeLearnedFromUnaskedClaim(IpAddress gateway) {
        claimUnasked(gateway);
        net.confirm(EVIL_MAC, gateway);

        assertFalse(net.knows(gateway));
    }

    @ParameterizedTest
    @MethodSource("gateways")
    void shouldNotBeLearnedFromUnaskedClaimWhileItIsAskedFor(IpAddress gateway) {
        net.emitTo(far(gateway), 1);
        claimUnasked(gateway);
        assertEquals(NeighborState.INCOMPLETE, net.state(gateway));
        net.take();

        net.confirm(GATEWAY_MAC, gateway);

        assertEquals(
                List.of(1),
                TestNet.marks(net.take(), frame -> frame.destination().equals(GATEWAY_MAC)));
    }

    @ParameterizedTest
    @MethodSource("gateways")
    void shouldNotBeMovedInAnyState(IpAddress gateway) {
        net.emitTo(far(gateway), 1);
        net.confirm(GATEWAY_MAC, gateway);
        for (double seconds : new double[] {0, 3, 2, 1}) {
            net.advance(seconds);
            claimUnasked(gateway);
            net.confirm(EVIL_MAC, gateway);
            net.take();
            net.emitTo(far(gateway), 2);
            assertEquals(GATEWAY_MAC, net.neighbor(gateway).macAddress());
            assertEquals(
                    List.of(2),
                    TestNet.marks(net.take(), frame -> frame.destination().equals(GATEWAY_MAC)));
        }
    }

    @ParameterizedTest
    @MethodSource("gateways")
    void shouldStayPinnedWhenItWasKnownBeforeItBecameTheGateway(IpAddress gateway) {
        net.adapter.clearGateway(gateway.family());
        net.emitTo(gateway, 1);
        if (gateway.isIpv4()) {
            net.arpRequest(GATEWAY_MAC, gateway, HOST4); // learned, not proven
        } else {
            net.solicit(GATEWAY_MAC, gateway, HOST6);
        }
        net.adapter.setGateway(gateway);

        claimUnasked(gateway);

        assertEquals(GATEWAY_MAC, net.neighbor(gateway).macAddress());
    }

    @Test
    void shouldBeANeighbourThoughOffSubnet() {
        net.host.setPrefix(IpPrefix.parse("10.0.0.1/32"));
        IpAddress gateway = IpAddress.parse("172.16.0.1");
        net.adapter.setGateway(gateway);

        net.emitTo(FAR4, 1);
        assertEquals(gateway, TestNet.arp(net.takeOne()).targetAddress());
        net.confirm(GATEWAY_MAC, gateway);

        assertEquals(List.of(1), net.takeMarks());
    }
}
