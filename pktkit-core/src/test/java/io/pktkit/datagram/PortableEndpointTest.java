// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What any system can do. How it agrees with the provider of Linux is tested where that one is. */
@Timeout(value = 60, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PortableEndpointTest {

    private static final IpAddress LOOPBACK = IpAddress.parse("127.0.0.1");

    private static DatagramEndpoint open() throws IOException {
        return Datagrams.portable()
                .open(DatagramConfig.builder().address(LOOPBACK).build());
    }

    @Test
    void shouldCarryDatagramsOfManySizes() throws IOException {
        try (DatagramEndpoint a = open();
                DatagramEndpoint b = open()) {
            for (int size : new int[] {0, 1, 64, 1452, 9216}) {
                byte[] payload = new byte[size + 3];
                new Random(size).nextBytes(payload);
                assertTrue(a.send(ByteBuffer.wrap(payload), 3, size, FixedPath.to(LOOPBACK, b.port())));
                List<byte[]> got = new ArrayList<>();
                while (got.isEmpty()) {
                    b.receive(datagram -> got.add(datagram.toBytes()));
                }
                assertArrayEquals(Arrays.copyOfRange(payload, 3, size + 3), got.get(0));
            }
        }
    }

    @Test
    void shouldTellWhatItDoes() throws IOException {
        try (DatagramEndpoint bound = open();
                DatagramEndpoint any =
                        Datagrams.portable().open(DatagramConfig.builder().build())) {
            assertEquals(Set.of(DatagramFeature.LOCAL_ADDRESS), bound.features());
            assertEquals(Set.of(), any.features());
            assertFalse(bound.setSegmentation(true));
            assertTrue(bound.describe().startsWith("portable UDP on 127.0.0.1 port " + bound.port()), bound.describe());
            assertEquals(LOOPBACK, bound.localAddress(IpFamily.IPV4));
            assertNull(bound.localAddress(IpFamily.IPV6));
        }
    }

    /** The JDK's IPv6 sockets carry IPv4 too, which was not asked for here. */
    @Test
    void shouldNotHearTheFamilyThatWasNotAskedFor() throws IOException {
        DatagramConfig v6 = DatagramConfig.builder()
                .address(IpAddress.unspecified(IpFamily.IPV6))
                .build();
        try (DatagramEndpoint a = open();
                DatagramEndpoint b = Datagrams.portable().open(v6)) {
            a.send(ByteBuffer.allocate(3), 0, 3, FixedPath.to(LOOPBACK, b.port()));
            b.wake();
            while (b.stats().dropped(DropReason.FILTERED) == 0) {
                assertEquals(0, b.poll(datagram -> {}));
            }
            assertFalse(b.send(ByteBuffer.allocate(3), 0, 3, FixedPath.to(LOOPBACK, a.port())));
        }
    }

    @Test
    void shouldCheckItsConfiguration() {
        DatagramConfig.Builder builder = DatagramConfig.builder();
        assertThrows(IllegalArgumentException.class, () -> builder.port(65_536));
        assertThrows(IllegalArgumentException.class, () -> builder.largestDatagram(65_508));
        assertThrows(IllegalArgumentException.class, () -> builder.maxBatches(0));
        assertThrows(IllegalArgumentException.class, () -> builder.receiveBuffer(1));
        assertThrows(IllegalArgumentException.class, () -> builder.address(IpAddress.parse("224.0.0.1")));
        assertThrows(IllegalArgumentException.class, () -> builder.address(IpAddress.parse("::ffff:10.0.0.1")));
        assertThrows(IllegalArgumentException.class, () -> FixedPath.to(LOOPBACK, 0));
        assertThrows(IllegalArgumentException.class, () -> FixedPath.to(LOOPBACK, 3, 1));
        FixedPath path = FixedPath.to(LOOPBACK, 1);
        assertThrows(IllegalArgumentException.class, () -> path.from(IpAddress.parse("::1")));
    }

    @Test
    void shouldCompareAndPrintPaths() {
        FixedPath link = FixedPath.to(IpAddress.parse("fe80::1"), 4, 9).from(IpAddress.parse("fe80::2"));
        Datagram datagram = new Datagram()
                .remote(false, link.remoteHigh(), link.remoteLow(), 4, 9)
                .local(link.localHigh(), link.localLow(), 3);
        assertEquals("[fe80::1%4]:9 from fe80::2", link.toString());
        assertEquals(link, FixedPath.copyOf(datagram));
        assertEquals(link.hashCode(), FixedPath.copyOf(datagram).hashCode());
        assertTrue(link.samePath(datagram));
        datagram.remote(false, link.remoteHigh(), link.remoteLow(), 5, 9);
        assertFalse(link.sameRemote(datagram));
        datagram.remote(false, link.remoteHigh(), link.remoteLow(), 4, 9).local(0, 0, 0);
        assertTrue(link.sameRemote(datagram));
        assertFalse(link.samePath(datagram));
    }
}
