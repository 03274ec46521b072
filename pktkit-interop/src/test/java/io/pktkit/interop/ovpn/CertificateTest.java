// SPDX-License-Identifier: MIT
package io.pktkit.interop.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.Commands;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.link.Links;
import io.pktkit.ovpn.OvpnServer;
import io.pktkit.ovpn.conf.ServerConf;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.wire.IpPrefix;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Certificates that others made, by OpenSSL as Easy-RSA does, and the file of a server that names them. */
@NeedsPeer("openvpn")
class CertificateTest {

    /** An authority, and certificates of it for a server and a client, with keys of a kind. */
    private static final String MAKE = """
            cd %s
            new="-newkey %s -nodes"
            openssl req -x509 $new -keyout ca.key -out ca.crt -days 30 -subj /CN=authority
            for who in server client; do
                openssl req $new -keyout $who.key -out $who.csr -subj /CN=$who
                printf 'extendedKeyUsage=%%sAuth\\nkeyUsage=digitalSignature' $who > $who.ext
                openssl x509 -req -in $who.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out $who.crt -days 30 -extfile $who.ext
            done
            """;

    @TempDir
    Path folder;

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', textBlock = """
            rsa:2048                                | 1.3
            rsa:2048                                | 1.2
            rsa:4096                                | 1.3
            ec -pkeyopt ec_paramgen_curve:secp384r1 | 1.3
            ec -pkeyopt ec_paramgen_curve:secp384r1 | 1.2
            ed25519                                 | 1.3
            ed25519                                 | 1.2
            """)
    void shouldServeByCertificatesOf(String kind, String tls) throws Exception {
        Commands.run(Rig.LIMIT, "sh", "-ec", MAKE.formatted(folder, kind)).expectSuccess();
        List<VirtualClient> hosts = new CopyOnWriteArrayList<>();
        try (Wire wire = new Wire();
                OvpnServer server = OvpnServer.tenants(
                        ServerConf.read(file(wire)).serverConfig(null).build(), device -> {
                            VirtualClient host = new VirtualClient();
                            host.setPrefix(IpPrefix.parse("10.8.0.1/24"));
                            hosts.add(host);
                            return Links.connect(device, host).first();
                        })) {
            String text = """
                    client
                    dev tun
                    remote %s 1194 udp
                    nobind
                    remote-cert-tls server
                    ca %2$s/ca.crt
                    cert %2$s/client.crt
                    key %2$s/client.key
                    """.formatted(wire.outer(1), folder);
            try (StockClient client =
                    new StockClient(wire.namespace(), folder, text, "--tls-version-max", tls).completed()) {
                wire.run("ping -c 3 -W 60 10.8.0.1");
                assertTrue(client.log().contains("Control Channel: TLSv" + tls), client::log);
                assertEquals("client", server.clients().get(0).identity().commonName());
                assertEquals(0, server.failures());
            }
        } finally {
            hosts.forEach(VirtualClient::close);
        }
    }

    private Path file(Wire wire) throws Exception {
        return Files.writeString(folder.resolve("server.conf"), """
                local %s
                dev tun
                ca ca.crt
                cert server.crt
                key server.key
                dh none
                server 10.8.0.0 255.255.255.0
                topology subnet
                """.formatted(wire.outer(1)));
    }
}
