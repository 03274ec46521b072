// SPDX-License-Identifier: MIT
package io.pktkit.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.wire.IpAddress;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class QemuDatagramDeviceTest {

    private static final IpAddress LOOPBACK = IpAddress.parse("127.0.0.1");

    private static void send(DatagramSocket from, byte[] bytes, int port) throws Exception {
        from.send(new DatagramPacket(bytes, bytes.length, InetAddress.getLoopbackAddress(), port));
    }

    /** Datagrams of two sockets may overtake each other. */
    private static void awaitDropped(QemuDatagramDevice device, DropReason reason) {
        while (device.stats().dropped(reason) != 1) {
            Thread.onSpinWait();
        }
    }

    @Test
    void shouldCarryAFrameInEachDatagramOfItsPeerAlone() throws Exception {
        Station station = new Station();
        try (DatagramSocket qemu = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                DatagramSocket other = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                QemuDatagramDevice device =
                        QemuDatagramDevice.open(LOOPBACK, 0, LOOPBACK, qemu.getLocalPort(), QemuConfig.DEFAULT)) {
            device.attach(station);
            send(other, Peer.frame(60, 1), device.port());
            awaitDropped(device, DropReason.FILTERED);
            send(qemu, new byte[13], device.port());
            awaitDropped(device, DropReason.TRUNCATED);
            send(qemu, Peer.frame(1514, 2), device.port());

            assertEquals(2, ByteBuffer.wrap(station.next()).getInt(14));
            assertEquals(2, device.stats().snapshot().receiveDropped());

            assertTrue(device.send(Peer.view(Peer.frame(1514, 3))));
            DatagramPacket got = new DatagramPacket(new byte[2000], 2000);
            qemu.receive(got);
            assertEquals(1514, got.getLength());
            assertEquals(3, ByteBuffer.wrap(got.getData()).getInt(14));
            assertFalse(device.send(Peer.view(new byte[65_508])));
        }
    }

    @Test
    void shouldNotHoldAPortForAPeerThatCannotBe() throws Exception {
        int port;
        try (DatagramSocket free = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }

        assertThrows(
                IllegalArgumentException.class,
                () -> QemuDatagramDevice.open(LOOPBACK, port, LOOPBACK, 0, QemuConfig.DEFAULT));

        QemuDatagramDevice.open(LOOPBACK, port, LOOPBACK, 9, QemuConfig.DEFAULT).close();
    }
}
