// SPDX-License-Identifier: MIT
package io.pktkit.interop.afxdp;

import static io.pktkit.interop.afxdp.XdpWire.LIMIT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.Pings;
import io.pktkit.interop.PktkitCommand;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code pktkit up --interface}: an interface of the host and the network behind it join the LAN. */
@NeedsPeer({"ip", "ping", "udhcpc", "dig"})
@Timeout(400)
class UpInterfaceTest {

    private static final String SUBNET = "10.0.2.0/24";
    private static final String GATEWAY = "10.0.2.1";

    private XdpWire wire;

    @BeforeEach
    void makeWire() {
        wire = new XdpWire();
    }

    @AfterEach
    void removeWire() throws IOException {
        wire.close();
    }

    private PktkitCommand up(String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("up", "--ipv6", "off", "--interface", XdpWire.OURS));
        arguments.addAll(List.of(more));
        return PktkitCommand.startIn(wire.here, arguments.toArray(String[]::new));
    }

    private void ping(String address) {
        Pings.expectAll(
                3,
                wire.there
                        .exec(LIMIT, "sh", "-c", Pings.command(3, "-i 0.1", address))
                        .output());
    }

    /** Whether a client at the other end gets a lease, for which it asks for long where it is to get one. */
    private boolean leases(boolean expected) {
        return wire.there
                .exec(
                        LIMIT,
                        "udhcpc",
                        "-i",
                        XdpWire.THEIRS,
                        "-n",
                        "-q",
                        "-t",
                        expected ? "40" : "2",
                        "-T",
                        "1",
                        "-s",
                        "/bin/true")
                .output()
                .contains("obtained");
    }

    /** Of the host's interface, whether or not the kernel has done with looking for duplicates. */
    private String addresses() {
        return wire.here("ip -brief addr show dev " + XdpWire.OURS);
    }

    private boolean resolves(boolean expected) {
        // What dig says of a server that is silent names that server too.
        return wire.there
                .exec(
                        LIMIT,
                        "dig",
                        "+tries=1",
                        "+time=" + (expected ? 40 : 2),
                        "+short",
                        "@" + GATEWAY,
                        "gateway.pktkit")
                .output()
                .lines()
                .anyMatch(GATEWAY::equals);
    }

    /** By a packet socket and by XDP; with and without services for the other end. */
    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void shouldJoinTheInterface(boolean xdp, boolean serve) throws Exception {
        List<String> more = new ArrayList<>();
        if (xdp) {
            // A client without an address is answered at the address of all, which stays the host's.
            more.addAll(List.of("--xdp", SUBNET, "--xdp", "255.255.255.255/32"));
        }
        if (serve) {
            more.add("--serve-interface");
        }
        // Its own of IPv6 comes a moment after the link, by itself.
        wire.here("until ip -brief addr show dev " + XdpWire.OURS + " | grep -q ' UP .*fe80:'; do sleep 0.02; done");
        String before = addresses();
        wire.there("ip addr add 10.0.2.200/24 dev " + XdpWire.THEIRS);
        try (PktkitCommand up = up(more.toArray(String[]::new))) {
            String ready = up.awaitLine("ready:");
            assertTrue(ready.contains("interface " + XdpWire.OURS), ready);
            if (xdp) {
                up.awaitLine("only " + SUBNET + " and 255.255.255.255/32 is taken, by XDP in driver mode, with a copy");
            }
            up.awaitLine("stop with");

            ping(XdpWire.OUR_ADDRESS); // the host is there as before
            ping(GATEWAY); // and so is the gateway of the LAN
            assertEquals(serve, leases(serve));
            assertEquals(serve, resolves(serve));
            assertEquals(before, addresses());
            assertEquals(xdp, wire.link().contains("xdp"), wire.link());

            assertEquals(0, up.interrupt() & ~130);
        }
        assertFalse(wire.link().contains("xdp"), wire.link());
        ping(XdpWire.OUR_ADDRESS);
    }

    @Test
    void shouldEndWhenTheInterfaceIsDeleted() throws Exception {
        try (PktkitCommand up = up("--xdp", SUBNET)) {
            up.awaitLine("stop with");

            wire.here("ip link del " + XdpWire.OURS);

            up.awaitLine("--interface " + XdpWire.OURS + ": the interface is gone");
            assertEquals(1, up.awaitExit());
        }
    }

    @Test
    void shouldNameTheMtuThatDoesNotFit() throws Exception {
        wire.here("ip link set " + XdpWire.OURS + " mtu 1400");
        try (PktkitCommand up = up()) {
            up.awaitLine("give --mtu 1400");
            assertTrue(up.awaitExit() != 0);
        }
    }
}
