// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.pki;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.client.AuthAttempt;
import io.pktkit.ovpn.client.Authenticator;
import io.pktkit.ovpn.client.ClientIdentity;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.key.TlsCryptV2Key;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OvpnPkiTest {

    private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");

    @TempDir
    Path temp;

    private OvpnPki init() throws IOException {
        return OvpnPki.init(
                temp.resolve("vpn"),
                new OvpnEndpoint("vpn.test", 443, true),
                Clock.fixed(NOW, ZoneOffset.UTC),
                new SecureRandom());
    }

    @Test
    void shouldMakeCertificatesForTheirPurposes() throws Exception {
        OvpnPki pki = init();
        X509Certificate ca = Pem.certificates(pki.folder().resolve("ca.crt")).get(0);
        X509Certificate server =
                Pem.certificates(pki.folder().resolve("server.crt")).get(0);
        pki.addClient("alice");
        X509Certificate alice =
                Pem.certificates(pki.folder().resolve("clients/alice.crt")).get(0);
        assertEquals(Integer.MAX_VALUE, ca.getBasicConstraints());
        assertEquals(-1, server.getBasicConstraints());
        assertEquals(List.of("1.3.6.1.5.5.7.3.1"), server.getExtendedKeyUsage());
        assertEquals(List.of("1.3.6.1.5.5.7.3.2"), alice.getExtendedKeyUsage());
        assertEquals("CN=alice", alice.getSubjectX500Principal().getName());
        server.verify(ca.getPublicKey());
        alice.verify(ca.getPublicKey());
        assertEquals(NOW.plus(OvpnPki.LIFETIME), alice.getNotAfter().toInstant());
        assertNotEquals(server.getSerialNumber(), alice.getSerialNumber());
        assertNotNull(pki.serverConfig());
    }

    @Test
    void shouldWriteOneFileWithAllThatAClientNeeds() throws Exception {
        OvpnPki pki = init();
        Path file = pki.addClient("alice");
        String text = Files.readString(file);
        assertTrue(text.contains("\nproto tcp-client\nremote vpn.test 443\n"), text);
        assertTrue(text.contains("remote-cert-tls server"), text);
        for (String tag : List.of("ca", "cert", "key", "tls-crypt-v2")) {
            assertTrue(text.contains("<" + tag + ">\n-----BEGIN ") && text.contains("-----\n</" + tag + ">\n"), tag);
        }
        TlsCryptV2Key key = TlsCryptV2Key.parse(Files.readString(pki.folder().resolve("tls-crypt-v2.key")));
        TlsCryptV2Key.Client client = key.unwrap(TlsCryptV2Key.wrappedKeyOf(text));
        assertNotNull(client);
        assertEquals(9, client.metadata().length, "type 1 and the time");
    }

    @Test
    void shouldKeepSecretsToTheirOwner() throws Exception {
        OvpnPki pki = init();
        pki.addClient("alice");
        new UserFile(pki.folder().resolve("users")).setPassword("alice", "secret".toCharArray());
        try (Stream<Path> all = Files.walk(pki.folder())) {
            for (Path each : all.toList()) {
                String expected = Files.isDirectory(each) ? "rwx------" : "rw-------";
                assertEquals(
                        expected, PosixFilePermissions.toString(Files.getPosixFilePermissions(each)), each.toString());
            }
        }
    }

    @Test
    void shouldRevokeAndRenew() throws Exception {
        OvpnPki pki = init();
        pki.addClient("alice");
        pki.addClient("bob");
        X509Certificate alice =
                Pem.certificates(pki.folder().resolve("clients/alice.crt")).get(0);
        assertThrows(FileAlreadyExistsException.class, () -> pki.addClient("alice"));
        pki.renewClient("alice");
        X509Certificate renewed =
                Pem.certificates(pki.folder().resolve("clients/alice.crt")).get(0);
        pki.revoke("bob");
        X509CRL list = Pem.revocationLists(pki.folder().resolve("crl.pem")).get(0);
        assertTrue(list.isRevoked(alice));
        assertFalse(list.isRevoked(renewed));
        assertEquals(2, list.getRevokedCertificates().size(), "earlier ones stay on the list");
        assertEquals(List.of("alice"), pki.clients());
        assertThrows(NoSuchFileException.class, () -> pki.revoke("bob"));
        assertFalse(Files.exists(pki.folder().resolve("clients/bob.ovpn")));
    }

    /** The client would be left without either, and the next try find nobody of its name. */
    @Test
    void shouldKeepTheOldCertificateWhenNoNewOneCanBeMade() throws Exception {
        OvpnPki pki = init();
        Path file = pki.addClient("alice");
        X509Certificate alice =
                Pem.certificates(pki.folder().resolve("clients/alice.crt")).get(0);
        String properties = Files.readString(pki.folder().resolve("server.properties"));
        Files.writeString(pki.folder().resolve("server.properties"), "host=vpn.test\nport=none\n");
        assertThrows(IOException.class, () -> pki.renewClient("alice"));
        assertTrue(Files.exists(file));
        assertEquals(List.of("alice"), pki.clients());
        Path crl = pki.folder().resolve("crl.pem");
        assertFalse(Pem.revocationLists(crl).get(0).isRevoked(alice));
        Files.writeString(pki.folder().resolve("server.properties"), properties);
        pki.renewClient("alice");
        assertTrue(Pem.revocationLists(crl).get(0).isRevoked(alice));
    }

    /** A client's file without its certificate beside it would let somebody in who cannot be revoked. */
    @Test
    void shouldWriteTheCertificateBeforeTheFileOfAClient() throws Exception {
        OvpnPki pki = init();
        // What is in the place of the file cannot be replaced by it.
        Files.createDirectories(pki.clientFile("alice").resolve("full"));
        assertThrows(IOException.class, () -> pki.addClient("alice"));
        assertEquals(List.of("alice"), pki.clients());
    }

    @Test
    void shouldLeaveAnAuthorityThatIsThere() throws Exception {
        OvpnPki pki = init();
        String before = Files.readString(pki.folder().resolve("ca.key"));
        assertThrows(FileAlreadyExistsException.class, this::init);
        assertEquals(before, Files.readString(pki.folder().resolve("ca.key")));
        assertThrows(NoSuchFileException.class, () -> OvpnPki.open(temp.resolve("elsewhere")));
    }

    @Test
    void shouldWarnOfWhatEndsSoon() throws Exception {
        OvpnPki pki = init();
        pki.addClient("alice");
        assertEquals(List.of(), pki.warnings(Duration.ofDays(30)));
        OvpnPki later = OvpnPki.open(
                pki.folder(),
                Clock.fixed(NOW.plus(OvpnPki.LIFETIME).minus(Duration.ofDays(10)), ZoneOffset.UTC),
                new SecureRandom());
        assertEquals(2, later.warnings(Duration.ofDays(30)).size());
        assertTrue(later.warnings(Duration.ofDays(30)).get(0).startsWith("server.crt ends at "));
    }

    @Test
    void shouldTakeOnlyNamesThatAreFiles() throws Exception {
        OvpnPki pki = init();
        for (String bad : List.of("", "../x", "a/b", ".hidden", "a b", "x".repeat(65), "a,b", "ä")) {
            assertThrows(IllegalArgumentException.class, () -> pki.addClient(bad), bad);
        }
        assertThrows(IllegalArgumentException.class, () -> OvpnEndpoint.of("a host"));
        assertThrows(IllegalArgumentException.class, () -> new OvpnEndpoint("host", 0, false));
    }

    @Test
    void shouldCheckPasswords() throws Exception {
        Path file = temp.resolve("users");
        UserFile users = new UserFile(file);
        assertFalse(users.isRight("alice", "secret".toCharArray()), "there is no file");
        users.setPassword("alice", "secret".toCharArray());
        users.setPassword("bob", "pässword".toCharArray());
        assertTrue(users.isRight("alice", "secret".toCharArray()));
        assertTrue(users.isRight("bob", "pässword".toCharArray()));
        assertFalse(users.isRight("alice", "Secret".toCharArray()));
        assertFalse(users.isRight("alice", new char[0]));
        assertFalse(users.isRight("carol", "secret".toCharArray()));
        assertFalse(Files.readString(file).contains("secret"));
        assertTrue(users.remove("alice"));
        assertFalse(users.isRight("alice", "secret".toCharArray()));
        Files.writeString(file, "alice:secret\n");
        String message = String.valueOf(assertThrows(IOException.class, () -> users.isRight("alice", new char[0]))
                .getMessage());
        assertTrue(message.contains("users:1: NAME:ITERATIONS:SALT:HASH"), message);
        assertFalse(message.contains("secret"), message);
    }

    /** Alice with her certificate and a password, or none. */
    private static final class Alice implements AuthAttempt {
        private final String password;
        private boolean accepted;

        Alice(String password) {
            this.password = password;
        }

        static boolean mayCome(Authenticator asked, String password) {
            Alice alice = new Alice(password);
            asked.authenticate(alice);
            return alice.accepted;
        }

        @Override
        public ClientIdentity identity() {
            return new ClientIdentity("alice", "alice", List.of(), Map.of());
        }

        @Override
        public char[] password() {
            return password.toCharArray();
        }

        @Override
        public String remoteAddress() {
            return "192.0.2.10:4000";
        }

        @Override
        public boolean isRenewal() {
            return false;
        }

        @Override
        public void accept(ClientSettings settings) {
            accepted = true;
        }

        @Override
        public void accept() {
            accepted = true;
        }

        @Override
        public void reject(String reason) {
            accepted = false;
        }

        @Override
        public void pending(int seconds, String info, Consumer<String> response) {
            throw new AssertionError("nothing is asked back");
        }
    }

    /** While the server runs: who sets a password does not start it again. */
    @Test
    void shouldAskForPasswordsFromTheFirstOneOn() throws Exception {
        OvpnPki pki = init();
        Authenticator asked = pki.authenticator();
        assertTrue(Alice.mayCome(asked, ""), "certificates alone");
        new UserFile(pki.userFile()).setPassword("alice", "secret".toCharArray());
        assertFalse(Alice.mayCome(asked, ""));
        assertFalse(Alice.mayCome(asked, "Secret"));
        assertTrue(Alice.mayCome(asked, "secret"));
        Files.delete(pki.userFile());
        assertFalse(Alice.mayCome(asked, ""), "a file that is gone opens nothing");
    }

    /** It was there when the server was started: nobody need have come in by it. */
    @Test
    void shouldAskForPasswordsThoughTheirFileIsGoneBeforeTheFirst() throws Exception {
        OvpnPki pki = init();
        new UserFile(pki.userFile()).setPassword("alice", "secret".toCharArray());
        Authenticator asked = pki.authenticator();
        Files.delete(pki.userFile());
        assertFalse(Alice.mayCome(asked, ""));
    }

    /** A link to itself stands for all that keeps a file from being looked for, such as rights of a folder. */
    @Test
    void shouldLetNobodyInWhenTheFileOfPasswordsCannotBeLookedFor() throws Exception {
        OvpnPki pki = init();
        Authenticator asked = pki.authenticator();
        Files.createSymbolicLink(pki.userFile(), pki.userFile().getFileName());
        assertThrows(UncheckedIOException.class, () -> Alice.mayCome(asked, ""));
        UserFile users = new UserFile(pki.userFile());
        assertThrows(
                IOException.class, () -> users.setPassword("bob", "secret".toCharArray()), "nor is it overwritten");
    }
}
