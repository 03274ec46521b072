// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import static io.pktkit.vclient.TwoClients.get;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Interposer;
import io.pktkit.device.Receiver;
import io.pktkit.device.Sender;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SuperSegmentTest {
    private static final int LENGTH = 4 << 20;

    /** Looks at what passes. */
    private static final class Watch implements Interposer<Packet> {
        final AtomicInteger superSegments = new AtomicInteger();
        final AtomicInteger pending = new AtomicInteger();

        @Override
        public void fromDevice(Packet packet, Receiver<Packet> next) {
            superSegments.addAndGet(packet.segmentSize() > 0 ? 1 : 0);
            pending.addAndGet(packet.checksumPending() ? 1 : 0);
            next.receive(packet);
        }

        @Override
        public boolean toDevice(Packet packet, Sender<Packet> next) {
            return next.send(packet);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.2", "fd00::2"})
    void shouldPassThemToAnotherClient(String host) throws Exception {
        byte[] content = new byte[LENGTH];
        new Random(1).nextBytes(content);
        Watch watch = new Watch();
        try (TwoClients net = new TwoClients();
                ServerSocket listener = net.bob.listen(80)) {
            Objects.requireNonNull(net.alice.attachment()).interpose(watch);
            Future<byte[]> got = net.async(() -> {
                try (Socket socket = listener.accept()) {
                    return socket.getInputStream().readAllBytes();
                }
            });
            try (Socket socket = net.alice.dial(host, 80)) {
                socket.getOutputStream().write(content);
            }
            assertArrayEquals(content, get(got));
        }
        assertTrue(watch.superSegments.get() > 10, "super-segments: " + watch.superSegments);
        assertTrue(watch.pending.get() >= watch.superSegments.get(), "checksums pending: " + watch.pending);
    }

    /** Who attaches himself and says nothing gets what a wire would bring. */
    @Test
    void shouldSendFinishedPacketsToWhoDoesNotFinishThem() {
        ManualTime time = new ManualTime();
        try (VirtualClient client = new VirtualClient(VirtualClientConfig.DEFAULT.withTimers(time))) {
            client.setPrefix(IpPrefix.parse("10.0.0.1/24"));
            AtomicInteger seen = new AtomicInteger();
            client.attach(packet -> {
                assertFalse(packet.isUnfinished());
                assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
                seen.incrementAndGet();
            });
            Thread dialler = new Thread(() -> {
                try {
                    client.dial("10.0.0.2", 80).close();
                } catch (java.io.IOException expected) {
                    // the client is closed
                }
            });
            dialler.start();
            TwoClients.awaitThat(() -> seen.get() > 0);
            assertEquals(1, seen.get());
        }
    }
}
