// SPDX-License-Identifier: MIT
package io.pktkit.lab.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.slirp.UdpRequest;
import io.pktkit.time.ManualTime;
import io.pktkit.vclient.dns.DnsMessage;
import io.pktkit.vclient.dns.DnsName;
import io.pktkit.vclient.dns.DnsRecord;
import io.pktkit.vclient.dns.DnsResponseCode;
import io.pktkit.vclient.dns.DnsType;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Queries go to name servers that the test runs on loopback; time-outs are virtual. */
class DnsForwarderTest {
    private static final DnsName NAME = DnsName.parse("www.example.org");
    private static final IpAddress ANSWER = IpAddress.parse("192.0.2.80");
    private static final int LIMIT_MILLIS = 20_000;

    private final ManualTime time = new ManualTime();
    private DatagramSocket first;
    private DatagramSocket second;
    private DnsRelay relay;
    private DnsForwarder forwarder;

    @BeforeEach
    void open() throws IOException {
        first = nameServer();
        second = nameServer();
        relay = new DnsRelay(
                time,
                now -> List.of((InetSocketAddress) first.getLocalSocketAddress(), (InetSocketAddress)
                        second.getLocalSocketAddress()));
        forwarder = new DnsForwarder(new NameTable(DnsName.parse("lan.test"), Map.of()), relay);
    }

    @AfterEach
    void close() {
        relay.close();
        first.close();
        second.close();
        assertEquals(0, relay.pendingQueries());
        assertEquals(0, time.pending());
    }

    @Test
    void shouldOutliveAGuestThreadThatIsInterruptedAndAnAnswerThatFails() throws Exception {
        Query failing = new Query(Query.of(1, DnsName.parse("a.example")).payload, IpAddress.parse("10.0.2.7")) {
            @Override
            public boolean reply(ByteBuffer bytes) {
                throw new IllegalStateException("the guest is in trouble");
            }
        };
        Thread.currentThread().interrupt();
        try {
            forwarder.onDatagram(failing);
        } finally {
            assertTrue(Thread.interrupted());
        }
        answer(receive(first));

        Query query = Query.of(2, DnsName.parse("b.example"));
        forwarder.onDatagram(query);
        answer(receive(first));

        assertEquals(2, query.answer().id());
    }

    private void answer(Arrived arrived) throws IOException {
        byte[] bytes =
                DnsMessage.failure(arrived.query, DnsResponseCode.NXDOMAIN).toBytes(512);
        first.send(new DatagramPacket(bytes, bytes.length, arrived.from));
    }

    private static DatagramSocket nameServer() throws IOException {
        DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        socket.setSoTimeout(LIMIT_MILLIS);
        return socket;
    }

    /** What a guest sends, and a place for what it gets. */
    private static class Query implements UdpRequest {
        final BlockingQueue<byte[]> answers = new LinkedBlockingQueue<>();
        private final byte[] payload;
        private final IpAddress source;

        Query(byte[] payload, IpAddress source) {
            this.payload = payload;
            this.source = source;
        }

        static Query of(int id, DnsName name) {
            return new Query(DnsMessage.query(id, name, DnsType.A).toBytes(512), IpAddress.parse("10.0.2.7"));
        }

        DnsMessage answer() throws InterruptedException {
            byte[] bytes = answers.poll(LIMIT_MILLIS, TimeUnit.MILLISECONDS);
            assertNotNull(bytes, "no answer");
            DnsMessage message = DnsMessage.parse(bytes);
            assertNotNull(message, "not a DNS message");
            return message;
        }

        @Override
        public int namespace() {
            return 1;
        }

        @Override
        public IpAddress sourceAddress() {
            return source;
        }

        @Override
        public int sourcePort() {
            return 40000;
        }

        @Override
        public IpAddress destinationAddress() {
            return IpAddress.parse("10.0.2.1");
        }

        @Override
        public int destinationPort() {
            return 53;
        }

        @Override
        public ByteBuffer payload() {
            return ByteBuffer.wrap(payload).asReadOnlyBuffer();
        }

        @Override
        public boolean reply(ByteBuffer bytes) {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            return answers.add(copy);
        }
    }

    private record Arrived(DnsMessage query, InetSocketAddress from) {}

