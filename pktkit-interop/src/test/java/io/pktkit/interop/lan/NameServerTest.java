// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.Commands;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.lab.LanConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A Linux guest asks the name server of a LAN, behind which dnsmasq is, with dig and kdig. */
@NeedsPeer({"ip", "dig", "kdig", "dnsmasq"})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
class NameServerTest {
    // Loopback is a whole network, so nobody's port 53 is in the way.
    private final String upstream = "127.94." + ThreadLocalRandom.current().nextInt(1, 255) + "."
            + ThreadLocalRandom.current().nextInt(1, 255);

    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @SuppressWarnings("NullAway.Init")
    private Process dnsmasq;

    @SuppressWarnings("NullAway.Init")
    private GuestLan network;

    @SuppressWarnings("NullAway.Init")
    private TapGuest guest;

    @BeforeAll
    void bringUp() throws IOException {
        folder = Files.createTempDirectory("pktkit-dns");
        List<String> command = new ArrayList<>(List.of(
                "dnsmasq",
                "--no-daemon",
                "--conf-file=/dev/null",
                "--no-resolv",
                "--no-hosts",
                "--user=root",
                "--pid-file=",
                "--bind-interfaces",
                "--listen-address=" + upstream,
                "--local=/example/",
                "--host-record=www.example,198.51.100.7,2001:db8::7",
                "--host-record=evil.example,10.0.2.1",
                "--cname=alias.example,www.example",
                "--mx-host=example,mail.example,10",
                "--srv-host=_ldap._tcp.example,ldap.example,389,5,7",
                "--naptr-record=naptr.example,100,10,u,sip,!x!y!",
                "--txt-record=text.example,first,second"));
        for (int i = 0; i < 40; i++) {
            command.add("--txt-record=big.example," + "x".repeat(100) + i);
        }
        dnsmasq = Commands.start(command, folder.resolve("dnsmasq.log"));
        Path conf = Files.writeString(folder.resolve("resolv.conf"), "# caf\u00e9\nnameserver " + upstream + "\n");
        network = new GuestLan(LanConfig.builder().resolvConf(conf).build());
        guest = network.addGuest().address("10.0.2.50/24");
        guest.run("ip route add default via 10.0.2.1");
        guest.run(
                "for i in $(seq 50); do dig +tries=1 +time=1 @10.0.2.1 www.example | grep -q NOERROR && exit; done; exit 1");
    }

    @AfterAll
    void takeDown() {
        if (network != null) {
            network.close();
        }
        if (dnsmasq != null) {
            Commands.kill(dnsmasq);
        }
        Commands.run(TapLan.LIMIT, "rm", "-r", folder.toString());
    }

    private String dig(String arguments) {
        return guest.run("dig +tries=3 +time=20 @10.0.2.1 " + arguments);
    }

