// SPDX-License-Identifier: MIT
package io.pktkit.interop.ovpn;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.Random;

/**
 * Stands between a client and a server of UDP: it can give the client another port at any time, as a NAT does that has
 * forgotten it, and can lose, repeat and reorder datagrams.
 */
final class Relay implements AutoCloseable {
    private final DatagramSocket near;
    private final InetAddress host;
    private final SocketAddress server;
    private final Random random;
    private final int percent;
    private DatagramSocket far;
    private volatile SocketAddress client = new InetSocketAddress(0);
    private volatile boolean closed;
    private int dropped;
    private int seen;
    private byte[] held = {};

    /** Relays from a port of a host to a port of it; of the datagrams so many percent suffer. */
    Relay(String address, int serverPort, int percent, long seed) throws IOException {
        this.host = InetAddress.getByName(address);
        this.server = new InetSocketAddress(host, serverPort);
        this.percent = percent;
        this.random = new Random(seed);
        near = new DatagramSocket(0, host);
        far = new DatagramSocket(0, host);
        pump(near, true);
        pump(far, false);
    }

    int port() {
        return near.getLocalPort();
    }

    synchronized int farPort() {
        return far.getLocalPort();
    }

    /** The client comes from another port from now on. */
    synchronized void move() throws IOException {
        DatagramSocket before = far;
        far = new DatagramSocket(0, host);
        pump(far, false);
        before.close();
    }

    synchronized int dropped() {
        return dropped;
    }

    private void pump(DatagramSocket from, boolean fromClient) {
        Thread thread = new Thread(
                () -> {
                    byte[] buffer = new byte[65_535];
                    while (!closed && !from.isClosed()) {
                        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                        try {
                            from.receive(packet);
                            if (fromClient) {
                                client = packet.getSocketAddress();
                            }
                            pass(Arrays.copyOf(buffer, packet.getLength()), fromClient);
                        } catch (IOException e) {
                            // The socket was replaced or closed, or an ICMP error came; the loop looks which.
                            dropped();
                        }
                    }
                },
                "relay");
        thread.setDaemon(true);
        thread.start();
    }

    private synchronized void pass(byte[] datagram, boolean fromClient) throws IOException {
        // The third is lost in any case: of so few, chance alone may lose none.
        boolean third = percent > 0 && ++seen == 3;
        if (!third && random.nextInt(100) >= percent) {
            send(datagram, fromClient);
            if (held.length > 0 && fromClient) {
                byte[] late = held;
                held = new byte[0];
                send(late, true);
            }
            return;
        }
        switch (third ? 2 : random.nextInt(3)) {
            case 0 -> {
                send(datagram, fromClient);
                send(datagram, fromClient);
            }
            case 1 -> {
                // Late by one, or lost if another is late by then.
                dropped += held.length > 0 || !fromClient ? 1 : 0;
                held = fromClient ? datagram : held;
            }
            default -> dropped++;
        }
    }

    private void send(byte[] datagram, boolean fromClient) throws IOException {
        if (fromClient) {
            far.send(new DatagramPacket(datagram, datagram.length, server));
        } else {
            near.send(new DatagramPacket(datagram, datagram.length, client));
        }
    }

    @Override
    public void close() {
        closed = true;
        near.close();
        synchronized (this) {
            far.close();
        }
    }
}
