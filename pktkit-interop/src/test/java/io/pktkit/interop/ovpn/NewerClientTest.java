// SPDX-License-Identifier: MIT
package io.pktkit.interop.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.NeedsPeer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client of OpenVPN 2.7 or newer, see {@link OtherClients}. */
@NeedsPeer
class NewerClientTest {

    @TempDir
    Path folder;

    private static String program() throws IOException {
        return OtherClients.between(207, 300).get(0);
    }

    @Test
    void shouldChangeKeysByEpochs() throws Exception {
        String program = program();
        try (Rig rig = new Rig(folder)) {
            StockClient client = rig.startProgram(program, "alice").completed();
            client.logs("Protocol options: protocol-flags cc-exit tls-ekm dyn-tls-crypt aead-epoch");
            assertEquals(
                    "AES-256-GCM, peer-id 0, tls-ekm, epoch keys, dynamic tls-crypt, TLS 1.3",
                    rig.only().describe());
            rig.exchange();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--data-ciphers CHACHA20-POLY1305",
                "--data-ciphers AES-128-GCM",
                "--proto tcp-client",
                "--tls-version-max 1.2",
                "--reneg-sec 5"
            })
    void shouldServeANewerClientSetTo(String options) throws Exception {
        String program = program();
        try (Rig rig = new Rig(folder)) {
            StockClient client =
                    rig.startProgram(program, "alice", options.split(" ", -1)).completed();
            assertTrue(rig.only().describe().contains("epoch keys"), rig.only().describe());
            rig.exchange();
            if (options.contains("reneg-sec")) {
                client.logs("TLS: soft reset", 2);
                rig.exchange();
            }
        }
    }

    @Test
    void shouldChangeWhatWasPushed() throws Exception {
        String program = program();
        try (Rig rig = new Rig(folder)) {
            rig.startProgram(program, "alice").completed();
            assertTrue(rig.only().update(List.of("route 192.0.2.0 255.255.255.0")));
            Rig.await(
                    "the route is there",
                    () -> rig.run("ip route get 192.0.2.1 || true").contains("dev tun"));
            assertTrue(rig.only().update(List.of("-route")));
            Rig.await(
                    "the route is gone",
                    () -> !rig.run("ip route get 192.0.2.1 || true").contains("dev tun"));
        }
    }
}
