// SPDX-License-Identifier: MIT
package io.pktkit.interop.ovpn;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.ovpn.ControlSecurity;
import io.pktkit.ovpn.OvpnServerConfig;
import io.pktkit.ovpn.key.AuthDigest;
import io.pktkit.ovpn.key.DataCipher;
import io.pktkit.ovpn.key.StaticKey;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients of OpenVPN 2.4 and 2.5, see {@link OtherClients}. */
@NeedsPeer
class OlderClientTest {

    @TempDir
    Path folder;

    private final StaticKey key = StaticKey.generate(new SecureRandom());

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            tls-crypt  | --verb 4                                     | AES-256-GCM, peer-id 0
            tls-auth 1 | --verb 4                                     | AES-256-GCM, peer-id 0
            tls-crypt  | --proto tcp-client                           | AES-256-GCM, peer-id 0
            tls-crypt  | --tls-version-max 1.2                        | TLS 1.2
            tls-crypt  | --ncp-disable --cipher AES-256-CBC           | AES-256-CBC with SHA1
            tls-crypt  | --ncp-disable --cipher AES-128-CBC --auth SHA256 | AES-128-CBC with SHA256
            tls-crypt  | --comp-lzo no                                | AES-256-GCM
            tls-crypt  | --reneg-sec 5                                | AES-256-GCM
            tls-crypt  | --explicit-exit-notify 1                     | AES-256-GCM
            """)
    void shouldServe(String protection, String options, String expected) throws Exception {
        ControlSecurity security = protection.equals("tls-crypt")
                ? ControlSecurity.tlsCrypt(key)
                : ControlSecurity.tlsAuth(key, AuthDigest.SHA1, 0);
        Consumer<OvpnServerConfig.Builder> config =
                more -> more.controlSecurity(security).ciphers(List.of(DataCipher.values()));
        for (String program : OtherClients.between(204, 206)) {
            try (Rig rig = new Rig(folder.resolve(Path.of(program).getFileName()), config)) {
                Path file = rig.write("static.key", key.toText());
                List<String> all = new ArrayList<>(List.of(options.split(" ", -1)));
                String[] words = protection.split(" ", 2);
                all.addAll(List.of("--" + words[0], file.toString()));
                if (words.length > 1) {
                    all.add(words[1]);
                }
                StockClient client = rig.startProgramFrom(
                                program, rig.fileWithout("alice", "tls-crypt-v2"), all.toArray(new String[0]))
                        .completed();
                rig.exchange();
                String description = rig.only().describe();
                assertTrue(description.contains(expected), program + ": " + description);
                if (options.contains("reneg-sec")) {
                    client.logs("TLS: soft reset", 2);
                    rig.exchange();
                }
                if (options.contains("exit-notify")) {
                    client.terminate();
                    Rig.await("it has said goodbye", () -> rig.server.clients().isEmpty());
                }
            }
        }
    }

    /** With the file as it is: tls-crypt-v2 is of 2.5. */
    @Test
    void shouldServeWithTheFileAsItIs() throws Exception {
        for (String program : OtherClients.between(205, 206)) {
            try (Rig rig = new Rig(folder.resolve(Path.of(program).getFileName()))) {
                rig.startProgram(program, "alice").completed();
                rig.exchange();
            }
        }
    }
}
