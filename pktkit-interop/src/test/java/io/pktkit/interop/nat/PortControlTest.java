// SPDX-License-Identifier: MIT
package io.pktkit.interop.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pktkit.interop.NeedsPeer;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Stock clients of UPnP and NAT-PMP at {@code pktkit nat --upnp}. */
@NeedsPeer({"ip", "curl", "python3", "dhclient"})
@Timeout(600)
class PortControlTest {

    private static NatRig rig;
    private static String own;

    @BeforeAll
    static void bringUp() throws IOException, InterruptedException {
        rig = new NatRig(NatRig.ORDINARY, List.of("--upnp"));
        own = rig.lease();
        rig.serve(rig.guest, own, 9000, "inside says hello");
    }

    @AfterAll
    static void takeDown() throws IOException {
        if (rig != null) {
            rig.close();
        }
    }

    /** Once more where it has found nobody, for whom it waits a few seconds of its own whatever else the machine does. */
    private static String upnpc(String arguments) {
        String output = "";
        for (int i = 0; i < 5; i++) {
            output = rig.inGuest("upnpc " + arguments + " 2>&1").output();
            if (!output.contains("No valid UPNP") && !output.contains("No IGD UPnP") && !output.contains("timed out")) {
                break;
            }
        }
        return output;
    }

    private static void contains(String text, String wanted) {
        assertTrue(text.contains(wanted), "no '" + wanted + "' in: " + text);
    }

    /** All commands that upnpc has for an IPv4 gateway. */
    @Test
    @NeedsPeer("upnpc")
    void shouldServeUpnpc() {
        String status = upnpc("-s");
        contains(status, "Found valid IGD");
        contains(status, "Connection Type : IP_Routed");
        contains(status, "Status : Connected");
        contains(status, "ExternalIPAddress = " + NatRig.ORDINARY);
        contains(status, "Packets:");

        contains(
                upnpc("-e web -a " + own + " 9000 8080 tcp 600"),
                "8080 TCP is redirected to internal " + own + ":9000");
        assertEquals(
                "inside says hello",
                rig.inServer(NatRig.fetch("http://" + NatRig.ORDINARY + ":8080/file"))
                        .expectSuccess()
                        .output());
        String list = upnpc("-l");
        contains(list, "TCP  8080->" + own + ":9000  'web' ''");
        contains(list, "returned 713");
        contains(upnpc("-a 10.61.0.99 9000 8081 tcp"), "failed with code 606");
        contains(upnpc("-a " + own + " 9001 80 tcp"), "failed with code 606");
        contains(upnpc("-n " + own + " 9001 8080 udp 600"), "8080 UDP is redirected to internal " + own + ":9001");
        contains(upnpc("-r 9002 tcp 9003 9004 udp"), "9004 UDP is redirected to internal " + own + ":9003");
        contains(upnpc("-L"), "8080->" + own);
        contains(upnpc("-N 9000 9010 udp"), "DeletePortMappingRange() returned : 0");
        contains(upnpc("-d 8080 tcp"), "DeletePortMapping() returned : 0");
        contains(upnpc("-d 8080 tcp"), "failed with code : 714");
        list = upnpc("-l");
        assertFalse(list.contains("TCP  8080"), list);
        assertFalse(list.contains("9004"), list);
        contains(upnpc("-S"), "Bytes:");
        contains(upnpc("-P"), "Found valid IGD");
    }

    /** The library by Python, in the way that programs use it. */
    @Test
    void shouldServeMiniupnpcOfPython() throws IOException {
        String program = "import miniupnpc as m; u = m.UPnP(); u.discoverdelay = 1500\n"
                + "any(u.discover() for _ in range(10))\n" // as upnpc() does
                + "print(u.selectigd() != '', u.externalipaddress(), u.statusinfo()[0],"
                + " u.connectiontype())\n"
                + "print(u.addportmapping(8090, 'TCP', u.lanaddr, 9000, 'by python', ''))\n"
                + "print(u.getspecificportmapping(8090, 'TCP')[:3])\n"
                + "print(u.getgenericportmapping(99))\n"
                + "print(u.deleteportmapping(8090, 'TCP'), u.getspecificportmapping(8090, 'TCP'))\n";
        java.nio.file.Path script = java.nio.file.Files.writeString(rig.folder.resolve("igd.py"), program);
        String output =
                rig.inGuest("/usr/bin/python3 " + script).expectSuccess().output();
        contains(output, NatRig.ORDINARY + " Connected IP_Routed");
        contains(output, "('" + own + "', 9000, 'by python')");
        contains(output, "True None");
    }

    /** GNOME's control point finds the service, calls its actions and hears of what they change. */
    @Test
    void shouldServeTheControlPointOfGupnp() throws IOException {
        boolean here = rig.inGuest("/usr/bin/python3 -c \"import gi; gi.require_version('GUPnP', '1.6')\"")
                        .exit()
                == 0;
        assumeTrue(here || "required".equals(System.getenv("PKTKIT_INTEROP")), "no GUPnP for Python");
        java.nio.file.Path script = rig.folder.resolve("gupnp.py");
        try (var in = Objects.requireNonNull(PortControlTest.class.getResourceAsStream("/gupnp.py"))) {
            java.nio.file.Files.write(script, in.readAllBytes());
        }
        String output = rig.inGuest("/usr/bin/python3 " + script + " " + rig.inside + " " + own)
                .expectSuccess()
                .output();
        contains(output, "found urn:schemas-upnp-org:service:WANIPConnection:2");
        contains(output, "event ExternalIPAddress " + NatRig.ORDINARY);
        contains(output, "GetExternalIPAddress " + NatRig.ORDINARY);
        contains(output, "GetStatusInfo Connected ERROR_NONE");
        contains(output, "GetSpecificPortMappingEntry " + own + " 9000");
        contains(output, "GetGenericPortMappingEntry fault 713");
        contains(output, "one more");
        contains(output, "DeletePortMapping");
        contains(output, "as before");
    }

    @Test
    @NeedsPeer("natpmpc")
    void shouldServeNatpmpc() {
        contains(rig.inGuest("natpmpc").expectSuccess().output(), "Public IP address : " + NatRig.ORDINARY);
        String mapped =
                rig.inGuest("natpmpc -a 8070 9000 tcp 300").expectSuccess().output();
        contains(mapped, "Mapped public port 8070 protocol TCP to local port 9000 liftime 300");
        assertEquals(
                "inside says hello",
                rig.inServer(NatRig.fetch("http://" + NatRig.ORDINARY + ":8070/file"))
                        .expectSuccess()
                        .output());
        contains(rig.control("nat", "forward", "ls").output(), own + ":9000 = " + NatRig.ORDINARY + ":8070");
        contains(rig.inGuest("natpmpc -a 8070 9000 tcp 0").expectSuccess().output(), "liftime 0");
        assertFalse(rig.control("nat", "show").output().contains(":8070"));
    }
}
