// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import static io.pktkit.vclient.TwoClients.get;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TransferTest {
    private static final int PORT = 7000;
    private static final int LARGE = 20 << 20;
    private static final int CONNECTIONS = 200;

    private final TwoClients net = new TwoClients();

    @AfterEach
    @Timeout(60)
    void tearDown() {
        net.close();
    }

    /** Sends octets of a seed in pieces of odd sizes, and gives their digest. */
    private static byte[] send(OutputStream out, long seed, int length) throws Exception {
        Random random = new Random(seed);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] piece = new byte[70_001];
        for (int left = length; left > 0; ) {
            random.nextBytes(piece);
            int count = Math.min(left, piece.length);
            out.write(piece, 0, count);
            digest.update(piece, 0, count);
            left -= count;
        }
        return digest.digest();
    }

    private static byte[] receive(InputStream in, int length) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] piece = new byte[33_333];
        int left = length;
        while (left > 0) {
            int count = in.read(piece, 0, Math.min(left, piece.length));
            if (count < 0) {
                throw new IOException("ended " + left + " bytes early");
            }
            digest.update(piece, 0, count);
            left -= count;
        }
        return digest.digest();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.2", "fd00::2"})
    void shouldCarryALargeTransferBothWaysAtOnce(String host) throws Exception {
        long seed = System.nanoTime();
        try (ServerSocket listener = net.bob.listen(PORT)) {
            Future<Socket> accepting = net.async(listener::accept);
            try (Socket client = net.alice.dial(host, PORT);
                    Socket server = get(accepting)) {
                Future<byte[]> upSent = net.async(() -> send(client.getOutputStream(), seed, LARGE));
                Future<byte[]> downSent = net.async(() -> send(server.getOutputStream(), ~seed, LARGE));
                Future<byte[]> down = net.async(() -> receive(client.getInputStream(), LARGE));
                byte[] up = receive(server.getInputStream(), LARGE);

                assertArrayEquals(get(upSent), up, "seed=" + seed);
                assertArrayEquals(get(downSent), get(down), "seed=" + seed);
            }
        }
    }

    @Test
    void shouldServeManyConnectionsAtOnce() throws Exception {
        try (ServerSocket listener = net.bob.listen(PORT)) {
            Future<Integer> serving = net.async(() -> {
                int served = 0;
                List<Future<Long>> echoes = new ArrayList<>();
                while (served < CONNECTIONS) {
                    Socket socket = listener.accept();
                    served++;
                    echoes.add(net.async(() -> {
                        try (socket) {
                            return socket.getInputStream().transferTo(socket.getOutputStream());
                        }
                    }));
                }
                for (Future<Long> echo : echoes) {
                    assertEquals(10_000, get(echo));
                }
                return served;
            });
            List<Future<byte[]>> clients = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                byte[] message = new byte[10_000];
                new Random(i).nextBytes(message);
                clients.add(net.async(() -> {
                    try (Socket socket = net.alice.dial("10.0.0.2", PORT)) {
                        socket.getOutputStream().write(message);
                        socket.shutdownOutput();
                        byte[] echoed = socket.getInputStream().readAllBytes();
                        assertArrayEquals(message, echoed);
                        return echoed;
                    }
                }));
            }
            for (Future<byte[]> client : clients) {
                assertEquals(10_000, get(client).length);
            }
            assertEquals(CONNECTIONS, get(serving));
        }
    }
}
