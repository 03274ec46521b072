// SPDX-License-Identifier: MIT
package io.pktkit.interop.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.ovpn.ControlSecurity;
import io.pktkit.ovpn.OvpnDrop;
import io.pktkit.ovpn.key.TlsCryptV2Key;
import io.pktkit.ovpn.pki.OvpnEndpoint;
import io.pktkit.ovpn.pki.OvpnPki;
import io.pktkit.ovpn.pki.UserFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is not let in, what it is told, and passwords. */
@NeedsPeer("openvpn")
class RefusalTest {

    @TempDir
    Path folder;

    @Test
    void shouldRefuseACertificateOfAnotherAuthority() throws Exception {
        OvpnPki other = OvpnPki.init(folder.resolve("other"), OvpnEndpoint.of("vpn.test"));
        String theirs = Files.readString(other.addClient("alice"));
        try (Rig rig = new Rig(folder)) {
            String text = rig.fileWithout("alice", "cert", "key") + inline("cert", theirs) + inline("key", theirs);
            StockClient client = rig.startFrom(text);
            client.logs("Received fatal SSL alert: bad certificate");
            assertTrue(rig.server.clients().isEmpty());
        }
    }

    private static String inline(String tag, String text) {
        return text.substring(text.indexOf("<" + tag + ">"), text.indexOf("</" + tag + ">")) + "</" + tag + ">\n";
    }

    @Test
    void shouldRefuseARevokedCertificate() throws Exception {
        try (Rig rig = new Rig(folder)) {
            String text = rig.fileWithout("alice");
            StockClient before = rig.startFrom(text).completed();
            before.terminate();
            rig.pki.revoke("alice");
            StockClient after = rig.startFrom(text);
            after.logs("Received fatal SSL alert: bad certificate");
        }
    }

    @Test
    void shouldTellThatNoCipherIsShared() throws Exception {
        try (Rig rig = new Rig(folder)) {
            StockClient client = rig.start("alice", "--data-ciphers", "AES-256-CBC");
            client.logs("AUTH_FAILED,Data channel cipher negotiation failed (no shared cipher)");
        }
    }

    @Test
    void shouldDropWhoHasNoKeyOfTlsCrypt() throws Exception {
        try (Rig rig = new Rig(folder)) {
            rig.startFrom(rig.fileWithout("alice", "tls-crypt-v2"));
            Rig.await("its packets are dropped", () -> rig.server.drops(OvpnDrop.NOT_AUTHENTIC) > 0);
            assertEquals(0, rig.server.sessions());
        }
    }

    /** The time of making is in the key that our PKI wrote: a client with an older key gets no further than its third packet. */
    @Test
    void shouldRefuseAKeyOfTlsCryptV2ByWhatWasWrittenAboutIt() throws Exception {
        AtomicReference<Instant> oldest = new AtomicReference<>(Instant.MIN);
        try (Rig rig = new Rig(folder, config -> config.controlSecurity(aged(oldest)))) {
            StockClient good = rig.start("alice").completed();
            good.terminate();
            oldest.set(Instant.now().plusSeconds(3600));
            rig.start("bob");
            Rig.await("the key is refused", () -> rig.server.drops(OvpnDrop.KEY_REFUSED) > 0);
            assertEquals(0, rig.server.drops(OvpnDrop.NOT_AUTHENTIC));
            assertEquals(
                    "",
                    rig.server.clients().stream()
                            .map(c -> c.identity().name())
                            .filter("bob"::equals)
                            .findAny()
                            .orElse(""));
        }
    }

    private ControlSecurity aged(AtomicReference<Instant> oldest) {
        try {
            TlsCryptV2Key key = TlsCryptV2Key.parse(Files.readString(folder.resolve("pki/tls-crypt-v2.key")));
            return ControlSecurity.tlsCryptV2(
                    key, client -> client.made().orElseThrow().isAfter(oldest.get()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldAskForPasswords() throws Exception {
        UserFile users = new UserFile(folder.resolve("users"));
        users.setPassword("alice", "correct horse".toCharArray());
        try (Rig rig = new Rig(folder, config -> config.authenticator(users))) {
            Path wrong = rig.write("wrong", "alice\nguess\n");
            rig.start("alice", "--auth-user-pass", wrong.toString())
                    .logs("AUTH: Received control message: AUTH_FAILED");
            Path right = rig.write("right", "alice\ncorrect horse\n");
            rig.start("alice", "--auth-user-pass", right.toString()).completed();
            assertEquals("alice", rig.only().identity().username());
            rig.exchange();
        }
    }

    @Test
    void shouldServeUsersWithoutCertificates() throws Exception {
        for (boolean asked : new boolean[] {false, true}) {
            serveUserWithoutCertificate(Files.createTempDirectory(folder, "user"), asked);
        }
    }

    private static void serveUserWithoutCertificate(Path folder, boolean asked) throws Exception {
        UserFile users = new UserFile(folder.resolve("users"));
        users.setPassword("carol", "correct horse".toCharArray());
        try (Rig rig = new Rig(
                folder,
                config -> (asked ? config.optionalClientCertificates(List.of()) : config.noClientCertificates())
                        .authenticator(users))) {
            Path right = rig.write("right", "carol\ncorrect horse\n");
            rig.startFrom(rig.fileWithout("alice", "cert", "key"), "--auth-user-pass", right.toString())
                    .completed();
            assertEquals("carol", rig.only().identity().name());
            rig.exchange();
        }
    }

    /** Renegotiations go by the token, so the password is asked for once. */
    @Test
    void shouldGiveATokenForThePassword() throws Exception {
        UserFile users = new UserFile(folder.resolve("users"));
        users.setPassword("alice", "correct horse".toCharArray());
        int[] asked = new int[1];
        try (Rig rig = new Rig(
                folder,
                config -> config.authenticator(attempt -> {
                            asked[0]++;
                            users.authenticate(attempt);
                        })
                        .authTokens(new byte[32], Duration.ofHours(1)))) {
            Path right = rig.write("right", "alice\ncorrect horse\n");
            StockClient client = rig.start("alice", "--auth-user-pass", right.toString(), "--reneg-sec", "5")
                    .completed();
            client.logs("TLS: soft reset", 2).logs("Data Channel: Cipher", 6);
            rig.exchange();
            assertEquals(1, asked[0]);
        }
    }
}
