// SPDX-License-Identifier: MIT
package io.pktkit.interop.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.hub.HubPort;
import io.pktkit.hub.L2Hub;
import io.pktkit.hub.PortMode;
import io.pktkit.hub.VlanSet;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.Pings;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Two Linux hosts on the ports of an {@link L2Hub}, with VLANs as the modes of the ports say. */
@NeedsPeer({"ip", "ping", "python3"})
@Timeout(300)
class VlanTest {
    private static final L2Hub HUB = new L2Hub();
    private static final VlanSet TEN_AND_TWENTY = VlanSet.of(10, 20);

    private static Hosts.TapHost one;
    private static Hosts.TapHost two;
    private static HubPort portOfOne;
    private static HubPort portOfTwo;

    @BeforeAll
    static void bringUp() throws IOException {
        one = new Hosts.TapHost(1);
        two = new Hosts.TapHost(2);
        portOfOne = HUB.connect(one.tap);
        portOfTwo = HUB.connect(two.tap);
    }

    @AfterAll
    static void tearDown() {
        HUB.close();
        if (one != null) {
            one.close();
        }
        if (two != null) {
            two.close();
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldCarryPings(IpFamily family) {
        portOfOne.setMode(PortMode.transparent());
        portOfTwo.setMode(PortMode.transparent());

        String told = one.namespace
                .exec(Hosts.LIMIT, "sh", "-c", Pings.command(3, "-i 0.05", Hosts.address(family, 2)))
                .output();
        Pings.expectAll(3, told);
    }

    /**
     * What one host sends and the other gets. A word is a frame: its tags from the outer one as hexadecimal tag control
     * information, or "-" for none; the number before is the frame's position in what was sent. The last one passes in each
     * row, which tells that all before it have been dealt with.
     */
    static Stream<Arguments> modes() {
        PortMode access10 = PortMode.access(10);
        PortMode access20 = PortMode.access(20);
        PortMode trunk = PortMode.trunk(TEN_AND_TWENTY);
        PortMode nativeTen = PortMode.trunk(TEN_AND_TWENTY, 10);
        return Stream.of(
                Arguments.of(access10, access10, "- 000a 6000 0014 000a+0014 6000+0014 -", "0:- 1:- 2:- 6:-"),
                Arguments.of(access10, trunk, "- 600a 6000 0014 -", "0:000a 1:600a 2:600a 4:000a"),
                Arguments.of(trunk, access20, "- 000a 0014 001e 7014", "2:- 4:-"),
                Arguments.of(trunk, trunk, "- b00a 0014 001e 6000 000a", "1:b00a 2:0014 5:000a"),
                Arguments.of(nativeTen, trunk, "- 6000 600a 0014 -", "0:000a 1:600a 2:600a 3:0014 4:000a"),
                Arguments.of(trunk, nativeTen, "000a 0014 600a", "0:- 1:0014 2:-"),
                // Hopping: the switch behind the trunk would take the inner tag for the frame's VLAN.
                Arguments.of(access10, nativeTen, "000a+0014 0000+0014 -", "2:-"),
                Arguments.of(trunk, nativeTen, "000a+0014 0014+000a 000a", "1:0014+000a 2:-"),
                Arguments.of(
                        PortMode.transparent(),
                        PortMode.transparent(),
                        "- 600a 000a+0014 6000 -",
                        "0:- 1:600a 2:000a+0014 3:6000 4:-"));
    }

    @ParameterizedTest
    @MethodSource("modes")
    void shouldTagAsTheModesSay(PortMode sender, PortMode receiver, String sent, String expected) throws IOException {
        portOfOne.setMode(sender);
        portOfTwo.setMode(receiver);
        String last = "" + (sent.split(" ").length - 1);
        try (Hosts.Script listener = new Hosts.Script(two.namespace, "frames.py", "receive", two.tap.name(), last)) {
            listener.expect("ready");
            one.namespace
                    .exec(Hosts.LIMIT, "/usr/bin/python3", listener.file().toString(), "send", one.tap.name(), sent)
                    .expectSuccess();

            assertEquals(expected, listener.expect("received"));
        }
    }
}
