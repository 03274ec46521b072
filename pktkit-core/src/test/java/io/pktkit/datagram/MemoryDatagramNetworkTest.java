// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MemoryDatagramNetworkTest {

    private static final IpAddress A = IpAddress.parse("10.0.0.1");
    private static final IpAddress A2 = IpAddress.parse("10.0.0.2");
    private static final IpAddress B = IpAddress.parse("10.0.0.9");

    private final ManualTime time = new ManualTime();
    private final MemoryDatagramNetwork network = new MemoryDatagramNetwork(time);

    private static DatagramConfig port(int port) {
        return DatagramConfig.builder().port(port).build();
    }

    private static boolean send(DatagramEndpoint from, DatagramPath to, int... bytes) {
        ByteBuffer data = ByteBuffer.allocate(bytes.length);
        for (int i = 0; i < bytes.length; i++) {
            data.put(i, (byte) bytes[i]);
        }
        return from.send(data, 0, bytes.length, to, 1);
    }

    private static List<String> poll(DatagramEndpoint endpoint) throws IOException {
        List<String> got = new ArrayList<>();
        endpoint.poll(datagram -> got.add(datagram + " ecn " + datagram.ecn()));
        return got;
    }

    @Test
    void shouldAnswerFromTheAddressThatWasAsked() throws IOException {
        DatagramEndpoint server = network.open(port(53), A, A2);
        DatagramEndpoint client = network.open(port(0), B);

        send(client, FixedPath.to(A2, 53), 1, 2, 3);
        server.poll(datagram -> send(server, datagram, 4));

        assertEquals(List.of("1 bytes on 10.0.0.2:53 from 10.0.0.9 ecn 1"), poll(client));
        send(server, FixedPath.to(B, client.port()), 4);
        assertEquals(List.of("1 bytes on 10.0.0.1:53 from 10.0.0.9 ecn 1"), poll(client));
    }

    @Test
    void shouldTakeTheTimeThatTheTestSays() throws IOException {
        DatagramEndpoint a = network.open(port(1), A);
        DatagramEndpoint b = network.open(port(1), B);
        network.setLink((path, length) -> length == 1 ? 5_000_000 : length == 2 ? 1_000_000 : -1);

        send(a, FixedPath.to(B, 1), 1);
        send(a, FixedPath.to(B, 1), 1, 2);
        send(a, FixedPath.to(B, 1), 1, 2, 3);

        assertEquals(List.of(), poll(b));
        time.advance(Duration.ofMillis(1));
        assertEquals(1, poll(b).size());
        time.advance(Duration.ofMillis(3));
        assertEquals(List.of(), poll(b));
        time.advance(Duration.ofMillis(1));
        assertEquals(List.of("1 bytes on 10.0.0.1:1 from 10.0.0.9 ecn 1"), poll(b));
    }

    @Test
    void shouldBoundWhatWaits() throws IOException {
        DatagramEndpoint a = network.open(port(1), A);
        DatagramEndpoint b =
                network.open(DatagramConfig.builder().port(1).largestDatagram(2).build(), B);
        send(a, FixedPath.to(B, 1), 1, 2, 3);
        for (int i = 0; i < MemoryDatagramNetwork.QUEUE + 5; i++) {
            send(a, FixedPath.to(B, 1), 1);
        }
        assertEquals(5, b.stats().dropped(DropReason.QUEUE_FULL));
        assertEquals(1, b.stats().dropped(DropReason.TRUNCATED));
    }

    @Test
    void shouldRefuseATakenPortAndAForeignAddress() throws IOException {
        DatagramEndpoint first = network.open(port(7), A);
        assertThrows(IOException.class, () -> network.open(port(7), A, A2));
        assertThrows(
                IOException.class,
                () -> network.open(DatagramConfig.builder().address(B).build(), A));
        first.close();
        network.open(port(7), A, A2).close();
    }

    @Test
    void shouldEndAReceiverThatWaits() throws Exception {
        DatagramEndpoint endpoint = network.open(port(7), A);
        CompletableFuture<Integer> woken = receive(endpoint);
        endpoint.wake();
        assertEquals(0, woken.get());
        CompletableFuture<Integer> served = receive(endpoint);
        send(endpoint, FixedPath.to(A, 7), 1);
        assertEquals(1, served.get());
        CompletableFuture<Integer> closed = receive(endpoint);
        endpoint.close();
        assertEquals(DatagramEndpoint.CLOSED, closed.get());
        assertTrue(endpoint.isClosed());
    }

    /** In a thread of its own: the common pool may have but one, and then belongs to nobody who waits. */
    private static CompletableFuture<Integer> receive(DatagramEndpoint endpoint) {
        CompletableFuture<Integer> received = new CompletableFuture<>();
        Thread receiver = new Thread(() -> {
            try {
                received.complete(endpoint.receive(datagram -> {}));
            } catch (IOException | RuntimeException | Error failure) {
                received.completeExceptionally(failure);
            }
        });
        receiver.setDaemon(true);
        receiver.start();
        return received;
    }
}
