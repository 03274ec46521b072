// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpFamily;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Transfers over links that drop large packets without a word. */
class MtuDiscoveryTest {
    private static final int MIB = 1 << 20;

    private static NarrowLink link(IpFamily family, MtuProbing probing) {
        return new NarrowLink(family, TcpConfig.builder().mtuProbing(probing).build(), 11);
    }

    /** Transfers until the search is over. */
    private static void search(NarrowLink link) {
        int left = 16 * MIB;
        do {
            link.transfer(MIB / 4);
            left -= MIB / 4;
        } while (link.info().mtuSearch().searching() && left > 0);
    }

    private static void assertFound(NarrowLink link, int path) {
        int found = link.info().negotiated().pathMtu();
        assertTrue(found <= path && found > path - 8, "path " + path + " found " + found + " " + link.info());
    }

    @ParameterizedTest(name = "{0}, {1} bytes, loss {2}")
    @CsvSource({
        "IPV4, 1400, 0",
        "IPV4, 1300, 0",
        "IPV4, 600, 0",
        "IPV4, 1492, 0",
        "IPV4, 1499, 0",
        "IPV4, 552, 0",
        "IPV6, 1280, 0",
        "IPV6, 1400, 0",
        "IPV6, 1493, 0",
        "IPV4, 1400, 0.01",
        "IPV4, 1300, 0.02",
        "IPV4, 600, 0.01",
        "IPV6, 1280, 0.01",
        "IPV6, 1350, 0.02"
    })
    void shouldFindTheSizeAfterABlackHole(IpFamily family, int path, double loss) {
        NarrowLink link = link(family, MtuProbing.ON_BLACK_HOLE);
        link.limit = path;
        link.loss = loss;

        search(link);

        assertFound(link, path);
        assertTrue(link.info().mtuSearch().blackHoles() > 0, link.info().toString());
    }

    @ParameterizedTest(name = "{0}, {1} bytes, loss {2}")
    @CsvSource({
        "IPV4, 1400, 0",
        "IPV4, 1300, 0",
        "IPV4, 1500, 0",
        "IPV6, 1280, 0",
        "IPV6, 1400, 0",
        "IPV6, 1500, 0",
        "IPV4, 1400, 0.01",
        "IPV4, 1300, 0.02",
        "IPV6, 1500, 0.01"
    })
    void shouldFindTheSizeFromBelowWithoutATimeout(IpFamily family, int path, double loss) {
        NarrowLink link = link(family, MtuProbing.ALWAYS);
        link.limit = path;
        link.loss = loss;

        search(link);

        assertFound(link, path);
        assertEquals(0, link.info().mtuSearch().blackHoles());
        if (loss == 0) {
            assertEquals(0, link.info().counters().timeouts(), link.info().toString());
        }
    }

    @ParameterizedTest
    @CsvSource({"ON_BLACK_HOLE", "ALWAYS"})
    void shouldNeitherProbeNorLoseOnAPathThatTakesAll(MtuProbing probing) {
        NarrowLink link = link(IpFamily.IPV4, probing);

        search(link);

        assertEquals(1500, link.info().negotiated().pathMtu());
        assertEquals(0, link.info().mtuSearch().probesLost());
        assertEquals(probing == MtuProbing.ALWAYS, link.info().mtuSearch().probesSent() > 0);
    }

    @Test
    void shouldStallWhereItMayNotProbe() {
        NarrowLink link = new NarrowLink(
                IpFamily.IPV4, TcpConfig.builder().mtuProbing(MtuProbing.OFF).build(), 11);
        link.limit = 1400;
        link.pause(100);

        link.sender().write(java.nio.ByteBuffer.allocate(100_000), link.now());
        link.pause(1_000_000);

        assertEquals(TcpFailure.TIMED_OUT, link.sender().failure());
    }

    @Test
    void shouldFollowAPathThatNarrowsAndWidens() {
        NarrowLink link = link(IpFamily.IPV4, MtuProbing.ON_BLACK_HOLE);
        link.transfer(MIB);
        assertEquals(0, link.info().mtuSearch().probesSent());

        link.limit = 1400;
        search(link);
        assertFound(link, 1400);
        link.limit = 1300;
        search(link);
        assertFound(link, 1300);
        link.limit = 1450;
        link.transfer(MIB);
        assertFound(link, 1300); // it has been searched just now
        link.pause(600_000);
        search(link);
        assertFound(link, 1450);
        link.limit = 1500;
        link.pause(600_000);
        search(link);

        assertEquals(1500, link.info().negotiated().pathMtu());
        assertEquals(2, link.info().mtuSearch().blackHoles());
    }

    @Test
    void shouldLoseNoWindowToABlackHole() {
        for (int narrow : new int[] {1400, 600}) {
            NarrowLink link = link(IpFamily.IPV4, MtuProbing.ON_BLACK_HOLE);
            link.transfer(2 * MIB);
            TcpInfo.Congestion before = link.info().congestion();

            link.limit = narrow;
            link.transfer(200_000);

            assertTrue(link.info().counters().timeouts() >= 2, link.info().toString());
            TcpInfo.Congestion after = link.info().congestion();
            assertTrue(after.window() >= before.window(), before + " " + link.info());
            assertTrue(after.slowStartThreshold() >= before.slowStartThreshold(), before + " " + link.info());
        }
    }

    @Test
    void shouldLoseNoWindowToProbes() {
        NarrowLink link = link(IpFamily.IPV4, MtuProbing.ALWAYS);
        link.limit = 1400;

        for (int i = 0; i < 60; i++) {
            link.transfer(20_000); // less than what the queue takes
        }

        TcpInfo info = link.info();
        assertTrue(info.mtuSearch().probesLost() >= 9, info.toString());
        assertEquals(0, info.counters().fastRecoveries(), info.toString());
        assertEquals(0, info.counters().timeouts(), info.toString());
    }

    @Test
    void shouldProbeWithoutSackToo() {
        NarrowLink link = new NarrowLink(
                IpFamily.IPV4,
                TcpConfig.builder()
                        .mtuProbing(MtuProbing.ALWAYS)
                        .sack(false)
                        .timestamps(false)
                        .build(),
                11);
        link.limit = 1400;

        search(link);

        assertFound(link, 1400);
        assertTrue(link.info().mtuSearch().probesLost() >= 9, link.info().toString());
    }

    @Test
    void shouldReturnToTheWholeSizeAfterAnOutage() {
        NarrowLink link = link(IpFamily.IPV4, MtuProbing.ON_BLACK_HOLE);
        link.transfer(MIB);

        link.limit = 0;
        link.outage(100_000, 3000);
        link.limit = 1500;
        search(link);

        assertEquals(1500, link.info().negotiated().pathMtu(), link.info().toString());
        assertEquals(0, link.info().mtuSearch().probesLost(), link.info().toString());
    }
}
