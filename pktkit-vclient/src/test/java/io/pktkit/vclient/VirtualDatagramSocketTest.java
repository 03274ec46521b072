// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import static io.pktkit.vclient.TwoClients.ALICE;
import static io.pktkit.vclient.TwoClients.BOB;
import static io.pktkit.vclient.TwoClients.BOB_IPV6;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpAddress;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class VirtualDatagramSocketTest {
    private static final Duration SHORT = Duration.ofMillis(2);
    private static final int PORT = 5353;

    private final TwoClients net = new TwoClients();

    @AfterEach
    @Timeout(60)
    void tearDown() {
        net.close();
    }

    private static ByteBuffer bytes(int... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length);
        for (int value : values) {
            buffer.put((byte) value);
        }
        return buffer.flip();
    }

    @Test
    void shouldCarryDatagramsBothWays() throws Exception {
        try (VirtualDatagramSocket server = net.bob.openDatagram(PORT);
                VirtualDatagramSocket client = net.alice.openDatagram(0)) {
            client.send(BOB, PORT, bytes(1, 2, 3));
            VirtualDatagram request = server.receive();

            assertEquals(ALICE, request.source());
            assertEquals(client.localPort(), request.sourcePort());
            assertArrayEquals(new byte[] {1, 2, 3}, request.toBytes());
            server.send(request.source(), request.sourcePort(), bytes());
            assertEquals(0, client.receive().length());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.2, 0",
        "10.0.0.2, 1472",
        "10.0.0.2, 1473",
        "10.0.0.2, 65507",
        "fd00::2, 1452",
        "fd00::2, 1453",
        "fd00::2, 65527"
    })
    void shouldCarryEverySizeInFragmentsIfNeeded(String host, int length) throws Exception {
        byte[] payload = new byte[length];
        new Random(length).nextBytes(payload);
        try (VirtualDatagramSocket server = net.bob.openDatagram(PORT);
                VirtualDatagramSocket client = net.alice.openDatagram(0)) {
            client.send(IpAddress.parse(host), PORT, ByteBuffer.wrap(payload));

            assertArrayEquals(payload, server.receive(Duration.ofSeconds(10)).toBytes());
        }
    }

    @Test
    void shouldRefuseWhatIsTooLong() throws Exception {
        try (VirtualDatagramSocket client = net.alice.openDatagram(0)) {
            assertThrows(SocketException.class, () -> client.send(BOB, PORT, ByteBuffer.allocate(65508)));
            assertThrows(SocketException.class, () -> client.send(BOB_IPV6, PORT, ByteBuffer.allocate(65528)));
        }
    }

    @Test
    void shouldTellAConnectedSocketOnceThatNobodyListens() throws Exception {
        try (VirtualDatagramSocket client = net.alice.openDatagram(0)) {
            client.connect(BOB, PORT);
            client.send(bytes(1));

            assertThrows(PortUnreachableException.class, () -> client.receive(SHORT));
            try (VirtualDatagramSocket server = net.bob.openDatagram(PORT)) {
                client.send(bytes(2));
                assertEquals(2, server.receive().toBytes()[0]);
            }
            assertThrows(SocketTimeoutException.class, () -> client.receive(SHORT));
        }
    }

    @Test
    void shouldHearOnlyWhomItIsConnectedTo() throws Exception {
        try (VirtualDatagramSocket client = net.alice.openDatagram(0);
                VirtualDatagramSocket server = net.bob.openDatagram(PORT);
                VirtualDatagramSocket stranger = net.bob.openDatagram(PORT + 1)) {
            stranger.send(ALICE, client.localPort(), bytes(1));
            client.connect(BOB, PORT);
            stranger.send(ALICE, client.localPort(), bytes(2));
            server.send(ALICE, client.localPort(), bytes(3));

            assertEquals(3, client.receive().toBytes()[0]);
            assertEquals(0, client.queued());
        }
    }

    @Test
    void shouldBoundItsQueueAndDropTheNewest() throws Exception {
        try (VirtualDatagramSocket client = net.alice.openDatagram(0);
                VirtualDatagramSocket server = net.bob.openDatagram(PORT)) {
            for (int i = 0; i < 2000; i++) {
                client.send(BOB, PORT, bytes(i & 0xFF));
            }
            assertEquals(1024, server.queued());
            assertEquals(976, server.dropped());
            for (int i = 0; i < 1024; i++) {
                assertEquals((byte) i, server.receive().toBytes()[0]);
            }
            for (int i = 0; i < 10; i++) {
                client.send(BOB, PORT, ByteBuffer.allocate(60_000));
            }
            assertEquals(4, server.queued());
        }
    }

    @Test
    void shouldHearBroadcasts() throws Exception {
        try (VirtualDatagramSocket client = net.alice.openDatagram(0);
                VirtualDatagramSocket server = net.bob.openDatagram(PORT)) {
            client.send(IpAddress.parse("255.255.255.255"), PORT, bytes(1));
            client.send(IpAddress.parse("10.0.0.255"), PORT, bytes(2));

            assertEquals(1, server.receive().toBytes()[0]);
            assertEquals(2, server.receive().toBytes()[0]);
        }
    }

    @Test
    void shouldRefuseAPortInUseAndGiveItBack() throws Exception {
        try (VirtualDatagramSocket first = net.bob.openDatagram(PORT)) {
            assertThrows(BindException.class, () -> net.bob.openDatagram(PORT));
            assertEquals(PORT, first.localPort());
        }
        net.bob.openDatagram(PORT).close();
    }

    @Test
    void shouldSayThatThereIsNoAddressToSendFrom() throws Exception {
        try (VirtualClient bare = new VirtualClient();
                VirtualDatagramSocket socket = bare.openDatagram(0)) {
            assertThrows(NoRouteToHostException.class, () -> socket.send(BOB, PORT, bytes(1)));
            assertThrows(SocketException.class, () -> socket.send(bytes(1)));
        }
    }

    @Test
    void shouldPing() throws Exception {
        assertTrue(net.alice.ping(BOB, Duration.ofSeconds(10)).toNanos() > 0);
        assertTrue(net.alice.ping(BOB_IPV6, Duration.ofSeconds(10)).toNanos() > 0);
        assertTrue(net.alice.ping(ALICE, Duration.ofSeconds(10)).toNanos() > 0);
        assertThrows(SocketTimeoutException.class, () -> net.alice.ping(IpAddress.parse("10.0.0.77"), SHORT));
    }
}
