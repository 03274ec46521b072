// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import io.pktkit.ovpn.pki.OvpnEndpoint;
import io.pktkit.ovpn.pki.OvpnPki;
import io.pktkit.ovpn.pki.Pem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** An authority with a server and two clients, made once for all tests; alice has had another certificate, as "former". */
public final class TestCerts {

    /** What each of them has. */
    public record Holder(List<X509Certificate> chain, PrivateKey key) {}

    private static final Path FOLDER = make();

    private TestCerts() {}

    private static Path make() {
        try {
            Path folder = Files.createTempDirectory(Path.of("target"), "pki");
            OvpnPki pki = OvpnPki.init(folder, OvpnEndpoint.of("vpn.test"));
            Path former = pki.addClient("alice");
            Files.copy(former, folder.resolve("clients/former.ovpn"));
            Files.copy(folder.resolve("clients/alice.crt"), folder.resolve("clients/former.crt"));
            pki.renewClient("alice");
            pki.addClient("bob");
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the server's} */
    public static Holder server() {
        try {
            return new Holder(
                    Pem.certificates(FOLDER.resolve("server.crt")), Pem.privateKey(FOLDER.resolve("server.key")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return a client's} */
    public static Holder client(String name) {
        try {
            Path file = FOLDER.resolve("clients/" + name + ".ovpn");
            return new Holder(Pem.certificates(FOLDER.resolve("clients/" + name + ".crt")), Pem.privateKey(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the authority's certificate} */
    public static X509Certificate authority() {
        try {
            return Pem.certificates(FOLDER.resolve("ca.crt")).get(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
