// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** What held the sender back, and for how long: {@link TcpInfo.Limits}. The window begins with ten segments. */
class LimitsScriptTest {
    private static void assertLimits(Script s, long busyMillis, long peerWindowMillis, long sendBufferMillis) {
        TcpInfo.Limits expected =
                new TcpInfo.Limits(busyMillis * Script.MS, peerWindowMillis * Script.MS, sendBufferMillis * Script.MS);
        assertEquals(expected, s.info().limits());
    }

    @Test
    void shouldNotBeBusyWithTheHandshake() {
        Script s = Script.established(config().build(), "mss 1000").at(500);

        assertLimits(s, 0, 0, 0);
    }

    @Test
    void shouldBeBusyButNotLimitedWithTheCongestionWindowFull() {
        Script s =
                Script.established(config().build(), "mss 1000").write(50_000).drop();

        assertLimits(s.at(170), 70, 0, 0);
        s.inject(". 1:1(0) ack 10001").drop();
        assertLimits(s.at(240), 140, 0, 0);
    }

    @Test
    void shouldBeLimitedByThePeersWindowWhileTheCongestionWindowHasRoom() {
        Script s = Script.established(config().build(), "mss 1000", 3000)
                .write(10_000)
                .drop();

        assertLimits(s.at(250), 150, 150, 0);
        s.inject(". 1:1(0) ack 3001 win 60000").drop();
        assertLimits(s.at(300), 200, 150, 0);
        s.inject(". 1:1(0) ack 10001 win 60000");
        assertLimits(s.at(900), 200, 150, 0);
    }

    @Test
    void shouldNotBlameThePeersWindowIfTheCongestionWindowIsNoLarger() {
        Script s = Script.established(config().build(), "mss 1000", 10_000)
                .write(20_000)
                .drop();

        assertLimits(s.at(150), 50, 0, 0);
    }

    @Test
    void shouldNotBlameThePeersWindowIfNothingMoreIsQueued() {
        Script s = Script.established(config().build(), "mss 1000", 3000)
                .write(3000)
                .drop();

        assertLimits(s.at(150), 50, 0, 0);
    }

    @Test
    void shouldBeLimitedByAWindowTooSmallForASegment() {
        Script s = Script.established(config().build(), "mss 1000", 3400)
                .write(10_000)
                .drop(); // 400 bytes would be silly to send

        assertLimits(s.at(150), 50, 50, 0);
    }

    @Test
    void shouldBeLimitedByAClosedWindowWhileItIsProbed() {
        Script s = Script.established(config().build(), "mss 1000").write(1000).drop();
        s.at(150).inject(". 1:1(0) ack 1001 win 0").write(1); // nothing is left once the probe has gone
        s.at(5150).drop();
        assertLimits(s, 5050, 5000, 0);

        s.inject(". 1:1(0) ack 1002 win 60000").drop();

        assertLimits(s.at(6000), 5050, 5000, 0);
    }

    @Test
    void shouldBeLimitedByTheSendBufferWhileAllOfItIsInFlight() {
        Script s = Script.established(config().sendBuffer(4000).build(), "mss 1000")
                .write(4000)
                .drop();

        assertLimits(s.at(160), 60, 0, 60);
        s.inject(". 1:1(0) ack 2001");
        assertLimits(s.at(190), 90, 0, 60); // there is room, and nothing comes
        s.write(2000).drop();
        assertLimits(s.at(200), 100, 0, 70);
    }

    @Test
    void shouldNotBlameTheSendBufferIfTheCongestionWindowIsFull() {
        Script s = Script.established(config().sendBuffer(10_000).build(), "mss 1000")
                .write(10_000)
                .drop();

        assertLimits(s.at(160), 60, 0, 0);
    }

    @Test
    void shouldNotBlameTheSendBufferOnceTheStreamHasEnded() {
        Script s = Script.established(config().sendBuffer(4000).build(), "mss 1000")
                .write(4000)
                .drop();

        s.at(120).shutdown().drop();

        assertLimits(s.at(160), 60, 0, 20);
    }

    @Test
    void shouldNotBlameTheSendBufferIfNagleHoldsTheLastBytes() {
        Script s = Script.established(config().sendBuffer(2048).build(), "mss 1400")
                .write(1000)
                .write(500);

        assertLimits(s.at(160), 60, 0, 0);
    }

    @Test
    void shouldBeLimitedByAWindowThatDoesNotTakeTheFin() {
        Script s = Script.established(config().build(), "mss 1000", 0).shutdown();

        assertLimits(s.at(150), 50, 50, 0);
    }

    @Test
    void shouldBeBusyOnlyWhileTheApplicationHasSomethingUnderWay() {
        Script s = Script.established(config().build(), "mss 1000").write(500).drop();
        s.at(150).inject(". 1:1(0) ack 501");
        s.at(1000).write(500).drop();

        assertLimits(s.at(1040), 90, 0, 0);
    }

    @Test
    void shouldBeBusyWithWhatWaitsForTheHandshake() {
        Script s = Script.connect(config().build(), null, 100).drop();
        s.at(100).inject("S. 0:0(0) ack 1 <mss 1000>").drop();
        s.at(150).inject(". 1:1(0) ack 101");

        assertLimits(s.at(400), 150, 0, 0);
    }

    @Test
    void shouldKnowOfNoWindowBeforeTheHandshakeIsComplete() {
        Script s = Script.accept(config().build(), "S 0:0(0) win 1000 <mss 1000>")
                .drop()
                .write(100);

        assertLimits(s.at(50), 50, 0, 0);
    }

    @Test
    void shouldNotBeBusyWithAFinThatWasGivenUp() {
        Script s =
                Script.established(config().build(), "mss 1000", 0).write(100).shutdown();
        s.at(150).abort().drop();

        assertLimits(s.at(1000), 50, 50, 0);
    }

    @Test
    void shouldBeBusyUntilTheFinIsAcknowledged() {
        Script s = Script.established(config().build(), "mss 1000").shutdown().drop();
        s.at(130).inject(". 1:1(0) ack 2");

        assertLimits(s.at(400), 30, 0, 0);
    }

    @Test
    void shouldNotBeBusyWithWhatWasGivenUp() {
        Script s = Script.established(config().build(), "mss 1000", 3000)
                .write(10_000)
                .drop();
        s.at(150).abort().drop();

        assertLimits(s.at(1000), 50, 50, 0);
    }

    @Test
    void shouldKeepTheTotalsWhenMemoryIsGivenBack() {
        Script s = Script.established(config().build(), "mss 1000", 3000)
                .write(10_000)
                .drop();
        s.at(150).inject(". 1:1(0) ack 3001 win 60000").drop();
        s.at(180).inject(". 1:1(0) ack 10001 win 60000");

        s.at(10_000);

        assertEquals(0, s.info().queues().sendAllocated());
        assertLimits(s, 80, 50, 0);
    }

    @Test
    void shouldCountUpToTheLastCallIfNoTimeIsGiven() {
        Script s = Script.established(config().build(), "mss 1000").write(500).drop();
        s.at(130).inject(". 1:1(0) ack 1").at(170);

        assertEquals(30 * Script.MS, s.connection().info().limits().busyNanos());
        assertEquals(70 * Script.MS, s.info().limits().busyNanos());
    }
}
