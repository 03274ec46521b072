// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.impair.Impairment;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.vtcp.EcnMode;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpInfo.EcnFeedback;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goodput over bad links, beside Linux to Linux over equal links at the same time. All rates but those that loss itself
 * keeps low are limited, so that the processor is not what is measured.
 */
@NeedsPeer({"ip", "python3"})
@Timeout(300)
class ImpairedGoodputTest {
    private static final double FLOOR = 0.8;

    /** Links, in each direction; the queue of a link also holds what is on its way. */
    enum Link {
        CLEAN_AT_50_MS(Impairment.none().delay(millis(25)).rate(100_000_000), 1),
        LOSS_AT_50_MS(Impairment.none().delay(millis(25)).loss(0.01), 4),
        /** One flow of Linux reaches a quarter of the rate or all of it, as its first recovery falls. */
        REORDERING_AT_50_MS(
                Impairment.none().delay(millis(25)).reorder(0.05, millis(10)).rate(20_000_000), 6),
        REORDERING_AT_10_MS(
                Impairment.none().delay(millis(5)).reorder(0.05, millis(5)).rate(20_000_000), 6),
        /** 25 ms at 50 Mbit/s are 104 full packets on the way. */
        DROPTAIL_OF_100(Impairment.none().delay(millis(25)).rate(50_000_000).queue(104 + 100, 16 << 20), 1),
        /** Linux and we ask for ECN, and are told of a queue of more than 10 ms by marks instead of losses. */
        MARKS_PAST_10_MS(Impairment.none().delay(millis(25)).rate(50_000_000).markBeyond(millis(10)), 1),
        LOSS_OF_A_THOUSANDTH_AT_0_MS(
                Impairment.none().loss(0.001).rate(50_000_000).queue(200, 16 << 20), 1),
        LOSS_AT_0_MS(Impairment.none().loss(0.01).rate(50_000_000).queue(200, 16 << 20), 1),
        MUCH_LOSS_AT_0_MS(Impairment.none().loss(0.05).rate(50_000_000).queue(200, 16 << 20), 2);

        @SuppressWarnings("ImmutableEnumChecker") // it is immutable, only not annotated so
        private final Impairment impairment;

        /** How many flows at once give a steady total. */
        private final int lanes;

        Link(Impairment impairment, int lanes) {
            this.impairment = impairment;
            this.lanes = lanes;
        }

        boolean marks() {
            return !impairment.markBeyond().isZero();
        }

        private static Duration millis(int millis) {
            return Duration.ofMillis(millis);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"REORDERING_AT_50_MS", "DROPTAIL_OF_100", "MARKS_PAST_10_MS", "LOSS_AT_0_MS"})
    void shouldSendLikeLinux(Link link) throws Exception {
        race(link, 1, Duration.ofSeconds(5), true);
    }

    @ParameterizedTest
    @EnumSource(names = "LOSS_AT_50_MS")
    void shouldKeepUpWithLinuxBothWays(Link link) throws Exception {
        raceBothWays(link, 2, Duration.ofSeconds(8));
    }

    @ParameterizedTest
    @EnumSource
    @Tag("long")
    void shouldKeepUpWithLinuxForLong(Link link) throws Exception {
        raceBothWays(link, link == Link.LOSS_AT_50_MS ? 3 : 2, Duration.ofSeconds(20));
    }

    /** What we acknowledge must serve each control of Linux as what Linux acknowledges does. */
    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource({"reno, DROPTAIL_OF_100", "bbr, DROPTAIL_OF_100", "reno, MARKS_PAST_10_MS", "bbr, LOSS_AT_50_MS"})
    @Tag("long")
    void shouldReceiveFromEachControlOfLinux(String control, Link link) throws IOException {
        race(link, control, 2, Duration.ofSeconds(10), false);
    }

    private static void raceBothWays(Link link, int times, Duration time) throws Exception {
        List<Future<Void>> races = List.of(
                Streams.beside(() -> race(link, times, time, true)),
                Streams.beside(() -> race(link, times, time, false)));
        for (Future<Void> race : races) {
            race.get();
        }
    }

    private static Void race(Link link, int times, Duration time, boolean up) throws IOException {
        race(link, "cubic", times, time, up);
        return null;
    }

    private static void race(Link link, String control, int times, Duration time, boolean up) throws IOException {
        TcpConfig config = TcpConfig.builder()
                .ecn(link.marks() ? EcnMode.CLASSIC : EcnMode.PASSIVE)
                .build();
        try (Race race = new Race(config, control, link.impairment, link.lanes * times, time)) {
            if (link.marks()) {
                race.useEcn();
            }
            Race.Outcome outcome = up ? race.up() : race.down();
            String told = link + " with " + control + (up ? ", we send: " : ", we receive: ") + outcome + ", seed "
                    + Streams.SEED;
            System.out.println(told);
            assertTrue(outcome.ratio() >= FLOOR, told);
            assertEquals(
                    link.marks(),
                    outcome.infos().stream().allMatch(info -> info.ecn().feedback() != EcnFeedback.NONE),
                    told);
        }
    }
}
