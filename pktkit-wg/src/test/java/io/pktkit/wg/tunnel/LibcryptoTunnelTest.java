// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import static io.pktkit.wg.tunnel.VirtualNet.at;
import static io.pktkit.wg.tunnel.VirtualNet.options;
import static io.pktkit.wg.tunnel.VirtualNet.packet;
import static io.pktkit.wg.tunnel.VirtualNet.record;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wg.WgCipher;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** One end with the system's cipher, the other with the JDK's. */
class LibcryptoTunnelTest {

    @Test
    void shouldUnderstandTheJdksCipher() throws IOException {
        WgCipher chosen = libcryptoOrSkip();
        VirtualNet net = new VirtualNet();
        WgPort port = net.port(
                net.config().engine(settings -> settings.cipher(chosen)).build(), "192.0.2.1");
        WgDevice server = port.addDevice(net.key());
        WgDevice client = net.port("192.0.2.10").addDevice(net.key());
        List<Packet> arrived = record(server);
        List<Packet> back = record(client);
        client.peers().add(server.identity().publicKey(), options("0.0.0.0/0").endpoint(at("192.0.2.1")));
        server.peers().add(client.identity().publicKey(), options("10.0.0.2/32"));
        for (int i = 0; i < 300; i++) {
            assertTrue(client.send(packet("10.0.0.2", "10.0.0.1", i)));
            net.run(Duration.ofSeconds(2)); // over several sessions, keepalives included
            assertTrue(server.send(packet("10.0.0.1", "10.0.0.2", 2 * i)));
            net.settle();
            assertArrayEquals(
                    packet("10.0.0.2", "10.0.0.1", i).toBytes(), arrived.get(i).toBytes());
            assertArrayEquals(
                    packet("10.0.0.1", "10.0.0.2", 2 * i).toBytes(), back.get(i).toBytes());
        }
        assertEquals(300, arrived.size());
        assertTrue(port.describe().contains("OpenSSL"), port.describe());
        net.close();
    }

    private static WgCipher libcryptoOrSkip() {
        try {
            return WgCipher.libcrypto();
        } catch (IOException absent) {
            throw new TestAbortedException(absent.getMessage(), absent);
        }
    }
}
