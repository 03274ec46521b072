// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static io.pktkit.vtcp.Script.config;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** What is written before it can be sent and read before it has come, and what is put together for sending. */
class QueueScriptTest {
    @Test
    void shouldReadNothingInSynSentAndTheDataOnceThere() {
        Script s = Script.connect(config().build()).drop().readAnswers(0);

        s.at(100)
                .inject("S. 0:0(0) ack 1 win 65535 <mss 1000>")
                .expect(". 1:1(0) ack 1")
                .readAnswers(0);
        s.inject("P. 1:101(100) ack 1").expect(". 1:1(0) ack 101").read(100);
    }

    @Test
    void shouldKeepWhatIsWrittenInSynSentUntilRefused() {
        Script s = Script.connect(config().build()).drop().write(100).end();

        s.inject("R. 0:0(0) ack 1").end().failure(TcpFailure.REFUSED);
        assertEquals(0, s.info().queues().sendAllocated());
    }

    @Test
    void shouldSendTheFinThatWasAskedForInSynSent() {
        Script s = Script.connect(config().build()).drop().write(100).shutdown().end();

        s.at(100).inject("S. 0:0(0) ack 1 win 65535 <mss 1000>");
        s.expect("FP. 1:101(100) ack 1").end().state(TcpState.FIN_WAIT_1);
    }

    @Test
    void shouldSendAFullSegmentPutTogetherFromSmallWrites() {
        Script s = Script.established(config().build(), "mss 1000").write(10).expect("P. 1:11(10)");

        s.write(600).end().write(500).expect(". 11:1011(1000)").end();
        s.at(200).inject(". 1:1(0) ack 1011").expect("P. 1011:1111(100)").end();
    }

    @Test
    void shouldSplitAWriteBySegmentSize() {
        Script s = Script.established(config().build(), "mss 100").write(250);

        s.expect(". 1:101(100)")
                .expect(". 101:201(100)")
                .expect("P. 201:251(50)")
                .end();
    }

    @Test
    void shouldNotMergeWhatWasSentWhenItIsRepeated() {
        Script s = Script.established(config().noDelay(true).build(), "mss 1000")
                .write(10)
                .expect("P. 1:11(10)")
                .write(10)
                .expect("P. 11:21(10)");

        s.expectAt(400, ". 1:11(10)"); // no longer the end of the queue
    }
}
