// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.interop.tcp.LinuxPeer;
import io.pktkit.interop.tcp.Streams;
import io.pktkit.iphost.socket.VirtualServerSocket;
import io.pktkit.vclient.VirtualDatagramSocket;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Random;

/** What goes through a tunnel between us and a stock peer. */
record Exchange(OurEnd us, StockPeer peer) {
    private static final int BULK = 2 << 20;
    private static final int BACK = 1 << 20;

    /** Everything, in both families and directions. */
    void run() throws IOException {
        for (IpFamily family : IpFamily.values()) {
            pingBothWays(family);
            weDial(family);
            peerDials(family);
            datagrams(family, OurEnd.MTU);
            edges(family);
        }
    }

    /** The first ping of ours waits for a handshake that may have to be sent twice. */
    void wePing(IpFamily family) throws IOException {
        us.client.ping(OurEnd.innerOfPeer(family), StockPeer.LIMIT);
    }

    void peerPings(IpFamily family) {
        peer.run("ping -c 1 -W 60 " + OurEnd.inner(family));
    }

    void pingBothWays(IpFamily family) throws IOException {
        wePing(family);
        peerPings(family);
    }

    /** We dial and send, and the peer answers when it has all. */
    void weDial(IpFamily family) throws IOException {
        try (LinuxPeer linux = peer.python(
                        StockPeer.LIMIT,
                        LinuxPeer.words(
                                "",
                                "tcp-listen",
                                OurEnd.innerOfPeer(family),
                                0,
                                "eof",
                                "send:" + BACK + ":" + Streams.SEED));
                Socket socket = us.client.dial(OurEnd.innerOfPeer(family).toString(), linux.port())) {
            String sent = Streams.send(socket.getOutputStream(), BULK, Streams.SEED);
            socket.shutdownOutput();
            assertEquals(BULK + " " + sent, linux.expect("received"), "seed " + Streams.SEED);
            String received = Streams.receive(socket.getInputStream());
            assertEquals(BACK + " " + linux.expect("sent"), received, "seed " + Streams.SEED);
        }
    }

    /** The peer dials and sends, and we answer when we have all. */
    void peerDials(IpFamily family) throws IOException {
        try (VirtualServerSocket server = us.client.listen(7000);
                LinuxPeer linux = peer.python(
                        StockPeer.LIMIT,
                        LinuxPeer.words(
                                "",
                                "tcp-connect",
                                OurEnd.inner(family),
                                7000,
                                "send:" + BULK + ":" + Streams.SEED,
                                "shut",
                                "eof"));
                Socket socket = server.accept()) {
            linux.expect("connected");
            String received = Streams.receive(socket.getInputStream());
            assertEquals(BULK + " " + linux.expect("sent"), received, "seed " + Streams.SEED);
            String sent = Streams.send(socket.getOutputStream(), BACK, Streams.SEED);
            socket.shutdownOutput();
            assertEquals(BACK + " " + sent, linux.expect("received"), "seed " + Streams.SEED);
        }
    }

    /** What fits one datagram of the wire's network exactly, and goes in 45 fragments there, and what needs two. */
    void jumbo(IpFamily family, int mtu) throws IOException {
        datagrams(family, mtu);
        String ping = "ping -c 1 -W 60 -M do -s %d " + OurEnd.inner(family);
        peer.run(ping.formatted(mtu - overhead(family)));
        peer.run(ping.formatted(9000 - overhead(family)));
        peer.run("ping -c 1 -W 60 -s 65507 " + OurEnd.inner(family));
        weDial(family);
        peerDials(family);
    }

    /** One byte, what fits the tunnel exactly, one more, and the most that there is, in 47 fragments with the usual MTU. */
    void datagrams(IpFamily family, int mtu) throws IOException {
        int most = mtu - overhead(family);
        int[] lengths = {1, most - 1, most, most + 1, 65_507};
        try (LinuxPeer linux = peer.python(
                        StockPeer.LIMIT,
                        LinuxPeer.words("times=" + lengths.length, "udp-echo", OurEnd.innerOfPeer(family), 0));
                VirtualDatagramSocket socket = us.client.openDatagram(0)) {
            socket.connect(OurEnd.innerOfPeer(family), linux.port());
            for (int length : lengths) {
                byte[] payload = new byte[length];
                new Random(length).nextBytes(payload);
                socket.send(ByteBuffer.wrap(payload));
                assertArrayEquals(payload, socket.receive(StockPeer.LIMIT).toBytes());
                assertEquals("" + length, linux.expect("echoed"));
            }
        }
    }

    /** The peer's kernel and our device take a packet of the tunnel's MTU, and refuse one more byte that must not be cut. */
    void edges(IpFamily family) {
        int most = OurEnd.MTU - overhead(family);
        String ping = "ping -c 1 -W 60 -M do -s %d " + OurEnd.inner(family);
        peer.run(ping.formatted(most));
        String[] tooLong = ping.formatted(most + 1).split(" ");
        assertNotEquals(0, peer.exec(tooLong).exit());
        peer.run("ping -c 1 -W 60 -s 65507 " + OurEnd.inner(family));

        long refused = us.device.stats().dropped(DropReason.TOO_BIG);
        assertTrue(us.device.send(datagram(family, most)));
        assertFalse(us.device.send(datagram(family, most + 1)));
        assertEquals(refused + 1, us.device.stats().dropped(DropReason.TOO_BIG));
    }

    private static int overhead(IpFamily family) {
        return family == IpFamily.IPV4 ? 28 : 48;
    }

    private static Packet datagram(IpFamily family, int length) {
        ByteBuffer bytes = PacketBuilder.udp(
                OurEnd.inner(family), 9, OurEnd.innerOfPeer(family), 9, ByteBuffer.wrap(new byte[length]));
        Packet packet = new Packet().wrap(bytes);
        if (family == IpFamily.IPV4) {
            packet.dontFragment(true);
        }
        return packet;
    }
}
