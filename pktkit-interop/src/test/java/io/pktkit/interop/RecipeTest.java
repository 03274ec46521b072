// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The README's guest, to the letter, with the machine's own dhclient and its own script: it works, and leaves the host as
 * it was. It runs in a mount namespace of its own, where {@code /etc}, {@code /run} and dhclient's state are copies.
 */
@NeedsPeer({"ip", "dhclient", "curl", "getent", "unshare", "mount", "bash"})
class RecipeTest {
    private static final String SETUP = """
            set -eu
            mount --make-rprivate /
            mkdir %1$s/etc
            mount -t tmpfs tmpfs %1$s/etc
            cp -a /etc/. %1$s/etc
            mount --bind %1$s/etc /etc
            mount -t tmpfs tmpfs /run
            mount -t tmpfs tmpfs /var/lib/dhcp
            printf 'nameserver 192.0.2.53\\n' >%1$s/wanted
            rm -f /etc/resolv.conf
            cp %1$s/wanted /etc/resolv.conf
            snapshot() { (cd /etc && find . -path ./netns -prune -o -print | sort; cat /etc/resolv.conf) }
            snapshot >%1$s/before
            """;

    private static final String CHECK = """
            snapshot >%1$s/during
            diff %1$s/before %1$s/during
            echo host-intact
            ip netns exec %2$s getent ahostsv4 gateway.pktkit
            pid=$(cat /run/dhclient.pid)
            kill -0 "$pid"
            """;

    /**
     * The guest learns where the DHCP server is. dhclient sends its release and takes the interface down without a look back
     * (it is sent once and not answered, RFC 2131 section 4.4.6): a release that waits for address resolution may be lost.
     */
    private static final String RESOLVE = """
            ip netns exec %2$s bash -c 'echo >/dev/udp/10.0.2.2/9'
            until ip netns exec %2$s ip neighbour show 10.0.2.2 | grep -q lladdr; do sleep 0.05; done
            """;

    private static final String END = """
            snapshot >%1$s/after
            diff %1$s/before %1$s/after
            while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
            echo all-gone
            """;

    @TempDir
    Path folder;

    @Test
    void shouldLeaveTheHostAsItWas() throws IOException, InterruptedException {
        String number = Integer.toHexString(ThreadLocalRandom.current().nextInt() & 0xffffff);
        String tap = "pk" + number;
        String guest = "guest" + number;
        String readme = Files.readString(Path.of(System.getProperty("pktkit.root"), "README.md"));
        String come = recipe(readme, "ip netns add guest", tap, guest);
        String go = recipe(readme, "ip netns exec guest dhclient -r pk0", tap, guest);
        try (ExampleServers servers = new ExampleServers();
                PktkitCommand up =
                        PktkitCommand.start("up", "--tap", tap, "--allow-host", "8080=127.0.0.1:" + servers.pages())) {
            up.awaitLine("ready");
            Path script = folder.resolve("script");
            Files.writeString(script, (SETUP + come + CHECK + RESOLVE + go + END).formatted(folder, guest));

            String output = Commands.run(Duration.ofSeconds(90), "unshare", "--mount", "sh", script.toString())
                    .expectSuccess()
                    .output();

            assertTrue(output.contains("hello"), output);
            assertTrue(output.contains("host-intact") && output.contains("all-gone"), output);
            assertTrue(output.contains("10.0.2.1"), "the guest resolves names: " + output);
            up.awaitLine("joined");
            up.awaitLine("released");
            assertEquals(130, up.interrupt());
        }
    }

    /** The indented block of the README that begins with a line, with names that nobody else on this machine uses. */
    private static String recipe(String readme, String first, String tap, String guest) {
        int start = readme.indexOf("    " + first + "\n");
        assertTrue(start >= 0, "the README has no '" + first + "'");
        return readme.substring(start)
                .lines()
                .takeWhile(line -> line.startsWith("    "))
                .map(line -> line.strip().replace("pk0", tap).replaceAll("\\bguest\\b", guest) + "\n")
                .collect(Collectors.joining())
                .replace("%", "%%");
    }
}
