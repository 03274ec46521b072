// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.datagram;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramCounter;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.FixedPath;
import io.pktkit.datagram.OffloadMode;
import io.pktkit.device.Burst;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** On a host of many addresses, answers leave from the one that was asked. All of 127.0.0.0/8 is this host's. */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SourceAddressTest {

    private static final List<IpAddress> OURS =
            List.of(IpAddress.parse("127.0.0.1"), IpAddress.parse("127.0.0.2"), IpAddress.parse("127.0.0.3"));

    @ParameterizedTest
    @EnumSource(
            value = OffloadMode.class,
            names = {"OFF", "AUTO"})
    void shouldAnswerFromTheAddressThatWasAsked(OffloadMode mode) throws IOException {
        try (DatagramEndpoint server = Ends.provider("linux")
                        .open(DatagramConfig.builder().offload(mode).build());
                DatagramEndpoint client = Ends.open("linux", Ends.V4)) {
            for (IpAddress asked : OURS) {
                Burst burst = Burst.open();
                for (int i = 0; i < 20; i++) {
                    Ends.write(client, Ends.to(server, asked), Ends.payload(200, i));
                }
                burst.close();

                // Answered on the path as it was lent, without a copy of it.
                int answered = 0;
                while (answered < 20) {
                    answered += server.receive(datagram -> {
                        assertEquals(asked, datagram.localAddress());
                        server.send(datagram.buffer(), datagram.offset(), datagram.length(), datagram);
                    });
                }

                for (Received answer : Received.take(client, 20)) {
                    assertEquals(asked, answer.path().remoteAddress());
                    assertEquals(server.port(), answer.path().remotePort());
                }
            }
            assertEquals(mode == OffloadMode.AUTO ? 60 : 0, server.counter(DatagramCounter.SEGMENTS));
            assertEquals(mode == OffloadMode.AUTO ? 60 : 0, server.counter(DatagramCounter.COALESCED));
        }
    }

    @Test
    void shouldSendFromAnotherAddressWhenThatOfThePathIsGone() throws IOException {
        try (DatagramEndpoint server =
                        Ends.provider("linux").open(DatagramConfig.builder().build());
                DatagramEndpoint client = Ends.open("linux", Ends.V4)) {
            FixedPath path = Ends.to(client, Ends.V4).from(IpAddress.parse("192.0.2.77"));
            for (int round = 0; round < 20; round++) {
                Burst burst = Burst.open();
                for (int i = 0; i < 10; i++) {
                    Ends.write(server, path, Ends.payload(200, i));
                }
                burst.close();
                assertEquals(0, server.stats().snapshot().sendDropped());
                assertEquals(10, Received.take(client, 10).size());
            }
            assertEquals(200, server.counter(DatagramCounter.SOURCE_FALLBACKS));
            // The runs were refused for their source, which must not be taken for a fault of segmentation.
            assertTrue(server.describe().contains("segmentation on"), server.describe());
        }
    }

    @Test
    void shouldTellOneFromTheOtherRun() throws IOException {
        try (DatagramEndpoint server =
                        Ends.provider("linux").open(DatagramConfig.builder().build());
                DatagramEndpoint client = Ends.open("linux", Ends.V4)) {
            Burst burst = Burst.open();
            for (int i = 0; i < 30; i++) {
                FixedPath to = Ends.to(client, Ends.V4).from(OURS.get(i / 10));
                Ends.write(server, to, Ends.payload(200, i));
            }
            burst.close();
            List<Received> got = Received.take(client, 30);
            for (int i = 0; i < 30; i++) {
                assertEquals(OURS.get(i / 10), got.get(i).path().remoteAddress(), "i=" + i);
            }
            assertEquals(3, server.counter(DatagramCounter.SEGMENTED_SENDS));
        }
    }
}
