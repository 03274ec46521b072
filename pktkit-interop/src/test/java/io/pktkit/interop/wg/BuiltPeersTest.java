// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is shown with Debian's wireguard-go, with implementations that are built here. */
@NeedsPeer({"ip", "wg", "python3", "ping"})
@Timeout(600)
class BuiltPeersTest {
    @Test
    void shouldCarryEverythingWithTheCurrentWireguardGo() throws IOException {
        carryEverything(BuiltPeer.CURRENT_WIREGUARD_GO);
    }

    @Test
    void shouldCarryEverythingWithTheRustPort() throws IOException {
        carryEverything(BuiltPeer.RUST_PORT);
    }

    @Test
    @Tag("long")
    void shouldCarryEverythingWithBoringtun() throws IOException {
        carryEverything(BuiltPeer.BORINGTUN);
    }

    /** What {@code KernelWireGuardTest} leaves out: endpoints of IPv6, no preshared key, UDP, and the edges of the MTU. */
    @Test
    @Tag("long")
    void shouldCarryEverythingWithTheKernel() throws IOException {
        carryEverything(BuiltPeer.KERNEL);
    }

    @ParameterizedTest(name = "over {0}, we begin {1}")
    @CsvSource({"IPV4, true", "IPV4, false", "IPV6, true", "IPV6, false"})
    void shouldCarryJumboPacketsWithTheCurrentWireguardGo(IpFamily outer, boolean weBegin) throws IOException {
        BasicTest.carryJumboPackets(BuiltPeer.CURRENT_WIREGUARD_GO.command(), outer, weBegin);
    }

    /** Either end begins, with and without a preshared key, over both families. */
    private static void carryEverything(BuiltPeer which) throws IOException {
        for (boolean weBegin : new boolean[] {true, false}) {
            for (boolean psk : new boolean[] {true, false}) {
                try (StockPeer peer = new StockPeer(which.command(), StockPeer.INNER)) {
                    BasicTest.carryEverything(peer, weBegin == psk ? IpFamily.IPV4 : IpFamily.IPV6, weBegin, psk);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    @Tag("long")
    void shouldFollow(BuiltPeer which) throws IOException {
        for (IpFamily outer : IpFamily.values()) {
            RoamingTest.beFollowedToAnotherPort(which.command(), outer);
            RoamingTest.followThePeerToAnotherPortAndAddress(which.command(), outer);
        }
    }

    @ParameterizedTest
    @EnumSource
    @Tag("long")
    void shouldMoveAllowedIpsAtOurEnd(BuiltPeer which) throws IOException {
        for (IpFamily outer : IpFamily.values()) {
            PeersTest.moveAnAddressHere(which.command(), outer, outer == IpFamily.IPV4);
        }
    }

    /** Boringtun changes nothing of a peer that it has, and so an address never moves. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BORINGTUN")
    @Tag("long")
    void shouldMoveAllowedIpsAtThePeersEnd(BuiltPeer which) throws IOException {
        for (IpFamily outer : IpFamily.values()) {
            PeersTest.moveAnAddressThere(which.command(), outer);
        }
    }

    @ParameterizedTest
    @EnumSource
    @Tag("long")
    void shouldRefuseWrongSources(BuiltPeer which) throws IOException {
        for (IpFamily outer : IpFamily.values()) {
            PeersTest.comeFromAWrongSource(which.command(), outer, outer == IpFamily.IPV4);
        }
    }

    @ParameterizedTest
    @EnumSource
    @Tag("long")
    void shouldMeetAgainWhenRemovedAtEitherEnd(BuiltPeer which) throws IOException {
        for (IpFamily outer : IpFamily.values()) {
            PeersTest.removeAtEitherEnd(which.command(), outer);
        }
    }

    /** Boringtun has a connected socket for each peer, and so knows only one identity at each port of ours. */
    @ParameterizedTest
    @CsvSource({"KERNEL, 24, 42", "CURRENT_WIREGUARD_GO, 24, 42", "BORINGTUN, 1, 1000", "RUST_PORT, 24, 42"})
    @Tag("long")
    @Timeout(3600)
    void shouldMeetWhenInitiationsCross(BuiltPeer which, int identities, int times) throws Exception {
        for (IpFamily outer : IpFamily.values()) {
            CrossingTest.cross(which.command(), outer, identities, times);
        }
    }

    /** Boringtun changes nothing of a peer that it has, and so cannot be told to stop. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BORINGTUN")
    @Tag("long")
    void shouldKeepAlive(BuiltPeer which) throws IOException {
        IdleTest.keepAlive(which.command());
    }

    /** Boringtun counts no bytes of keepalives. */
    @ParameterizedTest
    @EnumSource
    @Tag("long")
    void shouldFallSilent(BuiltPeer which) throws Exception {
        IdleTest.fallSilent(which.command(), which != BuiltPeer.BORINGTUN);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("long")
    @Timeout(3600)
    void shouldAnswerEachFetch(BuiltPeer which) throws Exception {
        FetchTest.fetch(which.command());
    }
}
