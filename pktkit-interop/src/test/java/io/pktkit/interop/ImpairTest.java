// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code up --impair}: a guest's link is as bad as was asked for, and a name that is no guest's is refused. */
@NeedsPeer({"ip", "dhclient", "ping"})
class ImpairTest {
    private static final Pattern FASTEST = Pattern.compile("rtt min/avg/max/mdev = ([0-9.]+)/");

    @Test
    void shouldDelayInEachDirection() throws IOException, InterruptedException {
        try (Guest guest = new Guest("--impair", "delay=30ms")) {
            guest.dhclient();

            String output = guest.shell("ping -c 5 -i 0.2 -W 5 10.0.2.1")
                    .expectSuccess()
                    .output();

            Matcher rtt = FASTEST.matcher(output);
            assertTrue(rtt.find(), output);
            assertTrue(Double.parseDouble(rtt.group(1)) >= 60, output);
        }
    }

    /** Of 200 pings 38 are lost on the average, with a standard deviation of 5.5: the bounds are five of these away. */
    @Test
    void shouldLoseInEachDirection() throws IOException, InterruptedException {
        try (Guest guest = new Guest("--impair", "loss=10% seed=7")) {
            // A lease and the gateway's station would need frames that may be lost; the pings alone are counted.
            guest.shell("ip addr add 10.0.2.100/24 dev " + guest.tap + " && ip link set " + guest.tap + " up && "
                            + "until ping -c 1 -W 1 10.0.2.1 >/dev/null; do :; done && "
                            + "ip neigh change 10.0.2.1 nud permanent dev " + guest.tap
                            + " lladdr $(ip neigh show 10.0.2.1 | sed 's/.*lladdr \\([0-9a-f:]*\\).*/\\1/')")
                    .expectSuccess();
            String output = guest.shell("ping -q -c 200 -i 0.01 -W 1 10.0.2.1").output();

            Matcher received =
                    Pattern.compile("200 packets transmitted, (\\d+) received").matcher(output);
            assertTrue(received.find(), output);
            int lost = 200 - Integer.parseInt(received.group(1));
            assertTrue(lost >= 10 && lost <= 66, output);
        }
    }

    @Test
    void shouldNameAnAttachmentThatIsNotThere() {
        String tap = "pk" + Integer.toHexString(ThreadLocalRandom.current().nextInt() & 0xffffff);

        Commands.Result result = PktkitCommand.run("up", "--tap", tap, "--impair", "pk-other=loss=1%");

        UpLifecycleTest.assertRefused(result, "pk-other");
        assertTrue(result.output().contains(tap), "and what there is: " + result.output());
        assertEquals(
                1,
                Commands.run(Duration.ofSeconds(20), "ip", "link", "show", tap).exit());
    }
}
