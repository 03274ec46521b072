// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.hub.guard.GuardReason;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.lab.LanConfig;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The attacks on IPv6 neighbours of thc-ipv6 by one guest, each for a few seconds and inside the test's namespaces only,
 * while another guest goes on with IPv4 and IPv6. Skipped where thc-ipv6 is missing, also where peers are required: not
 * every distribution has it.
 */
@NeedsPeer(
        value = {"ip", "ping", "timeout", "stdbuf"},
        optional = "atk6-parasite6")
@Timeout(300)
class ThcTest {
    private static final String PEER = "fd77::70";

    private GuestLan network;
    private TapGuest attacker;
    private TapGuest victim;
    private TapGuest peer;

    @BeforeEach
    void bringUp() throws IOException {
        network = new GuestLan(LanConfig.builder().build());
        attacker = network.addGuest().address("10.0.2.66/24").address("fd77::66/64");
        victim = network.addGuest().address("10.0.2.20/24").address("fd77::20/64");
        peer = network.addGuest().address("fd77::70/64");
        attacker.pingUntilAnswered(GuestLan.GATEWAY);
        victim.pingUntilAnswered(GuestLan.GATEWAY);
        victim.pingUntilAnswered(PEER);
    }

    @AfterEach
    void tearDown() {
        if (network != null) {
            network.close();
        }
    }

    private Program attack(String command) throws IOException {
        return attacker.start("timeout -s KILL 90 nice stdbuf -oL " + command);
    }

    private void assertService() {
        victim.pingWithoutLoss(GuestLan.GATEWAY);
        victim.pingWithoutLoss(PEER);
        assertEquals(peer.mac, victim.neighbor(PEER));
        assertEquals(GuestLan.GATEWAY_MAC, victim.neighbor(GuestLan.GATEWAY));
    }

    @Test
    void shouldWithstandFakeRouter6() throws IOException {
        victim.run("sysctl -qw net.ipv6.conf.$IF.accept_ra=1");
        for (String disguise : new String[] {"", "-H", "-F", "-D"}) {
            long before = dropped(GuardReason.ROUTER) + dropped(GuardReason.UNDETERMINED);
            Program tool = attack("atk6-fake_router6 " + disguise + " $IF 2001:db8:bad::/64");
            attacker.awaitGuarded(before + 1, GuardReason.ROUTER, GuardReason.UNDETERMINED);
            tool.close();
        }

        assertService();
        String all = victim.ipv6();
        assertFalse(all.contains("2001:db8") || all.contains("default via " + attacker.linkLocal), all);
    }

    @Test
    void shouldWithstandParasite6() throws IOException, InterruptedException {
        try (Program tool = attack("atk6-parasite6 -l $IF")) {
            tool.awaitLine("Started");
            awaitSpoof(() -> victim.run("ip -6 neigh flush dev $IF; ping -c 3 -i 0.1 -W 5 " + PEER));

            assertService();
        }
    }

    @Test
    void shouldWithstandFloodAdvertise6() throws IOException {
        attack("atk6-flood_advertise6 $IF");
        attacker.awaitDropped(1000, DropReason.PORT_SECURITY);

        assertService();
    }

    @Test
    void shouldWithstandDosNewIp6() throws IOException, InterruptedException {
        victim.run("sysctl -qw net.ipv6.conf.$IF.accept_dad=1");
        try (Program tool = attack("atk6-dos-new-ip6 $IF")) {
            tool.awaitLine("Started");
            int[] number = {0x100};
            awaitSpoof(() -> {
                String address = "fd77::" + Integer.toHexString(number[0]++);
                victim.run("ip addr add " + address + "/64 dev $IF");
                String state = victim.run("ip -6 addr show to " + address);
                while (state.contains("tentative") && !state.contains("dadfailed")) {
                    state = victim.run("ip -6 addr show to " + address);
                }
                assertTrue(state.contains(address) && !state.contains("dadfailed"), state);
            });

            assertService();
        }
    }

    /** Tries what the tool answers until it was seen to answer: it tells that it runs before it listens. */
    private void awaitSpoof(Runnable trial) {
        long end = System.nanoTime() + TapLan.LIMIT.toNanos() / 2;
        long before = attacker.port.dropped(DropReason.GUARDED) + attacker.port.dropped(DropReason.PORT_SECURITY);
        do {
            assertTrue(System.nanoTime() - end < 0, () -> "the tool does nothing: " + attacker.guarded());
            trial.run();
        } while (attacker.port.dropped(DropReason.GUARDED) + attacker.port.dropped(DropReason.PORT_SECURITY) == before);
    }

    private long dropped(GuardReason reason) {
        return attacker.port.guarded(reason);
    }
}