    private static Arrived receive(DatagramSocket server) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[1500], 1500);
        server.receive(packet);
        DnsMessage query = DnsMessage.parse(ByteBuffer.wrap(packet.getData()), 0, packet.getLength());
        assertNotNull(query, "not a DNS message");
        return new Arrived(query, (InetSocketAddress) packet.getSocketAddress());
    }

    private static void send(DatagramSocket server, DnsMessage answer, InetSocketAddress to) throws IOException {
        byte[] bytes = answer.toBytes(1500);
        server.send(new DatagramPacket(bytes, bytes.length, to));
    }

    private static DnsMessage resolved(DnsMessage query, IpAddress address) {
        return DnsMessage.response(
                query, DnsResponseCode.NOERROR, List.of(DnsRecord.address(NAME, 60, address)), List.of());
    }

    @Test
    void shouldPassAQueryOnUnderAnIdentifierOfItsOwn() throws Exception {
        Query query = Query.of(0x1234, NAME);

        forwarder.onDatagram(query);
        Arrived arrived = receive(first);
        send(first, resolved(arrived.query(), ANSWER), arrived.from());

        DnsMessage answer = query.answer();
        assertEquals(0x1234, answer.id());
        assertEquals(ANSWER, answer.answers().get(0).address());
        assertEquals(NAME, arrived.query().questions().get(0).name());
    }

    @Test
    void shouldBelieveOnlyTheServerThatWasAsked() throws Exception {
        Query query = Query.of(1, NAME);
        forwarder.onDatagram(query);
        Arrived arrived = receive(first);
        IpAddress forged = IpAddress.parse("203.0.113.66");
        DnsMessage otherQuestion = DnsMessage.query(arrived.query().id(), DnsName.parse("evil.example.org"), DnsType.A);

        send(second, resolved(arrived.query(), forged), arrived.from());
        send(first, resolved(arrived.query().withId(arrived.query().id() ^ 1), forged), arrived.from());
        send(first, resolved(otherQuestion, forged), arrived.from());
        send(first, resolved(arrived.query(), ANSWER), arrived.from());

        assertEquals(ANSWER, query.answer().answers().get(0).address());
    }

    @Test
    void shouldAskTheNextServerAndThenGiveUp() throws Exception {
        Query query = Query.of(2, NAME);
        forwarder.onDatagram(query);
        Arrived atFirst = receive(first);

        time.advance(Duration.ofSeconds(2));
        Arrived atSecond = receive(second);
        assertEquals(atFirst.query().questions(), atSecond.query().questions());
        assertTrue(query.answers.isEmpty());

        time.advance(Duration.ofSeconds(2));
        assertEquals(DnsResponseCode.SERVFAIL, query.answer().responseCode());
        assertEquals(0, relay.pendingQueries());
    }

    @Test
    void shouldBoundWhatOneGuestHasUnderWay() throws Exception {
        for (int i = 0; i < 64; i++) {
            forwarder.onDatagram(Query.of(i, NAME));
        }
        Query tooMany = Query.of(99, NAME);
        Query other = new Query(DnsMessage.query(5, NAME, DnsType.A).toBytes(512), IpAddress.parse("10.0.2.8"));

        forwarder.onDatagram(tooMany);
        forwarder.onDatagram(other);

        assertEquals(DnsResponseCode.SERVFAIL, tooMany.answer().responseCode());
        assertEquals(65, relay.pendingQueries(), "another guest is not held back");
    }

    @Test
    void shouldAnswerItsOwnNamesWithoutAskingAnybody() throws Exception {
        Query query = Query.of(3, DnsName.parse("nobody.lan.test"));

        forwarder.onDatagram(query);

        assertEquals(DnsResponseCode.NXDOMAIN, query.answer().responseCode());
        assertEquals(0, relay.pendingQueries());
    }

    @Test
    void shouldNotAnswerAnswersAndNotFailOnJunk() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        byte[] valid =
                DnsMessage.query(4, DnsName.parse("a.lan.test"), DnsType.A).toBytes(512);
        DnsMessage query = DnsMessage.parse(valid);
        assertNotNull(query);
        Query response = new Query(resolved(query, ANSWER).toBytes(512), ANSWER);

        forwarder.onDatagram(response);
        for (int length = 0; length < valid.length; length++) {
            byte[] prefix = java.util.Arrays.copyOf(valid, length);
            forwarder.onDatagram(new Query(prefix, IpAddress.ofIpv4(length)));
        }
        for (int i = 0; i < 10_000; i++) {
            byte[] mutated = valid.clone();
            mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
            Query hostile = new Query(mutated, IpAddress.ofIpv4(random.nextInt()));
            forwarder.onDatagram(hostile);
            assertTrue(hostile.answers.size() <= 1, "seed=" + seed);
        }

        assertTrue(response.answers.isEmpty());
        assertTrue(relay.pendingQueries() <= 512, "seed=" + seed);
    }
}
