// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.hub.guard.GuardReason;
import io.pktkit.interop.HostServer;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.lab.LanConfig;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A guest that uses addresses of others gets nowhere with it, and one that uses its own is let be. */
@NeedsPeer({"ip", "ping", "curl", "dhclient", "scapy", "sha256sum"})
@Timeout(300)
class SpoofingTest {
    private static final List<GuardReason> TOLD = List.of(
            GuardReason.BAD_STATION,
            GuardReason.STACKED_TAG,
            GuardReason.LINK_CONTROL,
            GuardReason.ROUTER,
            GuardReason.STATION_MISMATCH,
            GuardReason.PROTECTED,
            GuardReason.IN_USE);

    private HostServer server;
    private GuestLan network;
    private TapGuest first;
    private TapGuest second;
    private TapGuest third;

    @BeforeEach
    void bringUp() throws IOException {
        server = new HostServer();
        network = new GuestLan(LanConfig.builder().allowHost(server.port()).build());
        first = network.addGuest();
        second = network.addGuest();
        third = network.addGuest().address("10.0.2.70/24").address("fd77::70/64");
    }

    @AfterEach
    void tearDown() {
        network.close();
        server.close();
    }

    @Test
    void shouldServeAGuestWhileAnotherPretendsToBeEverybody() throws IOException, InterruptedException {
        TapGuest attacker = first.address("10.0.2.66/24");
        TapGuest victim = second;
        network.dhclient(victim, 2);
        victim.address("fd77::20/64");
        String address = victim.run("ip -4 -o addr show dev $IF").replaceAll("(?s).*inet ([0-9.]+)/.*", "$1");
        attacker.pingUntilAnswered(GuestLan.GATEWAY);
        victim.pingUntilAnswered(GuestLan.GATEWAY);
        victim.pingUntilAnswered("fd77::70");
        victim.tryRun("ping -c 1 -W 1 " + GuestLan.DHCP); // it need not answer more than ARP
        String dhcp = victim.neighbor(GuestLan.DHCP);

        Program storm = attacker.start("/usr/bin/python3 -W ignore " + network.unpack("attack.py") + " storm $IF "
                + String.join(" ", attacker.mac, "10.0.2.66", victim.mac, address, "fd77::70", dhcp));
        storm.awaitLine("round 200"); // for longer than after what a silent station may move
        victim.pingWithoutLoss(GuestLan.GATEWAY);
        victim.pingWithoutLoss("fd77::70");
        assertDownload(victim);
        storm.awaitLine("round");
        storm.signal("TERM");
        String replies = storm.awaitLine("replies");

        victim.pingWithoutLoss(GuestLan.GATEWAY);
        victim.pingWithoutLoss("fd77::70");
        assertDownload(victim);
        assertEquals(GuestLan.GATEWAY_MAC, victim.neighbor(GuestLan.GATEWAY));
        assertEquals(third.mac, victim.neighbor("fd77::70"));
        assertEquals("replies 0", replies, "answers to a unicast packet that was broadcast");
        attacker.pingUntilAnswered(GuestLan.GATEWAY);
        for (GuardReason reason : TOLD) {
            assertTrue(attacker.port.guarded(reason) > 0, reason + " of " + attacker.guarded());
        }
        assertTrue(attacker.port.dropped(DropReason.PORT_SECURITY) > 0, "the gateway's station");
        assertTrue(attacker.port.dropped(DropReason.MOVE_DAMPED) > 0, "the victim's station");
        for (GuardReason reason : GuardReason.values()) {
            boolean answered = reason == GuardReason.ANSWER;
            assertTrue(answered || victim.port.guarded(reason) == 0, "of the victim: " + victim.guarded());
        }
    }

    private void assertDownload(TapGuest guest) throws IOException {
        long length = 20 << 20;
        String digest = guest.run("curl -sSf -m 80 http://" + GuestLan.GATEWAY + ":" + server.port() + "/data/" + length
                + " | sha256sum");
        assertEquals(HostServer.sha256(length), digest.substring(0, 64));
    }

    @Test
    void shouldServeGuestsWithoutDhcp() {
        first.address("10.0.2.40/24");
        second.address("fd77::41/64");

        first.pingUntilAnswered(GuestLan.GATEWAY);
        first.pingWithoutLoss(GuestLan.GATEWAY);
        second.pingUntilAnswered("fd77::70");
        second.pingWithoutLoss("fd77::70");
        second.pingWithoutLoss(third.linkLocal + "%" + second.name);
    }

    @ParameterizedTest
    @CsvSource({"10.0.2.40/24, 10.0.2.70", "fd77::40/64, fd77::70"})
    void shouldGiveAnAddressToAnotherOnlyOnceItsHolderIsGone(String address, String peer) {
        first.address(address);
        first.pingUntilAnswered(peer);

        second.address(address);
        String refused = second.tryRun("ping -c 15 -i 0.2 -W 1 " + peer).output();

        assertTrue(refused.contains(" 100% packet loss"), refused);
        assertTrue(second.port.guarded(GuardReason.IN_USE) > 0, second.guarded());
        first.pingWithoutLoss(peer);

        first.run("ip link set $IF down");

        second.run("ping -c 1 -i 0.2 -w 60 " + peer);
        second.pingWithoutLoss(peer);
        assertEquals(second.mac, third.neighbor(address.replaceAll("/.*", "")));
    }
}
