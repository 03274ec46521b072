// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.Await;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.iphost.socket.VirtualServerSocket;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.net.Socket;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A Linux client connects to a port of ours that somebody floods with SYNs of clients that do not exist. */
@NeedsPeer({"ip", "python3"})
@Timeout(300)
class FloodTest {
    private static final int PORT = 7000;
    private static final int CONNECTIONS = 10;
    private static final int LENGTH = 200_000;

    /** As many as a listener remembers unless told otherwise. */
    private static final int HALF_OPEN = 256;

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldServeLinuxDuringAFloodOfSyns(IpFamily family) throws IOException {
        try (VirtualClient client = new VirtualClient();
                TunNetwork network = new TunNetwork(1500, client);
                VirtualServerSocket server = client.listen(PORT);
                LinuxPeer flood = network.script("flood.py", TunNetwork.ours(family), PORT, Streams.SEED)) {
            flood.expect("flooding");
            try (LinuxPeer linux = network.connecting(
                    family,
                    PORT,
                    "times=" + CONNECTIONS,
                    "send:" + LENGTH + ":" + Streams.SEED,
                    "shut",
                    "eof",
                    "info")) {
                for (int i = 0; i < CONNECTIONS; i++) {
                    serve(server, linux, i);
                    // Those that were given up have others in their places a moment later.
                    Await.until(
                            () -> "the flood goes on: " + client.usage(),
                            () -> client.usage().connections() >= HALF_OPEN);
                    assertTrue(client.usage().connections() <= HALF_OPEN + 2, "bounded: " + client.usage());
                }
                linux.expect("done");
            }
        }
    }

    private static void serve(VirtualServerSocket server, LinuxPeer linux, int number) throws IOException {
        String which = "connection " + number + ", seed " + Streams.SEED;
        try (Socket socket = server.accept()) {
            linux.expect("connected");
            String request = Streams.receive(socket.getInputStream());
            assertEquals(LENGTH + " " + linux.expect("sent"), request, which);
            String reply = Streams.send(socket.getOutputStream(), LENGTH, number);
            socket.shutdownOutput();
            assertEquals(LENGTH + " " + reply, linux.expect("received"), which);
            // A cookie has no room for the scale: this is how we know that it was one.
            LinuxInfo info = LinuxInfo.parse(linux.expect("info"));
            assertEquals(0, info.get("scaling"), which + " " + info);
            assertTrue(info.get("snd_mss") >= 1360, which + " " + info);
        }
    }
}
