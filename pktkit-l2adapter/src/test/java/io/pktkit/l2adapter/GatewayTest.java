// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.TestNet.EVIL_MAC;
import static io.pktkit.l2adapter.TestNet.FAR4;
import static io.pktkit.l2adapter.TestNet.FAR6;
import static io.pktkit.l2adapter.TestNet.GATEWAY4;
import static io.pktkit.l2adapter.TestNet.GATEWAY6;
import static io.pktkit.l2adapter.TestNet.GATEWAY_MAC;
import static io.pktkit.l2adapter.TestNet.HOST6;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
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

    @ParameterizedTest
    @MethodSource("gateways")
    void shouldNotBeLearnedFromUnaskedClaim(IpAddress gateway) {
        net.claim(EVIL_MAC, gateway);
        net.confirm(EVIL_MAC, gateway);

        assertFalse(net.knows(gateway));
    }

    @ParameterizedTest
    @MethodSource("gateways")
    void shouldNotBeLearnedFromUnaskedClaimWhileItIsAskedFor(IpAddress gateway) {
        net.emitTo(far(gateway), 1);
        net.claim(EVIL_MAC, gateway);
        assertEquals(NeighborState.INCOMPLETE, net.state(gateway));
        net.take();

        net.confirm(GATEWAY_MAC, gateway);

        assertEquals(
                List.of(1),
                TestNet.marks(net.take(), frame -> frame.destination().equals(GATEWAY_MAC)));
    }

    @ParameterizedTest
    @MethodSource("gateways")
    void shouldNotBeMovedInAnyStateWhileItIsAlive(IpAddress gateway) {
        net.live(GATEWAY_MAC, gateway);
        net.emitTo(far(gateway), 1);
        for (double seconds : new double[] {0, 3, 2, 1, 0.5, 31, 4, 6, 1, 300, 1}) {
            net.advance(seconds);
            net.claim(EVIL_MAC, gateway);
            net.confirm(EVIL_MAC, gateway);
            assertEquals(GATEWAY_MAC, net.destinationOf(far(gateway)));
            net.confirm(EVIL_MAC, gateway);
            assertEquals(GATEWAY_MAC, net.neighbor(gateway).macAddress());
        }
    }

    /** Every way in which an attacker can have an entry before its address becomes the gateway's. */
    private void plant(IpAddress gateway, String how) {
        net.adapter.clearGateway(gateway.family());
        if (how.equals("asked for")) {
            net.resolve(EVIL_MAC, gateway); // an answer to our own question, but to that of another time
        }
        net.claim(EVIL_MAC, gateway);
        if (how.equals("used") || how.equals("probed")) {
            net.emitTo(gateway, 1);
            net.confirm(EVIL_MAC, gateway);
            net.claim(EVIL_MAC, gateway);
        }
        if (how.equals("probed")) {
            net.live(EVIL_MAC, gateway);
            net.advance(6); // the entry that was planted was verified where it was planted
            assertEquals(NeighborState.REACHABLE, net.state(gateway));
            net.alive.clear();
        }
        net.take();
    }

    static Stream<Arguments> planted() {
        return gateways()
                .flatMap(gateway ->
                        Stream.of("claimed", "used", "probed", "asked for").map(how -> Arguments.of(gateway, how)));
    }

    @ParameterizedTest
    @MethodSource("planted")
    void shouldNotAdoptAPlantedEntry(IpAddress gateway, String how) {
        plant(gateway, how);

        net.adapter.setGateway(gateway);
        assertNull(net.destinationOf(far(gateway)), "waits for the gateway's own answer");
        net.claim(EVIL_MAC, gateway);
        assertNull(net.destinationOf(far(gateway)));
        net.advance(1);
        assertTrue(net.take().stream().allMatch(bytes -> TestNet.frame(bytes).isMulticast()), "everybody is asked");
        net.confirm(GATEWAY_MAC, gateway);

        assertEquals(List.of(99, 99), net.takeMarks());
        assertEquals(GATEWAY_MAC, net.destinationOf(far(gateway)));
    }

    @ParameterizedTest
    @MethodSource("gateways")
    void shouldBeAskedAtOnceAndAgainThoughNothingWaits(IpAddress gateway) {
        plant(gateway, "claimed");
        net.adapter.setGateway(gateway);
        assertTrue(net.takeOne().isMulticast());

        net.advance(2);
        assertEquals(2, net.takeSolicitations());

        net.advance(1);
        assertFalse(net.knows(gateway));
    }

    @ParameterizedTest
    @MethodSource("gateways")
    void shouldReportWhatWaitedWhenNobodyAnswersForTheNewGateway(IpAddress gateway) {
        plant(gateway, "probed");
        net.adapter.setGateway(gateway);
        net.emitTo(far(gateway), 1);

        net.advance(3);

        assertFalse(net.knows(gateway));
        assertEquals(1, net.host.packets.size());
    }

    @ParameterizedTest
    @MethodSource("gateways")
    void shouldBeAskedAfreshWhenItWasAnOrdinaryNeighbourMeanwhile(IpAddress gateway) {
        net.live(GATEWAY_MAC, gateway);
        assertEquals(List.of(99), sentTo(GATEWAY_MAC, far(gateway)));
        net.adapter.clearGateway(gateway.family());
        assertFalse(net.neighbor(gateway).gateway());
        net.alive.clear();
        net.advance(331); // nobody uses it, so that it is forgotten
        assertFalse(net.knows(gateway));
        net.claim(EVIL_MAC, gateway);

        net.live(GATEWAY_MAC, gateway);
        net.adapter.setGateway(gateway);

        assertEquals(List.of(99), sentTo(GATEWAY_MAC, far(gateway)));
        assertTrue(net.neighbor(gateway).gateway());
    }

    private List<Integer> sentTo(MacAddress mac, IpAddress to) {
        net.take();
        net.emitTo(to, 99);
        return TestNet.marks(net.take(), frame -> frame.destination().equals(mac));
    }

    @ParameterizedTest
    @MethodSource("gateways")
    void shouldStayAsItIsWhenItIsNamedAgain(IpAddress gateway) {
        net.live(GATEWAY_MAC, gateway);
        net.emitTo(far(gateway), 1);
        net.take();

        net.adapter.setGateway(gateway);

        assertEquals(NeighborState.REACHABLE, net.state(gateway));
        assertTrue(net.frames.isEmpty());
        assertEquals(GATEWAY_MAC, net.destinationOf(far(gateway)));
    }

    @ParameterizedTest
    @MethodSource("gateways")
    void shouldNotTakeUnaskedClaimWhenItBecomesTheGatewayWhileItIsAskedFor(IpAddress gateway) {
        net.adapter.clearGateway(gateway.family());
        net.emitTo(gateway, 1);
        assertEquals(1, net.takeSolicitations());

        net.adapter.setGateway(gateway);
        net.claim(EVIL_MAC, gateway);

        assertEquals(NeighborState.INCOMPLETE, net.state(gateway));
        assertEquals(0, net.takeSolicitations(), "it is being asked for already");
        assertEquals(3, net.adapter.neighborStats(gateway.family()).refusedChanges());
    }

    @ParameterizedTest
    @MethodSource("gateways")
    void shouldBeFoundASecondAfterAnotherRouterTookItsAddress(IpAddress gateway) {
        MacAddress standby = MacAddress.parse("02:00:00:00:00:fd");
        net.live(GATEWAY_MAC, gateway);
        net.emitTo(far(gateway), 1);
        net.live(standby, gateway);
        net.claim(standby, gateway);

        net.emitTo(far(gateway), 2);
        net.advance(1);

        assertEquals(standby, net.destinationOf(far(gateway)));
    }

    @Test
    void shouldNotBeLearnedFromRouterAdvertisement() {
        ByteBuffer packet = TestNet.ndp(134, 0, GATEWAY6, IpAddress.parse("ff02::1"), HOST6, EVIL_MAC);
        packet.put(64, (byte) 1); // its source link-layer address option
        net.injectIp(EVIL_MAC, MacAddress.parse("33:33:00:00:00:01"), TestNet.rechecksum(packet));
        assertFalse(net.knows(GATEWAY6));
        net.adapter.clearGateway(IpFamily.IPV6);
        net.injectIp(EVIL_MAC, MacAddress.parse("33:33:00:00:00:01"), TestNet.rechecksum(packet));

        assertFalse(net.knows(GATEWAY6));
        assertEquals(2, net.host.packets.size(), "it is the host's");
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.77, 10.0.0.1/25, 10.0.0.126, 10.0.0.200",
        "2001:db8::77, 2001:db8::1/96, fe80::fe, 2001:db8::9:0:77"
    })
    void shouldCarryTrafficOfANeighbourThatAPrefixChangePutOffLink(
            String near, String prefix, String gateway, String planted) {
        IpAddress router = IpAddress.parse(gateway);
        IpAddress address = IpAddress.parse(planted);
        net.adapter.setGateway(router);
        net.live(GATEWAY_MAC, router);
        net.claim(EVIL_MAC, address);
        assertEquals(EVIL_MAC, net.destinationOf(address), "on the link it is whoever says so");

        net.host.setPrefix(IpPrefix.parse(prefix));

        assertEquals(List.of(99), sentTo(GATEWAY_MAC, address), "no longer its own entry's");
        assertNull(net.destinationOf(IpAddress.parse(near)), "still on the link");
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

    @Test
    void shouldKeepConfiguredGatewayThatSaysItIsNoRouter() {
        net.adapter.setGateway(GATEWAY6);
        net.emitTo(FAR6, 1);
        int router = 1 << 31;
        net.advertise(GATEWAY_MAC, GATEWAY6, router | TestNet.SOLICITED | TestNet.OVERRIDE);
        net.advance(31);
        net.emitTo(FAR6, 2);
        net.advance(5);
        assertEquals(NeighborState.PROBE, net.state(GATEWAY6));
        net.take();

        net.advertise(GATEWAY_MAC, GATEWAY6, TestNet.SOLICITED | TestNet.OVERRIDE);

        assertEquals(NeighborState.REACHABLE, net.state(GATEWAY6));
        net.emitTo(FAR6, 3);
        assertEquals(List.of(3), net.takeMarks());
    }
}
