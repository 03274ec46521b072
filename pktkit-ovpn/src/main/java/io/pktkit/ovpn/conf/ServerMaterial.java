// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.conf;

import io.pktkit.ovpn.ControlSecurity;
import io.pktkit.ovpn.OvpnServerConfig;
import io.pktkit.ovpn.key.KeyFormatException;
import io.pktkit.ovpn.key.StaticKey;
import io.pktkit.ovpn.key.TlsCryptV2Key;
import io.pktkit.ovpn.pki.OvpnPki;
import io.pktkit.ovpn.pki.Pem;
import io.pktkit.ovpn.pki.UserFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.security.SecureRandom;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes certificates and keys of the lines that name them. */
final class ServerMaterial {

    private static final int LEAST_SECRET = 16;

    private static final int SHORTEST_TOKEN = 60;
    private static final int LONGEST_TOKEN = 365 * 86_400;

    private final ServerKeys keys;

    ServerMaterial(ServerKeys keys) {
        this.keys = keys;
    }

    OvpnServerConfig.Builder builder(@Nullable OvpnPki pki) throws IOException {
        ConfLine ca = keys.material.get("ca");
        ConfLine cert = keys.material.get("cert");
        ConfLine key = keys.material.get("key");
        OvpnServerConfig.Builder config;
        if (ca != null && cert != null && key != null) {
            config = pair(cert, key);
            List<X509Certificate> authorities = Pem.certificates(text(ca), source(ca));
            switch (keys.certificates) {
                case "optional" -> config.optionalClientCertificates(authorities);
                case "none" -> config.noClientCertificates();
                default -> config.clientCertificates(authorities);
            }
        } else if (pki != null && ca == null && cert == null && key == null) {
            config = pki.serverConfig();
            if (!keys.certificates.equals("require")) {
                throw new IOException(keys.file + ": verify-client-cert " + keys.certificates
                        + ": clients of a folder that 'pktkit ovpn init' made have certificates; remove the line");
            }
        } else {
            throw new IOException(keys.file + ": ca, cert and key are needed, or none of them and a folder that"
                    + " 'pktkit ovpn init' made");
        }
        if (pki != null && keys.certificates.equals("require")) {
            config.authenticator(pki.authenticator());
        } else if (pki != null && !Files.notExists(pki.userFile())) {
            config.authenticator(new UserFile(pki.userFile()));
        }
        revoked(config);
        ControlSecurity security = controlSecurity();
        if (security != null) {
            config.controlSecurity(security);
        }
        tokens(config);
        return config;
    }

    private static OvpnServerConfig.Builder pair(ConfLine cert, ConfLine key) throws IOException {
        List<X509Certificate> chain = Pem.certificates(text(cert), source(cert));
        try {
            return OvpnServerConfig.builder(chain, Pem.privateKey(text(key), source(key)));
        } catch (IllegalArgumentException e) {
            throw key.error(String.valueOf(e.getMessage()), e);
        }
    }

    private void revoked(OvpnServerConfig.Builder config) throws IOException {
        ConfLine line = keys.material.get("crl-verify");
        if (line == null) {
            return;
        }
        if (line.word(2).equals("dir")) {
            throw line.error("a folder of lists is not read; name a file", null);
        }
        if (line.inline() == null) {
            config.revoked(OvpnPki.revokedBy(ServerKeys.named(line, 1)));
        } else {
            List<X509CRL> lists = Pem.revocationLists(text(line), source(line));
            config.revoked(() -> lists);
        }
    }

    private @Nullable ControlSecurity controlSecurity() throws IOException {
        ConfLine auth = keys.material.get("tls-auth");
        ConfLine crypt = keys.material.get("tls-crypt");
        ConfLine crypt2 = keys.material.get("tls-crypt-v2");
        ConfLine only = auth != null ? auth : crypt != null ? crypt : crypt2;
        if (only == null) {
            return null;
        }
        if (List.of(auth != null, crypt != null, crypt2 != null).indexOf(true)
                != List.of(auth != null, crypt != null, crypt2 != null).lastIndexOf(true)) {
            throw only.error("only one of tls-auth, tls-crypt and tls-crypt-v2 is used; remove the others", null);
        }
        try {
            if (crypt2 != null) {
                return ControlSecurity.tlsCryptV2(TlsCryptV2Key.parse(text(only)));
            }
            StaticKey key = StaticKey.parse(text(only));
            return crypt != null
                    ? ControlSecurity.tlsCrypt(key)
                    : ControlSecurity.tlsAuth(key, keys.auth, keys.direction);
        } catch (KeyFormatException e) {
            throw only.error(String.valueOf(e.getMessage()), e);
        }
    }

    private void tokens(OvpnServerConfig.Builder config) throws IOException {
        ConfLine line = keys.material.get("auth-gen-token");
        if (line == null) {
            return;
        }
        ConfLine secretLine = keys.material.get("auth-gen-token-secret");
        byte[] secret;
        if (secretLine == null) {
            secret = new byte[32];
            new SecureRandom().nextBytes(secret);
        } else {
            // OpenVPN's own form is a PEM block; its content is what counts.
            String body = text(secretLine).replaceAll("-----[^-]*-----", "").replaceAll("\\s", "");
            try {
                secret = Base64.getDecoder().decode(body);
            } catch (IllegalArgumentException e) {
                throw secretLine.error("not a file of: openvpn --genkey auth-token FILE", e);
            }
        }
        if (secretLine != null && secret.length < LEAST_SECRET) {
            throw secretLine.error(
                    "a secret has " + LEAST_SECRET + " bytes or more, not " + secret.length
                            + "; make one by: openvpn --genkey auth-token FILE",
                    null);
        }
        int seconds = line.has(1) ? line.number(1, "a lifetime", 0, LONGEST_TOKEN) : 0;
        if (seconds > 0 && seconds < SHORTEST_TOKEN) {
            throw line.error(
                    "a lifetime is " + SHORTEST_TOKEN + " to " + LONGEST_TOKEN
                            + " seconds, or 0 for as long as can be, not " + seconds + "; raise it",
                    null);
        }
        config.authTokens(secret, Duration.ofSeconds(seconds == 0 ? LONGEST_TOKEN : seconds));
    }

    private static String source(ConfLine line) throws ServerConfException {
        return line.inline() == null ? ServerKeys.named(line, 1).toString() : line.file() + " line " + line.number();
    }

    private static String text(ConfLine line) throws IOException {
        String inline = line.inline();
        if (inline != null) {
            return inline;
        }
        try {
            return new String(Files.readAllBytes(ServerKeys.named(line, 1)), StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw line.error("there is no file " + ServerKeys.named(line, 1), e);
        }
    }
}
