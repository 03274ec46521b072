// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is sent and when: Nagle, silly windows, closed windows, the congestion window, path MTU. */
class SendScriptTest {
    @Test
    void shouldPushOnlyAtTheEndOfTheQueue() {
        Script.established(config().build(), "mss 1000")
                .write(2500)
                .expect(". 1:1001(1000) ack 1")
                .expect(". 1001:2001(1000) ack 1")
                .expect("P. 2001:2501(500) ack 1")
                .end();
    }

    @Test
    void shouldStartWithTheInitialWindowOfRfc6928() {
        Script s = Script.established(config().build(), "mss 1000").write(50_000);

        assertEquals(10, s.pending());
        s = Script.established(config().build(), "mss 1460").write(50_000);
        assertEquals(10, s.pending());
        s = Script.established(config().mtu(9000).build(), "mss 8000", 65535).write(50_000);
        assertEquals(2, s.pending());
    }

    @Test
    void shouldGrowByTheBytesAcknowledgedInSlowStart() {
        Script s =
                Script.established(config().build(), "mss 1000").write(100_000).drop();

        s.at(200).inject(". 1:1(0) ack 2001");

        assertEquals(4, s.pending());
        assertEquals(12_000, s.info().congestion().window());
    }

    @Test
    void shouldNotGrowAWindowThatIsNotUsed() {
        Script s = Script.established(config().build(), "mss 1000");
        for (int i = 0; i < 20; i++) {
            s.write(100).drop().pause(10).inject(". 1:1(0) ack " + (101 + 100 * i));
        }

        assertEquals(10_000, s.info().congestion().window());
    }

    @Test
    void shouldRestartFromTheInitialWindowAfterIdle() {
        Script s =
                Script.established(config().build(), "mss 1000").write(10_000).drop();
        s.at(200).inject(". 1:1(0) ack 10001");
        s.write(12_000).drop().at(300).inject(". 1:1(0) ack 22001");
        assertEquals(true, s.info().congestion().window() > 11_000);

        s.at(5000).write(30_000);

        assertEquals(10, s.pending());
    }

    @Test
    void shouldHoldASmallSegmentBackWhileAnotherIsUnacknowledged() {
        Script s = Script.established(config().build(), "mss 1000");

        s.write(10).expect("P. 1:11(10)").write(10).write(10).end();
        s.at(200).inject(". 1:1(0) ack 11").expect("P. 11:31(20)").end();
    }

    @Test
    void shouldSendTheSmallRestOfAWriteBehindFullSegments() {
        Script.established(config().build(), "mss 1000")
                .write(1010)
                .expect(". 1:1001(1000)")
                .expect("P. 1001:1011(10)")
                .write(5)
                .end();
    }

    @Test
    void shouldSendSmallSegmentsAtOnceWithNoDelay() {
        Script.established(config().noDelay(true).build(), "mss 1000")
                .write(10)
                .expect("P. 1:11(10)")
                .write(10)
                .expect("P. 11:21(10)")
                .end();
    }

    @Test
    void shouldNotSendBeyondThePeersWindow() {
        Script s = Script.established(config().build(), "mss 1000", 2500).write(10_000);

        s.expect(". 1:1001(1000)").expect(". 1001:2001(1000)").end();
    }

    @Test
    void shouldSendHalfOfASmallWindow() {
        Script.established(config().build(), "mss 1000", 600)
                .write(5000)
                .expect(". 1:601(600)")
                .end();
    }

    @Test
    void shouldSendAtOnceWhenTheWindowOpens() {
        Script s = Script.established(config().build(), "mss 1000", 2000)
                .write(5000)
                .drop();
        s.at(200).inject(". 1:1(0) ack 2001 win 0").end();

        s.at(210)
                .inject(". 1:1(0) ack 2001 win 3000")
                .expect(". 2001:3001(1000)")
                .expect(". 3001:4001(1000)");
    }

    @Test
    void shouldNotTakeTheWindowOfAnOlderSegment() {
        Script s = Script.established(config().build(), "mss 1000", 2000);
        s.inject(". 11:11(0) ack 1 win 9000").inject(". 1:1(0) ack 1 win 100");

        assertEquals(9000, s.info().queues().sendWindow());
    }

    @Test
    void shouldProbeAClosedWindowWithTheSameOctet() {
        Script s = Script.established(config().build(), "mss 1000", 1000)
                .write(3000)
                .drop();
        s.at(200).inject(". 1:1(0) ack 1001 win 0").end();

        // SRTT 100 ms, so that the first probe comes after 100 + 200 ms and the next ones after twice that each
        s.expectAt(500, ". 1001:1002(1)").inject(". 1:1(0) ack 1001 win 0");
        s.expectAt(1100, ". 1001:1002(1)").inject(". 1:1(0) ack 1001 win 0");
        s.expectAt(2300, ". 1001:1002(1)").inject(". 1:1(0) ack 1001 win 0").end();

        assertEquals(10_000, s.info().congestion().window());
        assertEquals(0, s.info().counters().timeouts());
    }