    /** The queries by which ISC tests servers for EDNS compliance, at a name of ours, one from upstream, and one that is nowhere. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "plain | +noedns +noad | NOERROR | -",
                "edns | +edns=0 +noad +nocookie | NOERROR | version: 0",
                "edns1 | +edns=1 +noednsneg +noad +nocookie | BADVERS | version: 0",
                "unknown option | +ednsopt=100 +nocookie | NOERROR | version: 0",
                "edns1 with an option | +edns=1 +noednsneg +ednsopt=100 +nocookie | BADVERS | version: 0",
                "do | +dnssec +nocookie | NOERROR | flags: do",
                "unknown flags | +ednsflags=0x40 +nocookie | NOERROR | flags:;",
                "do with edns1 | +edns=1 +noednsneg +dnssec +nocookie | BADVERS | version: 0",
                "cookie | +cookie=0102030405060708 | NOERROR | version: 0",
                "client subnet | +subnet=192.0.2.0/24 +nocookie | NOERROR | version: 0",
                "nsid | +nsid +nocookie | NOERROR | version: 0",
                "512 | +bufsize=512 +nocookie | NOERROR | version: 0",
                "header bit | +zflag +noedns | NOERROR | -",
                "tcp | +tcp +nocookie | NOERROR | version: 0",
                "tcp without edns | +tcp +noedns | NOERROR | -",
                "tcp with edns1 | +tcp +edns=1 +noednsneg | BADVERS | version: 0"
            })
    void shouldSpeakEdns(String what, String options, String status, String edns) {
        for (String name : List.of("gateway.pktkit", "www.example", "nowhere.pktkit")) {
            String output = dig(options + " " + name);

            String expected = name.startsWith("nowhere") && status.equals("NOERROR") ? "NXDOMAIN" : status;
            assertTrue(output.contains("status: " + expected + ","), what + ": " + output);
            assertEquals(!edns.equals("-"), output.contains("OPT PSEUDOSECTION"), what + ": " + output);
            assertTrue(edns.equals("-") || output.contains(edns), what + ": " + output);
            assertFalse(output.contains("MBZ"), what + ": " + output);
            assertFalse(output.contains("OPT=100") || output.contains("COOKIE: 01") || output.contains("NSID"), output);
            assertFalse(output.contains("Warning") || output.contains("malformed"), what + ": " + output);
        }
    }

    @Test
    void shouldRefuseOtherOpcodesAndClasses() {
        assertTrue(dig("+opcode=7 www.example").contains("status: NOTIMP"));
        assertTrue(dig("+header-only").contains("status: FORMERR"));
        assertTrue(dig("version.bind txt ch").contains("status: REFUSED"));
        assertTrue(dig("+noall +comments example axfr").contains("Transfer failed")
                || dig("example ixfr=1").contains("REFUSED"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "www.example",
                "alias.example",
                "_ldap._tcp.example srv",
                "naptr.example naptr",
                "example mx",
                "text.example txt",
                "www.example aaaa",
                "-x 198.51.100.7",
                "www.example any"
            })
    void shouldSayWhatUpstreamSays(String question) {
        String direct = Commands.run(TapLan.LIMIT, "sh", "-c", "dig +short @" + upstream + " " + question)
                .expectSuccess()
                .output();

        for (String option : List.of("", "+tcp ", "+noedns ")) {
            assertEquals(sorted(direct), sorted(dig("+short " + option + question)), question);
        }
        assertFalse(direct.isEmpty(), "upstream knows no " + question);
    }

    private static List<String> sorted(String lines) {
        return lines.lines().sorted().toList();
    }

    @Test
    void shouldCutWhatIsTooLongAndServeItOverTcp() {
        String cut = dig("+ignore +bufsize=4096 big.example txt");
        assertTrue(cut.contains("flags: qr tc"), cut);
        assertTrue(dig("+ignore +noedns big.example txt").contains("tc"), "512 octets");

        assertEquals(40, dig("+short big.example txt").lines().count());
        assertEquals(
                40,
                guest.run("kdig +short +tcp @10.0.2.1 big.example txt").lines().count());
    }

    @Test
    void shouldTakeAddressesOfTheNetworkOutOfAnswers() {
        String output = dig("evil.example");

        assertTrue(output.contains("status: NOERROR") && output.contains("ANSWER: 0"), output);
    }

    @Test
    void shouldSatisfyKdig() {
        String output =
                guest.run("kdig +edns=0 +nsid +padding=32 @10.0.2.1 www.example a gateway.pktkit a nowhere.pktkit a");
        assertTrue(
                output.contains("198.51.100.7") && output.contains("10.0.2.1") && output.contains("NXDOMAIN"), output);
        assertFalse(output.contains("WARNING") || output.contains("ERROR:"), output);
        String tcp = guest.run("kdig +tcp +keepopen @10.0.2.1 www.example a alias.example a big.example txt");
        assertTrue(tcp.contains("ANSWER: 40") && !tcp.contains("ERROR:"), tcp);
    }

    @Test
    void shouldServeManySideBySide() {
        String output = guest.run("for i in $(seq 200); do echo n$i.example; done > " + folder + "/names"
                + " && dig +noall +comments +tries=3 +time=20 @10.0.2.1 -f " + folder + "/names | grep -c NXDOMAIN");

        assertEquals("200", output.strip());
    }
}
