// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.device.L3Device;
import io.pktkit.ovpn.internal.session.TestCerts;
import io.pktkit.ovpn.internal.session.TestClient;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;

/**
 * Many clients of the tests and a server with threads, over UDP on the loopback and in real time. The server sends back what
 * it gets. All clients run on the thread that calls.
 */
final class ManyClients implements AutoCloseable {

    /** So many are on their way in at a time: more would only wait for the one thread of the server's TLS. */
    private static final int AT_ONCE = 32;

    private static final int PACKET = 2048;
    private static final long FLUSH_NANOS = 500_000_000L;
    private static final Duration RENEGOTIATION = Duration.ofMillis(1100);
    private static final long PING_NANOS = 10_000_000_000L;
    private static final byte[] PING = HexFormat.of().parseHex("2a187bf3641eb4cb07ed2d0a981fc748");

    final OvpnServer server;
    private final Selector selector = Selector.open();
    private final List<Client> clients = new ArrayList<>();
    private final ByteBuffer buffer = ByteBuffer.allocate(PACKET);
    private long flushed = System.nanoTime();

    /** One client, its socket, and how many replies it got. */
    private static final class Client {
        final TestClient engine;
        final DatagramChannel channel;
        int replies;

        Client(TestClient engine, DatagramChannel channel) {
            this.engine = engine;
            this.channel = channel;
        }
    }

    /** Opens a server for so many. */
    ManyClients(int most) throws IOException {
        TestCerts.Holder own = TestCerts.server();
        server = OvpnServer.shared(OvpnServerConfig.builder(own.chain(), own.key())
                .clientCertificates(List.of(TestCerts.authority()))
                .subnet(IpPrefix.parse("10.8.0.1/19"))
                .udp(DatagramConfig.builder().port(0).build())
                .limits(new OvpnLimits(most, most, most, most, 1_000_000, 16, 16))
                .renegotiate(Duration.ZERO)
                .allowSameNames(true)
                .build());
        L3Device device = server.device();
        device.attach(packet -> device.send(swapped(packet)));
    }

    private static Packet swapped(Packet packet) {
        ByteBuffer copy = ByteBuffer.wrap(packet.toBytes());
        int source = copy.getInt(12);
        copy.putInt(12, copy.getInt(16)).putInt(16, source);
        return new Packet().wrap(copy, 0, copy.capacity());
    }

    /** Lets more clients in, and waits until they are. */
    void join(int count) throws IOException {
        int begun = clients.size();
        int wanted = begun + count;
        while (begun < wanted || !all(client -> client.engine.isUp())) {
            int in = (int)
                    clients.stream().filter(client -> client.engine.isUp()).count();
            while (begun < wanted && begun - in < AT_ONCE) {
                begin(++begun);
            }
            pump("joining, " + in + " are in");
        }
    }

    private void begin(int number) throws IOException {
        DatagramChannel channel = DatagramChannel.open();
        channel.configureBlocking(false);
        channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
        Client client = new Client(new TestClient(number), channel);
        clients.add(client);
        channel.register(selector, SelectionKey.OP_READ, client);
        client.engine.start(System.nanoTime());
        send(client);
    }

    /** All make new keys, which a client may do once a second. */
    void renegotiate() throws IOException {
        idle(RENEGOTIATION);
        for (int from = 0; from < clients.size(); from += AT_ONCE) {
            List<Client> some = clients.subList(from, Math.min(clients.size(), from + AT_ONCE));
            for (Client client : some) {
                client.engine.renegotiate(System.nanoTime());
                send(client);
            }
            while (!some.stream().allMatch(client -> client.engine.isUp())) {
                pump("renegotiating");
            }
        }
        // A client has its key before the server has decided about it.
        pump("settling");
    }

    /** All send a packet, which comes back. */
    void exchange() throws IOException {
        for (int from = 0; from < clients.size(); from += AT_ONCE) {
            List<Client> some = clients.subList(from, Math.min(clients.size(), from + AT_ONCE));
            some.forEach(client -> client.replies = 0);
            // Datagrams get lost, and under a new key while the server has not decided about it yet.
            for (long due = System.nanoTime(); !some.stream().allMatch(client -> client.replies > 0); ) {
                if (System.nanoTime() - due >= 0) {
                    due = System.nanoTime() + FLUSH_NANOS;
                    for (Client client : some) {
                        ask(client);
                    }
                }
                pump("exchanging");
            }
        }
    }

    private static void ask(Client client) throws IOException {
        if (client.replies == 0) {
            String address = client.engine.pushed("ifconfig").split(" ", 2)[0];
            byte[] inner = VirtualServer.packet(address, "192.0.2.99");
            client.channel.write(ByteBuffer.wrap(client.engine.data(inner, true)));
        }
    }

    /** All send a ping as often as they are told to, and hear those of the server. */
    void idle(Duration howLong) throws IOException {
        long begun = System.nanoTime();
        long end = begun + howLong.toNanos();
        int pinged = 0;
        for (long now = begun; now - end < 0; now = System.nanoTime()) {
            // One after the other, each every ten seconds.
            long due = (now - begun) * clients.size() / PING_NANOS;
            while (pinged < due) {
                Client client = clients.get(pinged++ % clients.size());
                client.channel.write(ByteBuffer.wrap(client.engine.data(PING, true)));
            }
            pump("idling");
        }
    }

    /** All leave. */
    void leave() throws IOException {
        for (Client client : clients) {
            client.engine.say("EXIT");
            client.engine.flush(System.nanoTime());
            send(client);
            pump("leaving");
        }
        while (server.sessions() > 0) {
            pump("leaving, there are " + server.sessions());
        }
        for (Client client : clients) {
            client.channel.close();
        }
        clients.clear();
        selector.selectNow();
    }

    private boolean all(Predicate<Client> holds) {
        return clients.stream().allMatch(holds);
    }

    /** Takes what has come, or waits for it, and repeats what is due. */
    private void pump(String doing) throws IOException {
        if (Thread.interrupted()) {
            throw new IOException("it takes too long: " + doing);
        }
        selector.select(50);
        for (SelectionKey key : selector.selectedKeys()) {
            receive((Client) key.attachment());
        }
        selector.selectedKeys().clear();
        long now = System.nanoTime();
        if (now - flushed > FLUSH_NANOS) {
            flushed = now;
            for (Client client : clients) {
                client.engine.flush(now);
                send(client);
            }
        }
    }

    private void receive(Client client) throws IOException {
        while (true) {
            buffer.clear();
            if (client.channel.read(buffer) <= 0) {
                return;
            }
            byte[] packet = Arrays.copyOf(buffer.array(), buffer.position());
            byte[] payload = client.engine.receive(packet, System.nanoTime());
            if (payload != null && payload.length > 0 && payload[0] == 0x45) {
                client.replies++;
            }
            send(client);
        }
    }

    private static void send(Client client) throws IOException {
        for (byte[] packet : client.engine.out) {
            client.channel.write(ByteBuffer.wrap(packet));
        }
        client.engine.out.clear();
    }

    @Override
    public void close() throws IOException {
        for (Client client : clients) {
            client.channel.close();
        }
        selector.close();
        server.close();
        server.done().toCompletableFuture().join();
    }
}
