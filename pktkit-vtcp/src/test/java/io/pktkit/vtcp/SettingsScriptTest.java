// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What settings change: the not-sent low-water mark, the user timeout with keepalive, and the path of the SYN. */
class SettingsScriptTest {
    private static final String PLAIN = "mss 1000";

    @Test
    void shouldNotBeWritableWhileEnoughWaitsUnsent() {
        Script s = Script.established(config().notSentLowWater(3000).build(), PLAIN);
        assertEquals(3000, s.connection().writable());

        s.write(12_000).drop(); // ten segments are in flight
        assertEquals(1000, s.connection().writable());
        s.write(1000);
        assertEquals(0, s.connection().writable());

        s.at(200).inject(". 1:1(0) ack 2001").drop();
        assertEquals(3000, s.connection().writable());
    }

    @Test
    void shouldProbeASilentPeerUntilTheUserTimeout() {
        Script s = Script.established(
                config().keepAlive(Duration.ofSeconds(10), Duration.ofSeconds(5), 1)
                        .userTimeout(Duration.ofSeconds(30))
                        .build(),
                PLAIN);

        s.expectAt(10_100, ". 0:0(0) ack 1").expectAt(15_100, ". 0:0(0) ack 1");
        s.expectAt(20_100, ". 0:0(0) ack 1").expectAt(25_100, ". 0:0(0) ack 1");
        s.expectAt(30_100, "R. 1:1(0) ack 1").failure(TcpFailure.TIMED_OUT);
    }

    @Test
    void shouldRepeatASynThatWasTooBigAtOnce() {
        Script s = Script.connect(config().build()).drop();

        s.at(50).packetTooBig(1000, 0).expect("S 0:0(0)").end();
        s.packetTooBig(1000, 0).end(); // it fits now

        s.at(150).inject("S. 0:0(0) ack 1 win 65535 <mss 1460>").expect(". 1:1(0) ack 1");
        assertEquals(960, s.info().negotiated().sendMss());
    }

    @Test
    void shouldCountTheUserTimeoutOfASilentPeerFromItsLastSegment() {
        Script s = Script.established(
                config().keepAlive(Duration.ofSeconds(10), Duration.ofSeconds(15), 1)
                        .userTimeout(Duration.ofSeconds(30))
                        .build(),
                PLAIN);
        s.at(9000).inject("P. 1:11(10) ack 1").expect(". 1:1(0) ack 11");

        s.expectAt(19_000, ". 0:0(0) ack 11").expectAt(34_000, ". 0:0(0) ack 11");
        s.expectAt(49_000, "R. 1:1(0) ack 11").failure(TcpFailure.TIMED_OUT);
    }
}
