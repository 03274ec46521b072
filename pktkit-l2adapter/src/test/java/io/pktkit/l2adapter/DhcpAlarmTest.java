// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.FakeDhcpServer.DISCOVER;
import static io.pktkit.l2adapter.TestNet.EVIL_MAC;
import static io.pktkit.l2adapter.TestNet.MAC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.DhcpClientConfig;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpFamily;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When the adapter wakes its DHCP client: in time, and not for nothing. */
class DhcpAlarmTest {

    private final TestNet net = new TestNet("", "");
    private final FakeDhcpServer server = new FakeDhcpServer();

    @BeforeEach
    void connect() {
        net.listen(frame -> {
            ByteBuffer answer = server.answer(frame);
            if (answer != null) {
                net.inject(answer);
            }
        });
    }

    private void startWithoutProbe() {
        net.adapter.startDhcp(DhcpClientConfig.builder(MAC).arpProbe(false).build());
    }

    @Test
    void shouldAskAgainWhenNobodyAnswers() {
        server.silent = true;
        startWithoutProbe();
        assertEquals(List.of(DISCOVER), server.takeTypes());

        net.advance(5.1); // 4 s, give or take one, RFC 2131 section 4.1

        assertEquals(List.of(DISCOVER), server.takeTypes());
    }

    @Test
    void shouldNotBeWokenBeforeItIsTimeToRenew() {
        startWithoutProbe();

        long wait = net.time.nextDeadlineNanos() - net.time.nowNanos();

        assertTrue(wait > 1700e9 && wait < 1900e9, "nanoseconds=" + wait);
    }

    @Test
    void shouldNotBeWokenBeforeItIsTimeToRenewWhenAnswersTakeAWhile() {
        List<ByteBuffer> answers = new ArrayList<>();
        net.listen(frame -> {
            ByteBuffer answer = server.answer(frame);
            if (answer != null) {
                answers.add(answer);
            }
        });
        startWithoutProbe();
        for (int i = 0; i < 2; i++) { // the offer, then the acknowledgment
            net.advance(0.1);
            net.inject(answers.get(i));
        }
        assertTrue(net.host.prefix(IpFamily.IPV4).isSet());

        long wait = net.time.nextDeadlineNanos() - net.time.nowNanos();

        assertTrue(wait > 1700e9 && wait < 1900e9, "nanoseconds=" + wait);
    }

    @Test
    void shouldBeginAnewTenSecondsAfterADecline() {
        net.adapter.startDhcp();
        net.inject(FrameBuilder.arp(MAC, ArpPacket.REPLY, EVIL_MAC, server.offered, MAC, TestNet.ANY4));
        server.received.clear();
        long wait = net.time.nextDeadlineNanos() - net.time.nowNanos();
        assertTrue(wait >= 10e9, "nanoseconds=" + wait); // RFC 2131 section 3.1 step 5

        net.advance(15);

        assertTrue(server.takeTypes().contains(DISCOVER));
    }
}
