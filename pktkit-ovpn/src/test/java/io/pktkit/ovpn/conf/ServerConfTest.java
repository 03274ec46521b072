// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.OvpnLimits;
import io.pktkit.ovpn.client.ClientIdentity;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.client.Topology;
import io.pktkit.ovpn.pki.OvpnEndpoint;
import io.pktkit.ovpn.pki.OvpnPki;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerConfTest {

    /** As install scripts and distributions write them, with a comment of each kind. */
    private static final String SMALL = """
            # the server
            local 192.0.2.1
            port 1195
            proto udp
            dev tun
            ca ca.crt
            cert server.crt
            key server.key  ; secret
            dh none
            tls-crypt-v2 tls-crypt-v2.key
            crl-verify crl.pem
            topology subnet
            server 10.9.0.0 255.255.255.0
            ifconfig-pool 10.9.0.100 10.9.0.200
            ifconfig-pool-persist ipp.txt
            push "redirect-gateway def1 bypass-dhcp"
            push "dhcp-option DNS 9.9.9.9"
            push "route 192.168.7.0 255.255.255.0"
            push "block-outside-dns"
            keepalive 10 120
            data-ciphers AES-256-GCM:?AES-128-CCM:CHACHA20-POLY1305
            cipher AES-256-CBC
            auth SHA512
            max-clients 20
            user nobody
            group nogroup
            persist-key
            persist-tun
            status openvpn-status.log
            verb 3
            explicit-exit-notify 1
            """;

    @TempDir
    Path folder;

    @BeforeEach
    void makeKeys() throws IOException {
        OvpnPki.init(folder.resolve("pki"), OvpnEndpoint.of("localhost"));
    }

    private ServerConf read(String text) throws IOException {
        return ServerConf.read(Files.writeString(folder.resolve("pki/server.conf"), text));
    }

    @Test
    void shouldReadTheFileOfASmallServer() throws IOException {
        ServerConf conf = read(SMALL);
        assertEquals(1195, conf.port());
        assertEquals(List.of(IpAddress.parse("192.0.2.1")), conf.local());
        assertEquals(IpPrefix.parse("10.9.0.1/24"), conf.subnet(IpFamily.IPV4));
        assertEquals(List.of(IpAddress.parse("10.9.0.100"), IpAddress.parse("10.9.0.200")), conf.pool());
        assertFalse(conf.isTap() || conf.isTcp() || conf.isClientToClient());
        ClientSettings pushed = conf.pushed();
        assertEquals("def1 bypass-dhcp", pushed.redirectGateway());
        assertEquals(List.of(IpAddress.parse("9.9.9.9")), pushed.dnsServers());
        assertEquals(List.of(IpPrefix.parse("192.168.7.0/24")), pushed.routes());
        assertEquals(List.of("block-outside-dns"), pushed.options());
        assertNotNull(conf.serverConfig(null).build());
    }

    @Test
    void shouldReadWhatIsInline() throws IOException {
        StringBuilder text = new StringBuilder("server 10.9.0.0 255.255.255.0\nkey-direction 0\n");
        for (String[] inline : new String[][] {
            {"ca", "ca.crt"}, {"cert", "server.crt"}, {"key", "server.key"}, {"tls-crypt-v2", "tls-crypt-v2.key"}
        }) {
            text.append("<" + inline[0] + ">\n")
                    .append(Files.readString(folder.resolve("pki").resolve(inline[1])))
                    .append("</" + inline[0] + ">\n");
        }
        assertNotNull(read(text.toString()).serverConfig(null).build());
    }

    @Test
    void shouldTakeCertificatesOfAFolderWhereItNamesNone() throws IOException {
        ServerConf conf = read("server 10.9.0.0 255.255.255.0\nport 1196\nproto tcp-server\ndev tap0\n");
        assertTrue(conf.isTcp() && conf.isTap());
        assertNotNull(conf.serverConfig(OvpnPki.open(folder.resolve("pki"))).build());
        IOException none = assertThrows(IOException.class, () -> conf.serverConfig(null));
        assertTrue(String.valueOf(none.getMessage()).contains("ca, cert and key are needed"), none.toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "secret static.key | secret: a static key has no forward secrecy; make certificates",
                "up /etc/up.sh | up: no script is run here",
                "comp-lzo | comp-lzo: nothing is compressed",
                "push \"comp-lzo yes\" | push: nothing is compressed",
                "push \"topology subnet\" | push: topology is pushed as it is settled",
                "client | client: this is for a client",
                "nonsense 1 | nonsense: is not done here; remove the line",
                "proto sctp | proto: udp or tcp-server is needed, not sctp",
                "port 70000 | port: a port is 1 to 65535, not 70000",
                "port | port: a port is missing",
                "server 10.9.0.1 255.255.255.0 | server: the network is 10.9.0.0/24",
                "server 10.9.0.0 255.0.255.0 | server: a netmask has its ones first",
                "server-ipv6 fd09::/127 | server-ipv6: an IPv6 network of at least four addresses is needed, not fd09::/127",
                "server-ipv6 fd09::/128 | server-ipv6: an IPv6 network of at least four addresses is needed, not fd09::/128",
                "server-ipv6 10.9.0.0/24 | server-ipv6: an IPv6 network of at least four addresses is needed",
                "cipher BF-CBC | cipher: BF-CBC is not done here, as it is weak",
                "data-ciphers AES-256-GCM:DES-CBC | data-ciphers: DES-CBC is none of AES-256-GCM",
                "auth MD5 | auth: SHA1, SHA224",
                "tls-version-min 1.3 | tls-version-min: TLS 1.2 is always there",
                "verify-client-cert maybe | verify-client-cert: require, optional or none",
                "remote-cert-tls server | remote-cert-tls: client is what a server can ask for, not server",
                "remote-cert-eku clientAuth | remote-cert-eku: an object identifier such as",
                "topology p2p | topology: subnet or net30",
                "reneg-sec 2 | reneg-sec: ",
                "auth-gen-token 30 | auth-gen-token: a lifetime is 60 to 31536000 seconds, or 0 for as long as can be, not 30; raise it",
                "auth-gen-token x | auth-gen-token: a lifetime is a number, not x",
                "tls-crypt-v2 tls-crypt-v2.key force-cookie | tls-crypt-v2: \"force-cookie\" behind it is not done here; leave it out",
                "auth-gen-token 3600 0 external-auth | auth-gen-token: \"0\" behind it is not done here; leave it out",
                "server 10.9.0.0 255.255.255.0 nopool | server: \"nopool\" behind it is not done here",
                "mssfix 1400 fixed | mssfix: \"fixed\" behind it is not done here",
                "push \"route 10.1.0.0\" 255.255.0.0 | push: \"255.255.0.0\" behind it is not done here",
                "reneg-sec 3600 3000 | reneg-sec: \"3000\" behind it is not done here",
                "duplicate-cn yes | duplicate-cn: \"yes\" behind it is not done here",
                "\"half | a quote \" has no end",
                "<ca> | <ca> has no end </ca>"
            })
    void shouldNameLineAndRemedyOfWhatItCannotDo(String line, String problem) {
        ServerConfException refused = assertThrows(
                ServerConfException.class,
                () -> read("# first\n" + line + "\n").serverConfig(OvpnPki.open(folder.resolve("pki"))));
        assertEquals(2, refused.line());
        String expected = folder.resolve("pki/server.conf") + " line 2: " + problem;
        assertTrue(String.valueOf(refused.getMessage()).startsWith(expected), refused.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tls-crypt-v2 tls-crypt-v2.key allow-noncookie",
                "tls-version-min 1.2 or-highest",
                "mssfix 1400 mtu",
                "mssfix",
                "keepalive 10 60",
                "user nobody",
                "log-append /var/log/openvpn.log",
                "setenv opt block-outside-dns"
            })
    void shouldTakeEachWordThatItDoesOrThatMakesNoDifference(String line) throws IOException {
        assertNotNull(read("server 10.9.0.0 255.255.255.0\n" + line + "\n")
                .serverConfig(OvpnPki.open(folder.resolve("pki")))
                .build());
    }

    @Test
    void shouldNameWhatItCannotDoForAClient() throws IOException {
        Path clients = Files.createDirectory(folder.resolve("ccd"));
        ClientConfigs configs =
                new ClientConfigs(clients, false, IpPrefix.parse("10.9.0.1/24"), IpPrefix.parse("fd09::1/64"));
        ClientSettings toAll = ClientSettings.builder().build();
        Files.writeString(clients.resolve("bob"), "iroute 172.16.0.0 255.255.0.0 9\n");
        IOException refused = assertThrows(IOException.class, () -> configs.settingsFor(named("bob"), toAll));
        assertTrue(
                String.valueOf(refused.getMessage()).contains("line 1: iroute: \"9\" behind it"), refused.toString());
        Files.writeString(clients.resolve("alice"), "ifconfig-ipv6-push fd09::7/64 fd09::9\n");
        assertEquals(
                IpAddress.parse("fd09::9"),
                configs.settingsFor(named("alice"), toAll).gateway(IpFamily.IPV6));
    }

    @Test
    void shouldTakeKeepaliveOrPingButNotBoth() throws IOException {
        OvpnPki pki = OvpnPki.open(folder.resolve("pki"));
        assertNotNull(read("server 10.9.0.0 255.255.255.0\nping 10\nping-restart 60\n")
                .serverConfig(pki));
        ServerConfException refused =
                assertThrows(ServerConfException.class, () -> read("keepalive 10 60\nping-restart 60\n"));
        assertEquals(2, refused.line());
        assertThrows(ServerConfException.class, () -> read("ping 10\nkeepalive 10 60\n"));
    }

    @Test
    void shouldHaveRoomForAsManyClientsAsItSays() throws IOException {
        ServerKeys keys = new ServerKeys(folder.resolve("server.conf"));
        assertEquals(OvpnLimits.DEFAULT, keys.limits());
        keys.take(new ConfLine(keys.file, 1, List.of("max-clients", "2000"), null));
        OvpnLimits limits = keys.limits();
        assertEquals(2000, limits.clients());
        assertEquals(3000, limits.sessions(), "those who come back are there twice for a while");
        assertEquals(3000, limits.tcpConnections());
        keys.take(new ConfLine(keys.file, 1, List.of("max-clients", "1"), null));
        assertEquals(1, keys.limits().clients());
        assertEquals(3, keys.limits().sessions());
    }

    @Test
    void shouldAskForAPurposeOfCertificates() throws IOException {
        OvpnPki pki = OvpnPki.open(folder.resolve("pki"));
        for (String line : List.of(
                "remote-cert-tls client",
                "remote-cert-eku 1.3.6.1.4.1.99999.1",
                "remote-cert-eku \"TLS Web Client Authentication\"")) {
            assertNotNull(read("server 10.9.0.0 255.255.255.0\n" + line + "\n").serverConfig(pki));
        }
    }

    @Test
    void shouldRefuseASecretOfTokensThatIsTooShort() throws IOException {
        ServerConf conf = read("auth-gen-token\n<auth-gen-token-secret>\nAAAA\n</auth-gen-token-secret>\n");
        IOException refused =
                assertThrows(ServerConfException.class, () -> conf.serverConfig(OvpnPki.open(folder.resolve("pki"))));
        assertTrue(
                String.valueOf(refused.getMessage())
                        .contains("line 2: auth-gen-token-secret: a secret has 16 bytes or more, not 3; make one by"),
                refused.toString());
    }

    /** Else the server would say that it is ready, and each handshake fail. */
    @Test
    void shouldRefuseAKeyThatIsNotTheCertificates() throws IOException {
        ServerConf conf = read("ca ca.crt\ncert server.crt\nkey ca.key\n");
        IOException refused = assertThrows(ServerConfException.class, () -> conf.serverConfig(null));
        assertTrue(
                String.valueOf(refused.getMessage())
                        .contains("line 3: key: the private key is not that of the certificate: CN=server"),
                refused.toString());
    }

    @Test
    void shouldNameTheLineOfAFileThatIsNotThere() throws IOException {
        ServerConf conf = read("ca ca.crt\ncert server.crt\nkey other.key\n");
        IOException refused = assertThrows(ServerConfException.class, () -> conf.serverConfig(null));
        assertTrue(String.valueOf(refused.getMessage()).contains("line 3: key: there is no file"), refused.toString());
    }

    @Test
    void shouldGiveAClientWhatItsFileSays() throws IOException {
        Path clients = Files.createDirectory(folder.resolve("ccd"));
        Files.writeString(
                clients.resolve("alice"),
                "ifconfig-push 10.9.0.7 255.255.255.0\niroute 172.16.0.0 255.255.0.0\npush \"route 10.1.0.0 255.255.0.0\"\n");
        Files.writeString(clients.resolve("mallory"), "disable\n");
        Files.writeString(clients.resolve("DEFAULT"), "push-reset\n");
        ClientConfigs configs = new ClientConfigs(clients, false, IpPrefix.parse("10.9.0.1/24"), null);
        ClientSettings toAll =
                ClientSettings.builder().searchDomain("example.test").build();

        ClientSettings alice = configs.settingsFor(named("alice"), toAll);
        assertEquals(IpPrefix.parse("10.9.0.7/24"), alice.address(IpFamily.IPV4));
        assertEquals(IpAddress.parse("10.9.0.1"), alice.gateway(IpFamily.IPV4));
        assertEquals(List.of(IpPrefix.parse("172.16.0.0/16")), alice.clientNetworks());
        assertEquals(List.of(IpPrefix.parse("10.1.0.0/16")), alice.routes());
        assertEquals(List.of("example.test"), alice.searchDomains());
        assertTrue(configs.settingsFor(named("bob"), toAll).searchDomains().isEmpty(), "DEFAULT");
        assertTrue(configs.settingsFor(named("../ccd/alice"), toAll).routes().isEmpty(), "no way out of the folder");
        assertThrows(IOException.class, () -> configs.settingsFor(named("mallory"), toAll));
        ClientConfigs exclusive = new ClientConfigs(clients, true, IpPrefix.parse("10.9.0.1/24"), null);
        // The file for the others is nobody's own, whatever somebody is called.
        for (String name : List.of("bob", "DEFAULT", "../ccd/alice", "b\u00f6b", "")) {
            assertThrows(IOException.class, () -> exclusive.settingsFor(named(name), toAll), name);
        }
        assertFalse(exclusive.settingsFor(named("alice"), toAll).routes().isEmpty());
    }

    @Test
    void shouldTakeBackPushesAloneWhereverItIsSaid() throws IOException {
        Path clients = Files.createDirectory(folder.resolve("ccd"));
        String own =
                "ifconfig-push 10.9.0.7 255.255.255.0\nifconfig-ipv6-push fd09::7/64\niroute 172.16.0.0 255.255.0.0\n";
        Files.writeString(clients.resolve("first"), "push-reset\n" + own);
        Files.writeString(clients.resolve("last"), own + "push \"route 10.1.0.0 255.255.0.0\"\npush-reset\n");
        ClientConfigs configs =
                new ClientConfigs(clients, false, IpPrefix.parse("10.9.0.1/24"), IpPrefix.parse("fd09::1/64"));
        ClientSettings toAll =
                ClientSettings.builder().searchDomain("example.test").build();
        for (String name : List.of("first", "last")) {
            ClientSettings settings = configs.settingsFor(named(name), toAll);
            assertEquals(IpPrefix.parse("10.9.0.7/24"), settings.address(IpFamily.IPV4), name);
            assertEquals(IpPrefix.parse("fd09::7/64"), settings.address(IpFamily.IPV6), name);
            assertEquals(IpAddress.parse("fd09::1"), settings.gateway(IpFamily.IPV6), name);
            assertEquals(List.of(IpPrefix.parse("172.16.0.0/16")), settings.clientNetworks(), name);
            assertEquals(List.of(), settings.routes(), name);
            assertEquals(List.of(), settings.searchDomains(), name);
        }
    }

    /** What keeps a client out must be found whatever it is called. */
    @ParameterizedTest
    @ValueSource(strings = {"bob+vpn@example.com", "O'Brien", "a,b", "srv(1)", "J\u00fcrgen", "x/y"})
    void shouldFindTheFileOfEachName(String name) throws IOException {
        Path clients = Files.createDirectory(folder.resolve("ccd"));
        Files.writeString(clients.resolve(name.replace('/', '_')), "disable\n");
        ClientConfigs configs = new ClientConfigs(clients, false, IpPrefix.parse("10.9.0.1/24"), null);
        ClientSettings toAll = ClientSettings.builder().build();
        assertThrows(IOException.class, () -> configs.settingsFor(named(name), toAll));
        for (String none : List.of(".", "..", "", "a\nb")) {
            assertEquals(toAll, configs.settingsFor(named(none), toAll), none);
        }
    }

    @Test
    void shouldTakeBothEndsOfALineWithNet30() throws IOException {
        Path clients = Files.createDirectory(folder.resolve("ccd"));
        Files.writeString(clients.resolve("alice"), "ifconfig-push 10.9.0.9 10.9.0.10\n");
        Files.writeString(clients.resolve("bob"), "ifconfig-push 10.9.0.9 255.255.255.0\n");
        ClientConfigs configs = new ClientConfigs(clients, false, IpPrefix.parse("10.9.0.1/24"), null);
        ClientSettings toAll = ClientSettings.builder().topology(Topology.NET30).build();
        ClientSettings alice = configs.settingsFor(named("alice"), toAll);
        assertEquals(IpPrefix.parse("10.9.0.9/30"), alice.address(IpFamily.IPV4));
        assertEquals(IpAddress.parse("10.9.0.10"), alice.gateway(IpFamily.IPV4));
        assertThrows(IOException.class, () -> configs.settingsFor(named("bob"), toAll));
    }

    /** A gateway or a metric says where the route leads; without it the host would be sent into the tunnel. */
    @Test
    void shouldPushRoutesWithAGatewayAsTheyAre() throws IOException {
        Path clients = Files.createDirectory(folder.resolve("ccd"));
        Files.writeString(clients.resolve("alice"), """
                push "route 203.0.113.5 255.255.255.255 net_gateway"
                push "route 10.2.0.0 255.255.0.0 vpn_gateway 500"
                push "route-ipv6 2001:db8::/48 fe80::1"
                push "route 10.1.0.0 255.255.0.0"
                push "route-ipv6 fd00:1::/64"
                """);
        ClientSettings alice = new ClientConfigs(clients, false, IpPrefix.parse("10.9.0.1/24"), null)
                .settingsFor(named("alice"), ClientSettings.builder().build());
        assertEquals(
                List.of(
                        "route 203.0.113.5 255.255.255.255 net_gateway",
                        "route 10.2.0.0 255.255.0.0 vpn_gateway 500",
                        "route-ipv6 2001:db8::/48 fe80::1"),
                alice.options());
        assertEquals(List.of(IpPrefix.parse("10.1.0.0/16"), IpPrefix.parse("fd00:1::/64")), alice.routes());
    }

    private static ClientIdentity named(String name) {
        return new ClientIdentity(name, "", List.of(), Map.of());
    }
}
