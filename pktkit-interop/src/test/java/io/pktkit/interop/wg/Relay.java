// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import io.pktkit.wg.WgEndpoint;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/**
 * A NAT between our port and a stock peer, which can give us another port at any time, and can hold initiations back until
 * both ends have sent theirs. Neither end can be made to cross another without it.
 */
final class Relay implements AutoCloseable {
    private static final int INITIATION = 148;

    @SuppressWarnings("ArrayRecordComponent") // never compared, and made for the one who takes it
    private record Held(boolean ours, byte[] datagram) {}

    private final SocketAddress us;
    private final SocketAddress peer;
    private final DatagramSocket near;
    private final List<Held> held = new ArrayList<>();
    private DatagramSocket far;
    private boolean closed;
    private int awaited;
    private int crossed;

    /** Relays between our port and where the peer listens. */
    Relay(int ourPort, WgEndpoint where) throws IOException {
        us = new InetSocketAddress(InetAddress.getLoopbackAddress(), ourPort);
        peer = new InetSocketAddress(java(where.address()), where.port());
        near = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        far = new DatagramSocket();
        pump(near, true);
        pump(far, false);
    }

    private static InetAddress java(IpAddress address) throws UnknownHostException {
        return InetAddress.getByName(address.toString());
    }

    /** {@return where the peer is, for us} */
    WgEndpoint endpointOfPeer() {
        return new WgEndpoint(IpAddress.parse("127.0.0.1"), near.getLocalPort());
    }

    /** {@return the port at which we are, for the peer} */
    synchronized int portOfUs() {
        return far.getLocalPort();
    }

    /** Moves us to another port, as a NAT that has forgotten us does. */
    synchronized void move() throws IOException {
        DatagramSocket before = far;
        far = new DatagramSocket();
        before.close();
        pump(far, false);
    }

    /** Holds initiations back until there are so many of each end. */
    synchronized void crossInitiations(int ofEach) {
        awaited = ofEach;
        crossed = 0;
    }

    /** {@return how many initiations of each end were on their way at once} */
    synchronized int crossed() {
        return crossed;
    }

    private void pump(DatagramSocket from, boolean ours) {
        Thread thread = new Thread(
                () -> {
                    byte[] buffer = new byte[65_535];
                    DatagramPacket received = new DatagramPacket(buffer, buffer.length);
                    while (!from.isClosed()) {
                        try {
                            received.setLength(buffer.length);
                            from.receive(received);
                            byte[] datagram = new byte[received.getLength()];
                            System.arraycopy(buffer, 0, datagram, 0, datagram.length);
                            pass(new Held(ours, datagram));
                        } catch (IOException e) {
                            // Closed, or the far end is not there at the moment: a network loses what comes then.
                        }
                    }
                },
                "relay");
        thread.setDaemon(true);
        thread.start();
    }

    private synchronized void pass(Held one) throws IOException {
        boolean isInitiation = one.datagram.length == INITIATION && one.datagram[0] == 1;
        if (closed || awaited == 0 || !isInitiation) {
            send(one);
            return;
        }
        held.add(one);
        int ours = (int) held.stream().filter(Held::ours).count();
        int theirs = held.size() - ours;
        if (ours >= awaited && theirs >= awaited) {
            crossed = Math.min(ours, theirs);
            awaited = 0;
            for (Held each : held) {
                send(each);
            }
            held.clear();
        }
    }

    private void send(Held one) throws IOException {
        if (one.ours) {
            far.send(new DatagramPacket(one.datagram, one.datagram.length, peer));
        } else {
            near.send(new DatagramPacket(one.datagram, one.datagram.length, us));
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        near.close();
        far.close();
    }
}