    @Test
    void shouldRepeatTheProbedOctetWhenTheWindowOpens() {
        Script s = Script.established(config().build(), "mss 1000", 1000)
                .write(3000)
                .drop();
        s.at(200).inject(". 1:1(0) ack 1001 win 0").expectAt(500, ". 1001:1002(1)");

        s.at(600).inject(". 1:1(0) ack 1001 win 5000");

        s.expect(". 1001:1002(1)").expect(". 1002:2002(1000)").end(); // the octet counts as a small segment for Nagle
    }

    @Test
    void shouldNotTimeOutAPeerThatAnswersProbes() {
        Script s = Script.established(config().retries(3).build(), "mss 1000", 1000)
                .write(3000)
                .drop();
        s.at(200).inject(". 1:1(0) ack 1001 win 0");
        for (int i = 0; i < 40; i++) {
            while (s.pending() == 0) {
                s.pause(100);
            }
            s.drop().inject(". 1:1(0) ack 1001 win 0");
        }

        s.state(TcpState.ESTABLISHED);
    }

    @Test
    void shouldGiveUpAPeerThatDoesNotAnswerProbes() {
        Script s = Script.established(config().retries(3).build(), "mss 1000", 1000)
                .write(3000)
                .drop();
        s.at(200).inject(". 1:1(0) ack 1001 win 0");

        s.at(60_000).state(TcpState.CLOSED).failure(TcpFailure.TIMED_OUT);
    }

    @Test
    void shouldStopProbingForAReleasedConnection() {
        Script s = Script.established(config().build(), "mss 1000", 1000)
                .write(3000)
                .release()
                .drop();
        s.at(200).inject(". 1:1(0) ack 1001 win 0");
        int probes = 0;
        while (!s.connection().isClosed() && probes < 100) {
            while (s.pending() == 0 && !s.connection().isClosed()) {
                s.pause(100);
            }
            s.drop();
            if (!s.connection().isClosed()) {
                s.injectMore(". 1:1(0) ack 1001 win 0");
                probes++;
            }
        }

        assertEquals(8, probes);
    }

    @Test
    void shouldSendTheRestOfASmallWindowWhenTheTimerOverrides() {
        Script s = Script.established(config().build(), "mss 1000", 4000)
                .write(4000)
                .drop();
        s.at(200).inject(". 1:1(0) ack 4001 win 300").write(2000).end();

        s.expectAt(500, ". 4001:4301(300)");
    }

    @Test
    void shouldLowerTheSegmentSizeAndRepeatOnlyWhatNoLongerFits() {
        Script s = Script.established(config().noDelay(true).build(), "mss 1460")
                .write(1000)
                .expect("P. 1:1001(1000)")
                .write(1460)
                .expect("P. 1001:2461(1460)");

        s.packetTooBig(1300, 1001)
                .expect(". 1001:2261(1260)")
                .expect("P. 2261:2461(200)")
                .end();

        assertEquals(10 * 1460, s.info().congestion().window());
        assertEquals(1300, s.info().negotiated().pathMtu());
    }

    @Test
    void shouldNotBelieveAPacketTooBigAboutNothingInFlight() {
        Script s = Script.established(config().build(), "mss 1460").write(1000).drop();

        s.packetTooBig(1300, 1001).packetTooBig(1300, 0).end();
        assertEquals(1500, s.info().negotiated().pathMtu());
        s.packetTooBig(100, 1);
        assertEquals(552, s.info().negotiated().pathMtu());
        s.drop().packetTooBig(1400, 1).end();
        assertEquals(552, s.info().negotiated().pathMtu());
    }

    @Test
    void shouldTakeThePlateauBelowWhenTheRouterDoesNotTell() {
        Script s = Script.established(config().build(), "mss 1460")
                .write(1000)
                .drop()
                .packetTooBig(0, 1);

        assertEquals(1492, s.info().negotiated().pathMtu());
    }

    @Test
    void shouldGiveUpAfterTheUserTimeout() {
        Script s =
                Script.established(config().userTimeout(Duration.ofSeconds(5)).build(), "mss 1000");
        s.at(1000).write(100).drop();

        s.at(5999).state(TcpState.ESTABLISHED).drop();
        s.at(6000).expect("R. 101:101(0)").state(TcpState.CLOSED).failure(TcpFailure.TIMED_OUT);
    }

