// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.v6;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.ra.Ipv6Offer;
import io.pktkit.link.PipeL3;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** DHCPv6 at the gateway: who is answered, and how often. */
class Ipv6ServicesTest {
    private static final MacAddress GATEWAY = MacAddress.parse("02:dd:00:00:00:01");
    private static final Ipv6Offer OFFER =
            new Ipv6Offer(IpPrefix.parse("fd12::/64"), Duration.ZERO, 1500, List.of(), List.of("lan.test"), null);
    private static final int INFORMATION_REQUEST = 11;

    private final ManualTime time = new ManualTime();
    private final List<IpAddress> answered = new ArrayList<>();
    private final List<IpAddress> passed = new ArrayList<>();
    private final PipeL3 link = new PipeL3(packet -> {
        if (packet.protocol() == IpProtocol.UDP) {
            answered.add(packet.destination());
        }
    });
    private final Ipv6Services services =
            new Ipv6Services(link.attach(packet -> passed.add(packet.source())), GATEWAY, OFFER, time);

    @AfterEach
    void close() {
        services.close();
        link.close();
    }

    private static IpAddress host(int number) {
        return IpAddress.ofIpv6(0xFE80L << 48, number);
    }

    private void ask(IpAddress from, IpAddress to) {
        ByteBuffer request = ByteBuffer.allocate(4).putInt(0, INFORMATION_REQUEST << 24 | 7);
        link.inject(new Packet().wrap(PacketBuilder.udp(from, 546, to, 547, request)));
    }

    private void ask(int host) {
        ask(host(host), InformationResponder.ALL_SERVERS);
    }

    @Test
    void shouldAnswerAHostThatAsksAllServers() {
        ask(7);

        assertEquals(List.of(host(7)), answered);
        assertEquals(List.of(), passed);
    }

    /** RFC 8415 section 16. */
    @Test
    void shouldTakeWhatIsSentToItAloneAndNotAnswer() {
        ask(host(7), services.address());
        ask(host(7), IpAddress.parse("ff02::1"));

        assertEquals(List.of(), answered);
        assertEquals(List.of(), passed);
    }

    @Test
    void shouldLeaveOthersTheirAnswersWhenOneAsksTooMuch() {
        for (int i = 0; i < 1000; i++) {
            ask(1);
        }
        assertEquals(SourceLimiter.BURST, answered.size());
        ask(2);

        assertEquals(host(2), answered.get(SourceLimiter.BURST));
        time.advance(Duration.ofSeconds(1));
        answered.clear();
        for (int i = 0; i < 1000; i++) {
            ask(1);
        }
        assertEquals(SourceLimiter.PER_SECOND, answered.size(), "and it has some again");
    }

    @Test
    void shouldBoundWhatAllCauseTogether() {
        for (int i = 0; i < 1000; i++) {
            ask(1 + i);
        }

        assertEquals(50, answered.size());
    }

    @Test
    void shouldRememberTheSourcesThatCameLast() {
        SourceLimiter limiter = new SourceLimiter();
        for (int i = 0; i < SourceLimiter.BURST; i++) {
            assertTrue(limiter.tryAcquire(host(1), 0));
        }
        for (int i = 2; i <= SourceLimiter.MAX_SOURCES; i++) {
            assertTrue(limiter.tryAcquire(host(i), 0));
        }
        assertFalse(limiter.tryAcquire(host(1), 0), "there is room for it");
        for (int i = 2; i <= SourceLimiter.MAX_SOURCES; i++) {
            assertTrue(limiter.tryAcquire(host(1000 + i), 0));
        }
        assertFalse(limiter.tryAcquire(host(1), 0), "others were silent for longer");
    }
}
