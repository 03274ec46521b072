// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.pktkit.device.DropReason;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.Packet;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class L3HubPolicyTest {

    private final ManualTime time = new ManualTime();
    private final L3Hub hub = new L3Hub(time);
    private final RouterNode a = new RouterNode("10.0.0.1/24", "2001:db8::1/64");
    private final RouterNode b = new RouterNode("10.0.1.1/24", "2001:db8:1::1/64");
    private final L3HubPort portA = hub.connect(a);
    private final L3HubPort portB = hub.connect(b);

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void shouldStaySilentWithoutASource(int hops) {
        a.inject(RouterNode.packet("10.0.0.1", "10.0.1.7", hops));
        a.inject(RouterNode.packet("2001:db8::1", "2001:db8:1::7", hops));

        assertEquals(2, hub.stats().dropped(DropReason.TTL_EXPIRED));
        assertEquals(0, a.inbox.size() + b.inbox.size());
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1, 10.0.1.7, 192.0.2.9, 11", "2001:db8::1, 2001:db8:1::7, 2001:db8:f::9, 3"})
    void shouldAnswerTimeExceeded(String source, String destination, String router, int type) {
        hub.setIcmpSource(IpAddress.parse(router));

        a.inject(RouterNode.packet(source, destination, 1));

        Packet error = a.inbox.get(0);
        IcmpMessage icmp = Objects.requireNonNull(error.icmp());
        assertEquals(type, icmp.type());
        assertEquals(IpAddress.parse(router), error.source());
        assertEquals(IpAddress.parse(source), error.destination());
        assertEquals(ChecksumStatus.VALID, error.verifyTransportChecksum());
        assertEquals(1, hub.stats().errorsSent());
        assertEquals(0, b.inbox.size());
    }

    @Test
    void shouldLimitErrorsForEachPort() {
        hub.setIcmpSource(IpAddress.parse("192.0.2.9"));

        for (int i = 0; i < 200; i++) {
            a.inject(RouterNode.packet("10.0.0.1", "10.0.1.7", 1));
        }
        b.inject(RouterNode.packet("10.0.1.1", "10.0.0.7", 1));

        assertEquals(50, a.inbox.size());
        assertEquals(1, b.inbox.size());
        time.advance(Duration.ofMillis(100));
        for (int i = 0; i < 200; i++) {
            a.inject(RouterNode.packet("10.0.0.1", "10.0.1.7", 1));
        }
        assertEquals(60, a.inbox.size());
    }

    @Test
    void shouldNotAnswerAfterTheSourceWasTakenAwayNorForABadHeader() {
        hub.setIcmpSource(IpAddress.parse("192.0.2.9"));
        Packet bad = RouterNode.packet("10.0.0.1", "10.0.1.7", 1);
        bad.buffer().putShort(10, (short) 0x1234);
        a.inject(bad);
        hub.clearIcmpSource(IpFamily.IPV4);
        a.inject(RouterNode.packet("10.0.0.1", "10.0.1.7", 1));

        assertEquals(0, a.inbox.size());
        assertThrows(IllegalArgumentException.class, () -> hub.setIcmpSource(IpAddress.parse("224.0.0.1")));
    }

    @ParameterizedTest(name = "{0} to {1}: {2}")
    @CsvSource({
        "10.0.0.1, 10.0.1.7, true",
        "10.0.0.77, 10.0.1.7, true",
        "10.0.1.77, 10.0.1.7, false", // from the other side
        "10.0.1.1, 10.0.1.7, false",
        "198.51.100.1, 10.0.1.7, false",
        "0.0.0.0, 255.255.255.255, true",
        "10.0.1.77, 255.255.255.255, false",
        "10.0.0.77, 224.0.0.1, true",
        "fe80::1, ff02::1, true",
        "::, ff02::1, true",
        "2001:db8:1::5, ff02::1, false",
        "2001:db8::5, 2001:db8:1::1, true",
    })
    void shouldCheckTheReversePathWhereItIsToldTo(String source, String destination, boolean passes) {
        a.inject(source, destination);
        int unchecked = b.inbox.size();
        portA.setReversePathCheck(true);

        a.inject(source, destination);

        assertEquals(1, unchecked, "without the check it passes");
        assertEquals(passes ? 2 : 1, b.inbox.size());
        assertEquals(passes ? 0 : 1, hub.stats().dropped(DropReason.REVERSE_PATH));
    }

    @Test
    void shouldAcceptAnySourceThatTheDefaultRouteLeadsTo() {
        hub.setDefaultRoute(portB);
        portB.setReversePathCheck(true);

        b.inject("198.51.100.1", "10.0.0.1");
        b.inject("10.0.0.9", "10.0.0.1");

        assertEquals(1, a.inbox.size());
        assertEquals(1, hub.stats().dropped(DropReason.REVERSE_PATH));
    }
}
