// SPDX-License-Identifier: MIT
package io.pktkit.lab.relay;

import io.pktkit.vclient.VirtualDatagram;
import io.pktkit.vclient.VirtualDatagramSocket;
import io.pktkit.wire.IpAddress;
import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;

/** A UDP socket of the host or of a virtual network. One thread receives, any sends. */
public interface UdpSide extends Closeable {

    /**
     * A datagram.
     *
     * @param payload what is in it
     * @param address where it comes from, or goes to
     * @param port the port there
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Message(byte[] payload, IpAddress address, int port) {}

    /**
     * Waits for a datagram.
     *
     * @param limit how long, zero for ever
     * @return the datagram
     * @throws SocketTimeoutException if none came
     * @throws IOException if the socket is closed or broken
     */
    Message receive(Duration limit) throws IOException;

    /**
     * Sends a datagram.
     *
     * @param message what, and where to
     * @throws IOException if it cannot be sent
     */
    void send(Message message) throws IOException;

    /** {@return the port that it is bound to} */
    int port();

    /**
     * Makes one of a socket of the host.
     *
     * @param socket the socket, which it owns
     * @return the same
     */
    static UdpSide of(DatagramSocket socket) {
        return new UdpSide() {
            private final byte[] buffer = new byte[65_535];

            @Override
            public Message receive(Duration limit) throws IOException {
                socket.setSoTimeout((int) limit.toMillis());
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                socket.receive(packet);
                byte[] payload = Arrays.copyOf(buffer, packet.getLength());
                return new Message(payload, IpAddress.of(packet.getAddress()), packet.getPort());
            }

            @Override
            public void send(Message message) throws IOException {
                socket.send(new DatagramPacket(
                        message.payload(),
                        message.payload().length,
                        new InetSocketAddress(message.address().toInetAddress(), message.port())));
            }

            @Override
            public int port() {
                return socket.getLocalPort();
            }

            @Override
            public void close() {
                socket.close();
            }
        };
    }

    /**
     * Makes one of a socket of a virtual network.
     *
     * @param socket the socket, which it owns
     * @return the same
     */
    static UdpSide of(VirtualDatagramSocket socket) {
        return new UdpSide() {
            @Override
            public Message receive(Duration limit) throws IOException {
                VirtualDatagram datagram = limit.isZero() ? socket.receive() : socket.receive(limit);
                return new Message(datagram.toBytes(), datagram.source(), datagram.sourcePort());
            }

            @Override
            public void send(Message message) throws IOException {
                socket.send(message.address(), message.port(), ByteBuffer.wrap(message.payload()));
            }

            @Override
            public int port() {
                return socket.localPort();
            }

            @Override
            public void close() {
                socket.close();
            }
        };
    }
}
