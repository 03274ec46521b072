// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.tcp.LinuxPeer;
import io.pktkit.interop.tcp.Streams;
import io.pktkit.iphost.socket.VirtualServerSocket;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPeer;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One end moves while a TCP connection is busy, and the connection goes on. */
@NeedsPeer({"ip", "wg", "wireguard-go", "python3", "ping"})
@Timeout(300)
class RoamingTest {
    private static final int STEP = 2 << 20;
    private static final int PORT = 7000;

    /** What happens between two parts of a stream. */
    private interface Move {
        void make() throws IOException;
    }

    /** Makes the next move whenever another part of the stream was read. */
    private static final class Moving extends FilterInputStream {
        private final Deque<Move> moves;
        private long read;

        Moving(InputStream in, List<Move> moves) {
            super(in);
            this.moves = new ArrayDeque<>(moves);
        }

        @Override
        public int read(byte[] target, int from, int length) throws IOException {
            int count = super.read(target, from, length);
            if (count > 0) {
                long before = read / STEP;
                read += count;
                if (read / STEP > before && !moves.isEmpty()) {
                    moves.remove().make();
                }
            }
            return count;
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldBeFollowedToAnotherPort(IpFamily outer) throws IOException {
        beFollowedToAnotherPort(StockPeer.STOCK, outer);
    }

    static void beFollowedToAnotherPort(String program, IpFamily outer) throws IOException {
        try (StockPeer peer = new StockPeer(program, StockPeer.INNER);
                OurEnd us = new OurEnd();
                Relay relay = new Relay(us.port.port(), peer.endpoint(outer))) {
            us.add(peer, relay.endpointOfPeer());
            peer.setPeer(us.publicKey(), OurEnd.ALLOWED);
            Exchange exchange = new Exchange(us, peer);
            exchange.wePing(IpFamily.IPV4);
            assertEquals(relay.portOfUs(), port(peer.show(us.publicKey()).endpoint()));
            int first = relay.portOfUs();
            // Only what we send tells the peer, and acknowledgments wait for what it sends to the old port.
            Move move = () -> {
                relay.move();
                pingUntilAnswered(us);
                peer.await("our new port", () -> port(peer.show(us.publicKey()).endpoint()) == relay.portOfUs());
            };

            stream(us, peer, IpFamily.IPV4, List.of(move, move, move));

            assertNotEquals(first, relay.portOfUs());
        }
    }

    /** Who is busy may lose a datagram. */
    private static void pingUntilAnswered(OurEnd us) throws IOException {
        for (int i = 1; ; i++) {
            try {
                us.client.ping(OurEnd.innerOfPeer(IpFamily.IPV4), Duration.ofSeconds(2));
                return;
            } catch (SocketTimeoutException e) {
                if (i == 10) {
                    throw e;
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldFollowThePeerToAnotherPortAndAddress(IpFamily outer) throws IOException {
        followThePeerToAnotherPortAndAddress(StockPeer.STOCK, outer);
    }

    static void followThePeerToAnotherPortAndAddress(String program, IpFamily outer) throws IOException {
        try (StockPeer peer = new StockPeer(program, StockPeer.INNER);
                OurEnd us = new OurEnd()) {
            WgPeer theirs = us.add(peer, peer.endpoint(outer));
            peer.setPeer(us.publicKey(), OurEnd.ALLOWED);
            new Exchange(us, peer).wePing(IpFamily.IPV4);
            int other = StockPeer.PORT + 1;
            IpAddress moved = peer.onWire(outer, 3);
            Move port = () -> {
                peer.set("listen-port " + other);
                peer.await("its new port", () -> isAt(theirs, peer.outer(outer), other));
            };
            // This daemon goes on sending from an address that it has lost, until it is told to bind anew.
            Move address = () -> {
                peer.moveOnWire(outer, moved);
                peer.set("listen-port " + StockPeer.PORT);
                peer.await("its new address", () -> isAt(theirs, moved, StockPeer.PORT));
            };

            stream(us, peer, IpFamily.IPV6, List.of(port, address));
        }
    }

    private static boolean isAt(WgPeer peer, IpAddress address, int port) {
        WgEndpoint where = peer.endpoint();
        return where != null && where.address().equals(address) && where.port() == port;
    }

    private static int port(String endpoint) {
        return Integer.parseInt(endpoint.substring(endpoint.lastIndexOf(':') + 1));
    }

    /** The peer sends a part more than there are moves, and gets an answer. */
    private static void stream(OurEnd us, StockPeer peer, IpFamily inner, List<Move> moves) throws IOException {
        int length = STEP * (moves.size() + 1);
        try (VirtualServerSocket server = us.client.listen(PORT);
                LinuxPeer linux = peer.python(
                        LinuxPeer.LIMIT,
                        LinuxPeer.words(
                                "",
                                "tcp-connect",
                                OurEnd.inner(inner),
                                PORT,
                                "send:" + length + ":" + Streams.SEED,
                                "shut",
                                "eof"));
                Socket socket = server.accept()) {
            linux.expect("connected");
            Moving moving = new Moving(socket.getInputStream(), moves);
            String received = Streams.receive(moving);
            assertEquals(length + " " + linux.expect("sent"), received, "seed " + Streams.SEED);
            assertEquals(0, moving.moves.size());
            String sent = Streams.send(socket.getOutputStream(), STEP, Streams.SEED);
            socket.shutdownOutput();
            assertEquals(STEP + " " + sent, linux.expect("received"), "seed " + Streams.SEED);
        }
    }
}
