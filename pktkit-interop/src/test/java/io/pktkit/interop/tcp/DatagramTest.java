// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.Await;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.Pings;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.vclient.VirtualDatagram;
import io.pktkit.vclient.VirtualDatagramSocket;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** UDP, whole and in fragments, and echoes. */
@NeedsPeer({"ip", "python3", "ping"})
@Timeout(300)
class DatagramTest {
    private static final Duration LIMIT = Await.LIMIT;

    /** Empty, small, the most that fits one packet of each family and one more, the 20 KB, the most there is. */
    private static final int[] LENGTHS = {0, 1, 1452, 1453, 1472, 1473, 20_000, 65_507};

    private static VirtualClient client;
    private static TunNetwork network;

    @BeforeAll
    static void bringUp() throws IOException {
        client = new VirtualClient();
        network = new TunNetwork(1500, client);
    }

    @AfterAll
    static void tearDown() {
        if (network != null) {
            network.close();
        }
    }

    static Stream<Arguments> datagrams() {
        return Stream.of(IpFamily.values())
                .flatMap(family -> java.util.Arrays.stream(LENGTHS).mapToObj(length -> Arguments.of(family, length)));
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldGetEchoesOfLinux(IpFamily family) throws IOException {
        try (LinuxPeer linux = network.peer(
                        LinuxPeer.words("times=" + LENGTHS.length, "udp-echo", TunNetwork.linux(family), 0));
                VirtualDatagramSocket socket = client.openDatagram(0)) {
            socket.connect(TunNetwork.linux(family), linux.port());
            for (int length : LENGTHS) {
                byte[] payload = new byte[length];
                new SplittableRandom(Streams.SEED).nextBytes(payload);
                socket.send(ByteBuffer.wrap(payload));

                VirtualDatagram echo = socket.receive(LIMIT);

                assertEquals("" + length, linux.expect("echoed"));
                assertArrayEquals(payload, echo.toBytes(), length + " bytes, seed " + Streams.SEED);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("datagrams")
    void shouldEchoToLinux(IpFamily family, int length) throws IOException {
        try (VirtualDatagramSocket socket = client.openDatagram(0);
                LinuxPeer linux = network.peer(LinuxPeer.words(
                        "", "udp-send", TunNetwork.ours(family), socket.localPort(), Integer.toString(length)))) {
            VirtualDatagram datagram = socket.receive(LIMIT);
            socket.send(datagram.source(), datagram.sourcePort(), datagram.payload());

            assertEquals("" + length, linux.expect("same"));
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldTellThatNobodyListensAtLinux(IpFamily family) throws IOException {
        try (VirtualDatagramSocket socket = client.openDatagram(0)) {
            socket.connect(TunNetwork.linux(family), 9);
            socket.send(ByteBuffer.wrap(new byte[10]));

            assertThrows(PortUnreachableException.class, () -> socket.receive(LIMIT));
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldTellLinuxThatNobodyListensHere(IpFamily family) throws IOException {
        try (LinuxPeer linux = network.peer(LinuxPeer.words("", "udp-send", TunNetwork.ours(family), 9, "10"))) {
            assertEquals("ECONNREFUSED", linux.expect("error"));
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldPingLinux(IpFamily family) throws IOException {
        Duration time = client.ping(TunNetwork.linux(family), LIMIT);

        assertTrue(!time.isNegative() && time.compareTo(LIMIT) < 0, "round trip " + time);
    }

    /** With 8000 bytes request and reply are fragmented. */
    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldAnswerThePingOfLinux(IpFamily family) {
        for (int length : new int[] {0, 56, 1452, 1473, 8000}) {
            String output = network.run(Pings.command(2, "-i 0.05 -s " + length, TunNetwork.ours(family)));
            Pings.expectAll(2, output);
        }
    }
}
