// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.ecn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccEcnReportTest {
    private static final int PLENTY = 40;

    private final AccEcnReport report = new AccEcnReport();

    private String write(int room) {
        return write(room, AccEcnReport.NO_DATA);
    }

    private String write(int room, long start) {
        ByteBuffer target = ByteBuffer.allocate(64);
        int length = report.write(target, 0, room, start);
        assertTrue(length <= Math.max(0, room), () -> "length=" + length + " room=" + room);
        return HexFormat.of().formatHex(target.array(), 0, length);
    }

    @Test
    void shouldHaveNothingToTellOfWhatIsNotEcnCapable() {
        report.count(Ecn.NOT_ECT, 1000);
        report.count(Ecn.CE, 0); // an acknowledgment
        assertEquals("", write(PLENTY));
        assertEquals(0, report.necessaryRoom());
    }

    @ParameterizedTest
    @CsvSource({
        "40, ac0b000001000000000001",
        "11, ac0b000001000000000001",
        "10, ac08000001000000",
        "8, ac08000001000000",
        "7, ac05000001",
        "4, ac02",
        "2, ac02",
        "1, ''",
        "0, ''",
        "-4, ''"
    })
    void shouldTestThePathWithAsMuchAsFits(int room, String expected) {
        report.testPath();
        assertEquals(expected, write(room));
        assertEquals("", write(PLENTY), "once");
    }

    @Test
    void shouldTestThePathOnceWithoutAndOnceWithData() {
        report.testPath();
        report.testPathWithData();
        assertEquals("ac08000001000000", write(8));
        assertEquals("ac0b000001000000000001", write(12, 1));
        assertEquals("", write(12, 1001));
    }

    @Test
    void shouldTellEveryCounterThatEverChanged() {
        report.count(Ecn.ECT_0, 1000); // 0x3e8
        assertEquals("ac080003e9000000", write(PLENTY));
        report.count(Ecn.CE, 16);
        assertEquals("ac080003e9000010", write(PLENTY));
        report.count(Ecn.ECT_1, 1);
        assertEquals("ac0b0003e9000010000002", write(PLENTY));
        report.count(Ecn.ECT_0, 1);
        assertEquals("ac0b0003ea000010000002", write(PLENTY));
        assertEquals("", write(PLENTY));
    }

    @Test
    void shouldPutFirstWhatArrives() {
        report.count(Ecn.ECT_1, 1000);
        assertEquals("ae080003e9000000", write(PLENTY));
        report.count(Ecn.CE, 16);
        assertEquals("ae080003e9000010", write(PLENTY));
    }

    @Test
    void shouldLeaveOutWhatHasNotChangedWhereRoomIsShort() {
        report.count(Ecn.ECT_0, 1);
        report.count(Ecn.ECT_1, 1);
        write(PLENTY);

        report.count(Ecn.ECT_1, 1);
        report.count(Ecn.CE, 1);
        assertEquals(8, report.necessaryRoom());
        assertEquals("ae08000003000001", write(8));
        report.count(Ecn.ECT_0, 1);
        assertEquals("ac05000003", write(7));
    }

    @Test
    void shouldKeepWhatFindsNoRoom() {
        report.count(Ecn.ECT_0, 1);
        report.count(Ecn.ECT_1, 1);
        assertEquals(12, report.necessaryRoom());
        assertEquals("", write(8)); // it would leave out one that is new
        assertEquals("", write(4));
        report.count(Ecn.CE, 1);
        assertEquals("", write(8));
        assertEquals("ac0b000002000001000002", write(12));
    }

    @Test
    void shouldTellTheLowest24Bits() {
        for (int i = 0; i < 300; i++) {
            report.count(Ecn.CE, 60_000);
        }
        assertEquals("ac080000011" + "2a880", write(PLENTY)); // 18 000 000 is 0x112a880
    }

    @Test
    void shouldBeUrgentForMarksAndBeforeAFieldOverflows() {
        report.count(Ecn.ECT_0, 60_000);
        assertFalse(report.isUrgent());
        report.count(Ecn.CE, 1);
        assertTrue(report.isUrgent());
        write(PLENTY);
        assertFalse(report.isUrgent());
        for (int i = 0; i < 70; i++) {
            assertFalse(report.isUrgent(), "after " + i + " times 60 000");
            report.count(Ecn.ECT_0, 60_000);
        }
        assertTrue(report.isUrgent()); // 2^22
    }

    @Test
    void shouldStopWhereThePeerKeepsRepeating() {
        for (int i = 0; i < 3; i++) {
            assertTrue(report.isOn(), "after " + i);
            report.count(Ecn.ECT_0, 1000);
            write(PLENTY);
            report.onPeerRepeated();
            report.onPeerRepeated(); // it repeats two segments
        }
        assertFalse(report.isOn());
        report.count(Ecn.ECT_0, 1000);
        assertEquals("", write(PLENTY));
        assertEquals(0, report.necessaryRoom());
        assertFalse(report.isUrgent());
    }

    @Test
    void shouldStopWhereDataWithTheOptionKeepsGettingLost() {
        for (int i = 0; i < 3; i++) {
            assertTrue(report.isOn(), "after " + i);
            report.count(Ecn.ECT_0, 1000);
            write(PLENTY, 1 + 100 * i);
            report.onRepeat(1 + 100 * i);
            report.onRepeat(1 + 100 * i);
        }
        assertFalse(report.isOn());
    }

    @Test
    void shouldNotMindRepeatsOfWhatWentWithout() {
        for (int i = 0; i < 10; i++) {
            report.count(Ecn.ECT_0, 1000);
            write(PLENTY);
            write(PLENTY); // this acknowledgment had nothing to tell
            report.onPeerRepeated();
            report.onRepeat(1);
        }
        assertTrue(report.isOn());
    }

    @Test
    void shouldNotMindOccasionalRepeats() {
        for (int i = 0; i < 10; i++) {
            for (int j = 0; j < 64; j++) {
                report.count(Ecn.ECT_0, 1000);
                write(PLENTY);
            }
            report.onPeerRepeated();
        }
        assertTrue(report.isOn());
    }
}
