// SPDX-License-Identifier: MIT
package io.pktkit.interop.ovpn;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.ovpn.ControlSecurity;
import io.pktkit.ovpn.key.AuthDigest;
import io.pktkit.ovpn.key.DataCipher;
import io.pktkit.ovpn.key.StaticKey;
import io.pktkit.wire.IpFamily;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a client may be set to, one line for each. */
@NeedsPeer("openvpn")
class MatrixTest {

    @TempDir
    Path folder;

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            --data-ciphers AES-128-GCM                                      | AES-128-GCM, peer-id 0, tls-ekm
            --data-ciphers AES-192-GCM                                      | AES-192-GCM, peer-id 0
            --data-ciphers CHACHA20-POLY1305                                | CHACHA20-POLY1305, peer-id 0
            --data-ciphers AES-256-CBC                                      | AES-256-CBC with SHA1
            --data-ciphers AES-256-CBC --auth SHA256                        | AES-256-CBC with SHA256
            --data-ciphers AES-192-CBC --auth SHA512                        | AES-192-CBC with SHA512
            --tls-version-max 1.2                                           | TLS 1.2
            --tls-cert-profile insecure --tls-version-min 1.2               | TLS 1.3
            --proto tcp-client                                              | AES-256-GCM
            --proto tcp-client --data-ciphers AES-128-CBC                   | AES-128-CBC with SHA1
            --comp-lzo no                                                   | AES-256-GCM
            --compress stub-v2                                              | AES-256-GCM
            --compress stub                                                 | AES-256-GCM
            --tun-mtu 1300                                                  | AES-256-GCM
            --mssfix 1200                                                   | AES-256-GCM
            --keepalive 1 10                                                | AES-256-GCM
            --inactive 3600                                                 | AES-256-GCM
            --ping-exit 30                                                  | AES-256-GCM
            --replay-window 256 30                                          | AES-256-GCM
            --disable-dco --push-peer-info                                  | AES-256-GCM
            --dev-type tun --auth-nocache --persist-key --cipher AES-256-CBC --script-security 2 --route-noexec --ping 10 --ping-restart 30 | AES-256-GCM
            --ifconfig-nowarn --push-peer-info --resolv-retry 60 --connect-retry 2 300 --auth-retry nointeract --setenv IV_GUI_VER de.blinkt.openvpn_0.7.62 --setenv IV_SSO openurl,webauth,crtext | AES-256-GCM
            --push-peer-info --auth-retry interact --data-ciphers AES-256-GCM:AES-192-GCM:AES-128-GCM:CHACHA20-POLY1305 --setenv UV_ASCLI_VER 3.4.0 --setenv IV_GUI_VER OCiOS_3.4.0 --setenv IV_BS64DL 1 | AES-256-GCM
            """)
    void shouldServeAClientSetTo(String options, String expected) throws Exception {
        try (Rig rig = new Rig(folder, config -> config.ciphers(List.of(DataCipher.values())))) {
            rig.start("alice", options.split(" ")).completed();
            rig.exchange();
            String description = rig.only().describe();
            assertTrue(description.contains(expected), description);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "tls-auth 1, SHA1",
        "tls-auth 1, SHA256",
        "tls-auth 1, SHA512",
        "tls-auth, SHA1",
        "tls-crypt, SHA1",
    })
    void shouldProtectTheControlChannelBy(String form, AuthDigest digest) throws Exception {
        StaticKey key = StaticKey.generate(new SecureRandom());
        ControlSecurity security = form.equals("tls-crypt")
                ? ControlSecurity.tlsCrypt(key)
                : ControlSecurity.tlsAuth(key, digest, form.endsWith("1") ? 0 : 2);
        try (Rig rig = new Rig(folder, config -> config.controlSecurity(security))) {
            Path file = rig.write("static.key", key.toText());
            String[] words = form.split(" ");
            List<String> options = new ArrayList<>(List.of("--auth", digest.label(), "--" + words[0], file.toString()));
            options.addAll(Arrays.asList(words).subList(1, words.length));
            rig.startFrom(rig.fileWithout("alice", "tls-crypt-v2"), options.toArray(new String[0]))
                    .completed();
            rig.exchange();
        }
    }

    @ParameterizedTest
    @CsvSource({"udp", "tcp-client"})
    void shouldRenegotiateUnderLoad(String proto) throws Exception {
        try (Rig rig = new Rig(folder, config -> config.renegotiate(Duration.ofSeconds(7)))) {
            StockClient client =
                    rig.start("alice", "--proto", proto, "--reneg-sec", "5").completed();
            for (int i = 0; client.count("TLS: soft reset") < 3; i++) {
                rig.clientDials(IpFamily.IPV4, 4 << 20);
                assertTrue(i < 200, client::log);
            }
            rig.exchange();
            assertTrue(!client.log().contains("TLS Error"), client::log);
        }
    }
}
