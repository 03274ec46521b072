// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import java.io.IOException;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A self-signed certificate for server.test, which both ends of a test trust. Made by {@code keytool -genkeypair -alias
 * server -keyalg EC -groupname secp256r1 -dname CN=server.test -ext san=dns:server.test -validity 36500 -storetype PKCS12
 * -storepass changeit}.
 */
record TestCertificate(SSLContext context) {
    private static final char[] PASSWORD = "changeit".toCharArray();

    static TestCertificate load() {
        try (InputStream in = TestCertificate.class.getResourceAsStream("server.p12")) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, PASSWORD);
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, PASSWORD);
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return new TestCertificate(context);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("the test certificate cannot be read", e);
        }
    }
}
