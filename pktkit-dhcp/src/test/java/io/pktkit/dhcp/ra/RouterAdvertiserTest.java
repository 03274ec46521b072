// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.ra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RouterAdvertiserTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long START = Long.MAX_VALUE - 20 * SECOND; // the clock wraps
    private static final IpAddress HOST = IpAddress.parse("fe80::7");
    private static final IpAddress NOBODY = IpAddress.parse("::");

    private final RouterAdvertiser advertiser = new RouterAdvertiser(new Random(7), START);

    static Packet solicitation(IpAddress source, ByteBuffer options) {
        ByteBuffer packet = PacketBuilder.icmp(
                source, RouterAdvertisement.ALL_ROUTERS, IcmpMessage.V6_ROUTER_SOLICITATION, 0, 0, options);
        packet.put(7, (byte) 255);
        return new Packet().wrap(packet);
    }

    private static ByteBuffer none() {
        return ByteBuffer.allocate(0);
    }

    /** When all are told, in seconds after the start, up to a time. */
    private List<Long> multicasts(long untilSeconds) {
        List<Long> times = new ArrayList<>();
        long now = advertiser.nextDeadlineNanos();
        while (now - START <= untilSeconds * SECOND) {
            if (advertiser.due(now).contains(RouterAdvertisement.ALL_NODES)) {
                times.add(now - START);
            }
            now = advertiser.nextDeadlineNanos();
        }
        return times;
    }

    @Test
    void shouldSpeakAtOnceThenSoonThenSeldom() {
        List<Long> times = multicasts(7200);

        assertEquals(0, times.get(0));
        assertEquals(16 * SECOND, times.get(1));
        assertEquals(32 * SECOND, times.get(2));
        for (int i = 3; i < times.size(); i++) {
            long gap = times.get(i) - times.get(i - 1);
            assertTrue(gap >= 200 * SECOND && gap <= 600 * SECOND, "gap " + gap);
        }
        assertTrue(times.size() > 12);
    }

    @Test
    void shouldAnswerAHostAloneWithinHalfASecond() {
        advertiser.due(START);

        assertTrue(advertiser.onSolicitation(solicitation(HOST, none()), START));
        assertTrue(advertiser.onSolicitation(solicitation(HOST, none()), START), "once is enough");

        long at = advertiser.nextDeadlineNanos();
        assertTrue(at - START >= 0 && at - START <= SECOND / 2, "after " + (at - START));
        assertEquals(List.of(HOST), advertiser.due(at));
        assertEquals(List.of(), advertiser.due(at));
    }

    @Test
    void shouldAnswerWhoHasNoAddressTogetherAndNotTooOften() {
        advertiser.due(START);
        advertiser.onSolicitation(solicitation(NOBODY, none()), START + SECOND);

        assertEquals(3 * SECOND, advertiser.nextDeadlineNanos() - START, "MIN_DELAY_BETWEEN_RAS");
        assertEquals(List.of(RouterAdvertisement.ALL_NODES), advertiser.due(START + 3 * SECOND));
    }

    @Test
    void shouldBoundWhoIsAnsweredAlone() {
        advertiser.due(START);
        for (int i = 0; i < 10_000; i++) {
            advertiser.onSolicitation(solicitation(IpAddress.ofIpv6(0xFE80L << 48, i + 1), none()), START);
        }

        List<IpAddress> told = advertiser.due(START + 4 * SECOND);

        assertEquals(33, told.size());
        assertTrue(told.contains(RouterAdvertisement.ALL_NODES));
    }

    @Test
    void shouldIgnoreWhatIsNotValid() {
        byte[] source = {1, 1, 2, 0, 0, 0, 0, 7};
        assertFalse(advertiser.onSolicitation(solicitation(NOBODY, ByteBuffer.wrap(source)), START));
        assertFalse(advertiser.onSolicitation(solicitation(HOST, ByteBuffer.wrap(new byte[8])), START), "length 0");
        Packet hops = solicitation(HOST, none());
        hops.buffer().put(7, (byte) 64);
        assertFalse(advertiser.onSolicitation(hops, START));
        ByteBuffer fragment =
                RouterAdvertisementTest.asFragment(solicitation(HOST, none()).buffer());
        assertFalse(advertiser.onSolicitation(new Packet().wrap(fragment), START), "RFC 6980");
    }
}