    @Test
    void shouldCountTheUserTimeoutFromTheLastProgress() {
        Script s =
                Script.established(config().userTimeout(Duration.ofSeconds(5)).build(), "mss 1000");
        s.at(1000)
                .write(3000)
                .drop()
                .at(4000)
                .drop()
                .inject(". 1:1(0) ack 1001")
                .drop();

        s.at(8999).state(TcpState.ESTABLISHED).at(9000).state(TcpState.CLOSED);
    }

    @Test
    void shouldProbeASilentPeerAndGiveUpWithAReset() {
        Script s = Script.established(
                config().keepAlive(Duration.ofSeconds(10), Duration.ofSeconds(2), 2)
                        .build(),
                "mss 1000");

        s.expectAt(10_100, ". 0:0(0) ack 1").expectAt(12_100, ". 0:0(0) ack 1").expectAt(14_100, "R. 1:1(0)");
        s.state(TcpState.CLOSED).failure(TcpFailure.TIMED_OUT);
    }

    @Test
    void shouldBeQuietAgainWhenTheKeepAliveIsAnswered() {
        Script s = Script.established(
                config().keepAlive(Duration.ofSeconds(10), Duration.ofSeconds(2), 2)
                        .build(),
                "mss 1000");

        s.expectAt(10_100, ". 0:0(0) ack 1").inject(". 1:1(0) ack 1").end();
        s.expectAt(20_100, ". 0:0(0) ack 1");
    }

    @Test
    void shouldTakeOnlyWhatTheBufferHolds() {
        Script s = Script.established(config().sendBuffer(4096).build(), "mss 1000");
        assertEquals(4096, s.connection().writable());

        s.write(4096);

        assertEquals(0, s.connection().writable());
        assertEquals(0, s.connection().write(java.nio.ByteBuffer.allocate(5), 0));
        s.drop().at(200).inject(". 1:1(0) ack 1001");
        assertEquals(1000, s.connection().writable());
    }

    @Test
    void shouldNotHideAnAcknowledgmentInAWindowProbe() {
        Script s = Script.established(config().delayedAck(Duration.ofMillis(40)).build(), "mss 1000", 1000);
        s.write(3000).drop().at(200).inject(". 1:1(0) ack 1001 win 0");
        for (int i = 0; i < 16; i++) {
            s.inject(". " + (1 + 10 * i) + ":" + (11 + 10 * i) + "(10) ack 1001 win 0")
                    .drop(); // the quick ones
        }
        s.at(490).inject(". 161:171(10) ack 1001 win 0").end();

        // the peer may drop the probe unread
        s.expectAt(500, ". 1001:1002(1) ack 171")
                .expect(". 1002:1002(0) ack 171")
                .end();
    }

    @Test
    void shouldNotPunishAPathForASmallerPacketSize() {
        Script s =
                Script.established(config().build(), "mss 1460").write(14_600).drop();
        long rto = s.info().timing().rtoNanos();
        s.at(150).packetTooBig(1300, 1).drop();

        assertEquals(14_600, s.info().congestion().window());
        assertEquals(Integer.MAX_VALUE, s.info().congestion().slowStartThreshold());
        assertEquals(rto, s.info().timing().rtoNanos());
        assertEquals(TcpInfo.RecoveryPhase.OPEN, s.info().congestion().phase());
    }

    @Test
    void shouldLeaveItToTheRetransmissionTimerToFindASilentPeerWithDataInFlight() {
        Script s = Script.established(
                config().keepAlive(Duration.ofSeconds(1), Duration.ofMillis(100), 1)
                        .build(),
                "mss 1000");
        s.at(900).write(100).expect("P. 1:101(100)");

        s.expectAt(1200, "P. 1:101(100)").expectAt(1800, "P. 1:101(100)").expectAt(3000, "P. 1:101(100)");
        s.inject(". 1:1(0) ack 101").end();

        s.at(3999).end().expectAt(4000, ". 100:100(0) ack 1").expectAt(4100, "R. 101:101(0)");
    }

    @Test
    void shouldCountKeepAliveProbesFromNewOnceOneWasAnswered() {
        Script s = Script.established(
                config().keepAlive(Duration.ofSeconds(10), Duration.ofSeconds(2), 2)
                        .build(),
                "mss 1000");
        for (int i = 0; i < 5; i++) {
            s.expectAt(10_100 + 12_000 * i, ". 0:0(0) ack 1").expectAt(12_100 + 12_000 * i, ". 0:0(0) ack 1");
            s.inject(". 1:1(0) ack 1").end();
        }
    }
}
