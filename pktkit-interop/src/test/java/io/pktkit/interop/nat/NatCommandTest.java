// SPDX-License-Identifier: MIT
package io.pktkit.interop.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.Commands;
import io.pktkit.interop.NeedsPeer;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code pktkit nat} as its users run it, between a Linux guest and a Linux server. */
@NeedsPeer({"ip", "dhclient", "curl", "ping", "python3", "dig"})
@Timeout(400)
class NatCommandTest {

    @Test
    void shouldServeAGuestAndBeTold() throws IOException, InterruptedException {
        try (NatRig rig = new NatRig("--forward", "udp:7000=10.61.0.77:7000")) {
            assertTrue(rig.ready.contains("inside " + rig.inside + " 10.61.0.1/24"), rig.ready);
            assertTrue(rig.ready.contains("outside " + rig.outside + " 203.0.113.2/24 by 203.0.113.1"), rig.ready);
            String own = rig.lease();
            rig.serve(rig.server, NatRig.SERVER, 8000, "outside says hello");

            assertEquals(
                    "outside says hello",
                    rig.inGuest(NatRig.fetch("http://" + NatRig.SERVER + ":8000/file"))
                            .expectSuccess()
                            .output());

            rig.serve(rig.guest, own, 9000, "inside says hello");
            String added = rig.control("nat", "forward", "add", "tcp:8080=" + own + ":9000")
                    .expectSuccess()
                    .output();
            assertTrue(added.contains("TCP " + own + ":9000 = 203.0.113.2:8080 forward"), added);
            assertEquals(
                    "inside says hello",
                    rig.inServer(NatRig.fetch("http://" + NatRig.PUBLIC + ":8080/file"))
                            .expectSuccess()
                            .output());
            String forwards =
                    rig.control("nat", "forward", "ls").expectSuccess().output();
            assertEquals(2, forwards.lines().count(), forwards);
            String shown = rig.control("nat", "show").expectSuccess().output();
            assertTrue(shown.contains("outside: 203.0.113.2"), shown);
            assertTrue(shown.contains("dynamic, 1 session"), shown);

            Commands.Result taken = rig.control("nat", "forward", "add", "tcp:8080=10.61.0.99:80");
            assertEquals(1, taken.exit(), taken.output());
            assertTrue(taken.output().contains("FORWARDED_TO_ANOTHER"), taken.output());
            rig.control("nat", "forward", "rm", "tcp:8080").expectSuccess();
            Commands.Result gone = rig.control("nat", "forward", "rm", "tcp:8080");
            assertEquals(1, gone.exit(), gone.output());
            // Whom nobody expects is told so after the six seconds of RFC 5382 REQ-4, and not before.
            Commands.Result refused = rig.inServer("curl -sS --max-time 60 http://" + NatRig.PUBLIC + ":8080/file");
            assertEquals(7, refused.exit(), refused.output());

            assertEquals(
                    "10.61.0.1",
                    rig.inGuest("dig +tries=3 +time=10 +short gateway.pktkit A")
                            .expectSuccess()
                            .output()
                            .strip());
            assertEquals(
                    "10.61.0.1",
                    rig.inGuest("dig +tries=3 +time=10 +short +tcp gateway.pktkit A")
                            .expectSuccess()
                            .output()
                            .strip());
            String echo = rig.inGuest("ping -c 1 -W 30 " + NatRig.GATEWAY).output();
            assertTrue(echo.contains("1 received"), echo);
        }
    }

    @Test
    void shouldLeaveNothingBehind() throws IOException, InterruptedException {
        try (NatRig rig = new NatRig()) {
            int exit = rig.nat.interrupt();

            assertEquals(130, exit, "128 + SIGINT, as shells expect of a program ended by Ctrl-C");
            assertEquals(List.of("down"), rig.nat.rest());
            assertEquals(1, rig.inGuest("ip link show " + rig.inside).exit(), "left behind: " + rig.inside);
            assertEquals(1, rig.inServer("ip link show " + rig.outside).exit(), "left behind: " + rig.outside);
            Commands.Result nobody = rig.control("nat", "show");
            assertEquals(1, nobody.exit(), nobody.output());
            assertTrue(nobody.output().contains("no instance is running"), nobody.output());
        }
    }

    @Test
    void shouldSayThatItsInterfaceIsGone() throws IOException, InterruptedException {
        try (NatRig rig = new NatRig()) {
            rig.inGuest("ip link del " + rig.inside).expectSuccess();

            rig.nat.awaitLine("the interface is gone");
            assertEquals(1, rig.nat.awaitExit());
        }
    }
}
