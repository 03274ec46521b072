// SPDX-License-Identifier: MIT
package io.pktkit.interop.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.ovpn.ControlSecurity;
import io.pktkit.ovpn.OvpnServerConfig;
import io.pktkit.ovpn.pki.UserFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The client of the OpenVPN 3 core, which OpenVPN Connect and mobile clients are made of; see {@link OtherClients}. */
@NeedsPeer
class CoreClientTest {

    @TempDir
    Path folder;

    private static String program() throws IOException {
        return OtherClients.between(300, 400).get(0);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', textBlock = """
            tls-crypt-v2 | proto udp
            tls-crypt-v2 | proto tcp
            tls-crypt-v2 | reneg-sec 5
            none         | proto udp
            """)
    void shouldServe(String protection, String option) throws Exception {
        String program = program();
        boolean bare = protection.equals("none");
        Consumer<OvpnServerConfig.Builder> config =
                bare ? more -> more.controlSecurity(ControlSecurity.none()) : more -> {};
        try (Rig rig = new Rig(folder, config)) {
            String text = bare ? rig.fileWithout("alice", "tls-crypt-v2") : rig.fileWithout("alice");
            StockClient client = rig.startCore(
                            program,
                            option.startsWith("proto") ? text.replace("proto udp", option) : option + "\n" + text)
                    .completed();
            String description = rig.only().describe();
            assertTrue(description.startsWith("AES-256-GCM, peer-id 0, tls-ekm, epoch keys, "), description);
            assertTrue(description.endsWith("TLS 1.3"), description);
            rig.exchange();
            if (option.startsWith("reneg")) {
                client.logs("TLS Handshake: peer certificate", 3);
                rig.exchange();
            }
            assertEquals(0, rig.server.failures());
            client.terminate();
            Rig.await("it has said goodbye", () -> rig.server.clients().isEmpty());
        }
    }

    @Test
    void shouldRefuseAWrongPassword() throws Exception {
        String program = program();
        UserFile users = new UserFile(folder.resolve("users"));
        users.setPassword("alice", "secret".toCharArray());
        try (Rig rig = new Rig(folder, config -> config.authenticator(users))) {
            String text = rig.fileWithout("alice") + "auth-user-pass\n";
            rig.startCore(program, text, "--username", "alice", "--password", "guess")
                    .logs("AUTH_FAILED");
            assertTrue(rig.server.clients().isEmpty());
            rig.startCore(program, text, "--username", "alice", "--password", "secret")
                    .completed();
            assertEquals("alice", rig.only().identity().username());
        }
    }
}
