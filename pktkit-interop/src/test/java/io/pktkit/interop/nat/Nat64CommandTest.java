// SPDX-License-Identifier: MIT
package io.pktkit.interop.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.Await;
import io.pktkit.interop.Commands;
import io.pktkit.interop.FreePorts;
import io.pktkit.interop.NeedsPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A Linux guest that has IPv6 alone, and reaches an IPv4 server by its name. */
@NeedsPeer({"ip", "curl", "ping", "python3", "dig", "dnsmasq", "rdisc6"})
@Timeout(400)
class Nat64CommandTest {

    @Test
    void shouldReachAnIpv4ServerByName() throws IOException, InterruptedException {
        int port = FreePorts.udp();
        Path log = Files.createTempFile("pktkit-dnsmasq", ".out");
        Process names = Commands.start(
                List.of(
                        "dnsmasq",
                        "--no-daemon",
                        "--port=" + port,
                        "--listen-address=127.0.0.1",
                        "--bind-interfaces",
                        "--no-resolv",
                        "--no-hosts",
                        "--host-record=server.test," + NatRig.SERVER,
                        "--host-record=both.test," + NatRig.SERVER + ",2001:db8::7"),
                log);
        try (NatRig rig = new NatRig("--nat64", "64:ff9b::/96", "--dns", "127.0.0.1:" + port)) {
            // It says so once its sockets are open.
            Await.until(() -> Commands.read(log), () -> Commands.read(log).contains("started, version"));
            String gateway = rig.ready.replaceAll(".* IPv6 ([0-9a-f:]+)/64.*", "$1");
            // It asks for a router, as a host without a resolver of its own does, and is told the prefix (RFC 8781).
            String advertised = rig.inGuest("rdisc6 -1 -r 10 " + rig.inside).output();
            assertTrue(advertised.contains(gateway), advertised);
            rig.inGuest("for i in $(seq 600); do ip -6 addr show dev " + rig.inside
                            + " scope global | grep -q inet6 && break; sleep 0.1; done;"
                            + " echo nameserver " + gateway + " >/etc/resolv.conf")
                    .expectSuccess();
            assertEquals("", rig.inGuest("ip -4 -o addr show dev " + rig.inside).output(), "no IPv4");
            rig.serve(rig.server, NatRig.SERVER, 8000, "by its name");

            assertEquals(
                    "by its name",
                    rig.inGuest(NatRig.fetch("http://server.test:8000/file"))
                            .expectSuccess()
                            .output());
            assertEquals(
                    "64:ff9b::c633:6407\n",
                    rig.inGuest("dig +tries=3 +time=10 +short server.test AAAA").output());
            assertEquals(
                    "2001:db8::7\n",
                    rig.inGuest("dig +tries=3 +time=10 +short both.test AAAA").output());
            assertEquals(
                    List.of("64:ff9b::c000:aa", "64:ff9b::c000:ab"),
                    rig.inGuest("dig +tries=3 +time=10 +short ipv4only.arpa AAAA")
                            .output()
                            .lines()
                            .sorted()
                            .toList());
            String hop = rig.inGuest("ping -n -c 1 -t 1 -W 30 server.test").output();
            assertTrue(hop.contains("From " + gateway) && hop.contains("Time exceeded"), hop);
            String echo = rig.inGuest("ping -n -c 1 -W 30 server.test").output();
            assertTrue(echo.contains("ttl=63"), echo);
        } finally {
            Commands.kill(names);
            Files.deleteIfExists(log);
        }
    }
}
