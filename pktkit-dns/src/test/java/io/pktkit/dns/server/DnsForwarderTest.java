// SPDX-License-Identifier: MIT
package io.pktkit.dns.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsName;
import io.pktkit.dns.DnsQuestion;
import io.pktkit.dns.DnsRecord;
import io.pktkit.dns.DnsResponseCode;
import io.pktkit.dns.DnsType;
import io.pktkit.dns.Edns;
import io.pktkit.dns.EdnsOption;
import io.pktkit.dns.upstream.DnsClient;
import io.pktkit.dns.upstream.DnsClientConfig;
import io.pktkit.dns.upstream.DnsProtocol;
import io.pktkit.dns.upstream.FakeServers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DnsForwarderTest {
    private static final DnsName NAME = DnsName.parse("www.example.org");
    private static final String SERVER = "192.0.2.53";
    private static final IpAddress ANSWER = IpAddress.parse("198.51.100.80");
    private static final IpAddress GATEWAY = IpAddress.parse("10.0.2.1");
    private static final List<IpPrefix> OWN = List.of(IpPrefix.parse("10.0.2.0/24"), IpPrefix.parse("fd00:2::/64"));

    private final FakeServers upstream = new FakeServers();
    private final DnsClient client = upstream.client(DnsClientConfig.DEFAULT, SERVER);
    private final DnsForwarder forwarder = new DnsForwarder(
            new NameTable(DnsName.parse("lan.test"), OWN, Map.of(DnsName.parse("gateway.lan.test"), List.of(GATEWAY))),
            client,
            RebindingGuard.of(OWN));

    @AfterEach
    void close() {
        client.close();
        assertEquals(0, upstream.open());
    }

    /** What a guest sends, and a place for what it gets. */
    private static final class Query implements DnsRequest {
        final List<byte[]> answers = new ArrayList<>();
        private final byte[] octets;
        private final DnsProtocol protocol;
        private final String guest;

        Query(byte[] octets, DnsProtocol protocol, String guest) {
            this.octets = octets;
            this.protocol = protocol;
            this.guest = guest;
        }

        Query(DnsMessage message) {
            this(message.toBytes(4096), DnsProtocol.UDP, "guest");
        }

        @Override
        public ByteBuffer message() {
            return ByteBuffer.wrap(octets).asReadOnlyBuffer();
        }

        @Override
        public DnsProtocol protocol() {
            return protocol;
        }

        @Override
        public Object principal() {
            return guest;
        }

        @Override
        public boolean isProven() {
            return true;
        }

        @Override
        public void reply(byte[] response) {
            answers.add(response);
        }

        DnsMessage answer() {
            assertEquals(1, answers.size(), "answers");
            DnsMessage message = DnsMessage.parse(answers.get(0));
            assertNotNull(message, "not a DNS message");
            return message;
        }
    }

    private DnsMessage ask(DnsMessage message) {
        Query query = new Query(message);
        forwarder.onRequest(query);
        upstream.time.advance(Duration.ofMillis(1));
        return query.answer();
    }

    private static DnsName asked(DnsMessage query) {
        return query.questions().get(0).name();
    }

    private void serve(DnsRecord... records) {
        upstream.server(
                SERVER,
                (query, reply) -> reply.send(DnsMessage.response(
                        query,
                        0,
                        Arrays.stream(records)
                                .map(record -> new DnsRecord(
                                        asked(query), record.type(), 1, record.ttlSeconds(), record.data()))
                                .toList(),
                        List.of())));
    }

    private static DnsRecord address(String text) {
        return DnsRecord.address(NAME, 60, IpAddress.parse(text));
    }

    private static DnsMessage with(DnsMessage query, int flags, @Nullable Edns edns) {
        return new DnsMessage(query.id(), flags, query.questions(), List.of(), List.of(), List.of(), edns);
    }

    @Test
    void shouldPassOnAQuestionAndBringTheAnswerBack() {
        serve(DnsRecord.address(NAME, 60, ANSWER));
        DnsName spelled = DnsName.parse("wWw.eXample.ORG");

        DnsMessage answer = ask(DnsMessage.query(0x1234, spelled, DnsType.A));

        assertEquals(0x1234, answer.id());
        assertTrue(answer.questions().get(0).name().equalsExactly(spelled));
        assertTrue(answer.answers().get(0).name().equalsExactly(spelled), "the owner is spelled as it was asked");
        assertEquals(ANSWER, answer.answers().get(0).address());
        assertEquals(DnsMessage.QR | DnsMessage.RD | DnsMessage.RA, answer.flags());
        DnsMessage kept = ask(DnsMessage.query(5, NAME, DnsType.A));
        assertTrue(kept.answers().get(0).name().equalsExactly(NAME));
        assertEquals(1, upstream.log.size());
    }

    @Test
    void shouldEndOptionsAuthorityAndAuthenticityHere() {
        upstream.server(SERVER, (query, reply) -> {
            assertEquals(List.of(), Objects.requireNonNull(query.edns()).options());
            DnsMessage answer =
                    DnsMessage.response(query, 0, List.of(DnsRecord.address(asked(query), 5, ANSWER)), List.of());
            Edns cookie = new Edns(1232, 0, 0, false, List.of(new EdnsOption(EdnsOption.COOKIE, new byte[24])));
            int flags = answer.flags() | DnsMessage.AA | DnsMessage.AD;
            reply.send(new DnsMessage(
                    answer.id(), flags, answer.questions(), answer.answers(), List.of(), List.of(), cookie));
        });
        DnsMessage query = DnsMessage.query(1, NAME, DnsType.A);
        Edns edns = new Edns(1232, 0, 0, false, List.of(new EdnsOption(EdnsOption.COOKIE, new byte[8])));

        DnsMessage answer = ask(with(query, DnsMessage.RD | DnsMessage.AD, edns));

        assertEquals(0, answer.flags() & (DnsMessage.AA | DnsMessage.AD));
        assertNotNull(answer.edns());
        assertEquals(List.of(), answer.edns().options());
    }

    @Test
    void shouldAskForDnssecApart() {
        upstream.server(SERVER, (query, reply) -> {
            boolean secure = Objects.requireNonNull(query.edns()).dnssecOk();
            DnsRecord signature = new DnsRecord(asked(query), 46, 1, 60, new byte[20]);
            DnsRecord record = DnsRecord.address(asked(query), 60, ANSWER);
            reply.send(DnsMessage.response(query, 0, secure ? List.of(record, signature) : List.of(record), List.of()));
        });
        DnsMessage query = DnsMessage.query(1, NAME, DnsType.A);

        assertEquals(1, ask(query).answers().size());
        DnsMessage secure = ask(with(query, DnsMessage.RD | DnsMessage.CD, new Edns(1232, 0, 0, true)));
        assertEquals(2, secure.answers().size());
        assertTrue(secure.edns() != null && secure.edns().dnssecOk(), "RFC 3225: DO is copied");
        assertEquals(DnsMessage.CD, upstream.queries.get(1).flags() & DnsMessage.CD);
        assertEquals(2, upstream.log.size());
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0, true, 16", // RFC 6891 section 6.1.3
        "255, 0, true, 16",
        "0, 0x0800, true, 4", // another opcode: NOTIMP
        "-1, 0x2800, false, 4"
    })
    void shouldRefuseWhatItDoesNotSpeak(int version, String flags, boolean edns, int code) {
        for (String name : List.of("gateway.lan.test", "www.example.org")) {
            DnsMessage query = DnsMessage.query(9, DnsName.parse(name), DnsType.A);
            Edns spoken = edns ? new Edns(4096, 0, version, false) : null;

            DnsMessage answer = ask(with(query, DnsMessage.RD | Integer.decode(flags), spoken));

            assertEquals(code, answer.responseCode(), name);
            assertEquals(List.of(), answer.answers());
            assertEquals(edns, answer.edns() != null);
            assertEquals(0, answer.edns() == null ? 0 : answer.edns().version());
        }
        assertEquals(List.of(), upstream.log);
    }

    @ParameterizedTest
    @CsvSource({"252, 1, 5", "251, 1, 5", "41, 1, 1", "16, 3, 5", "1, 255, 5"})
    void shouldRefuseQuestionsThatAreNotForIt(int type, int dnsClass, int code) {
        DnsMessage query = DnsMessage.query(9, NAME, DnsType.A);
        DnsQuestion question = new DnsQuestion(NAME, type, dnsClass);

        DnsMessage answer =
                ask(new DnsMessage(9, query.flags(), List.of(question), List.of(), List.of(), List.of(), query.edns()));

        assertEquals(code, answer.responseCode());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 30})
    void shouldRefuseAnyNumberOfQuestionsButOne(int count) {
        List<DnsQuestion> questions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            questions.add(new DnsQuestion(DnsName.parse("a".repeat(63) + "." + "b".repeat(60) + i), DnsType.A, 1));
        }
        DnsMessage query = new DnsMessage(9, DnsMessage.RD, questions, List.of(), List.of(), List.of(), Edns.DEFAULT);

        DnsMessage answer = ask(query);

        assertEquals(DnsResponseCode.FORMERR, answer.responseCode());
        assertEquals(List.of(), answer.questions());
    }

    @Test
    void shouldAnswerWhatItCannotRead() {
        byte[] twoOpts = HexFormat.of()
                .parseHex("abcd01000001000000000002" + "0161000001" + "0001" + "0000290200000000000000"
                        + "0000290200000000000000");
        byte[] torn = Arrays.copyOf(DnsMessage.query(0xABCD, NAME, DnsType.A).toBytes(512), 20);
        for (byte[] octets : List.of(twoOpts, torn)) {
            Query query = new Query(octets, DnsProtocol.UDP, "guest");
            forwarder.onRequest(query);

            DnsMessage answer = query.answer();
            assertEquals(0xABCD, answer.id());
            assertEquals(DnsResponseCode.FORMERR, answer.responseCode());
        }
        byte[] response = torn.clone();
        response[2] |= (byte) 0x80;
        for (byte[] octets : List.of(response, Arrays.copyOf(torn, 11), new byte[0])) {
            Query query = new Query(octets, DnsProtocol.UDP, "guest");
            forwarder.onRequest(query);
            assertEquals(List.of(), query.answers);
        }
        assertEquals(3, forwarder.counters().ignored());
    }

    @Test
    void shouldCutWhatIsTooLongForADatagram() {
        List<DnsRecord> many = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            many.add(DnsRecord.address(NAME, 60, IpAddress.ofIpv4(0xC633_6400 + i)));
        }
        serve(many.toArray(new DnsRecord[0]));
        DnsMessage query = DnsMessage.query(1, NAME, DnsType.A);

        Query plain = new Query(with(query, DnsMessage.RD, null));
        Query large = new Query(with(query, DnsMessage.RD, new Edns(65_535, 0, 0, false)));
        Query tcp = new Query(query.toBytes(512), DnsProtocol.TCP, "guest");
        for (Query each : List.of(plain, large, tcp)) {
            forwarder.onRequest(each);
        }
        upstream.time.advance(Duration.ofMillis(1));

        assertTrue(plain.answers.get(0).length <= 512);
        assertTrue(plain.answer().isTruncated());
        assertTrue(large.answers.get(0).length <= 1232 && large.answers.get(0).length > 512);
        assertTrue(large.answer().isTruncated());
        assertEquals(300, tcp.answer().answers().size());
        assertFalse(tcp.answer().isTruncated());
        assertEquals(1, upstream.log.size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "0.0.0.0",
                "169.254.169.254",
                "10.0.2.1",
                "::1",
                "::",
                "fe80::1",
                "::ffff:127.0.0.1",
                "fd00:2::1"
            })
    void shouldTakeOutAddressesThatAreNotForOthersToName(String evil) {
        serve(address(evil), address("198.51.100.80"));

        DnsMessage answer = ask(DnsMessage.query(1, NAME, DnsType.ANY));

        assertEquals(1, answer.answers().size());
        assertEquals(ANSWER, answer.answers().get(0).address());
        assertEquals(1, forwarder.counters().rebinding());
    }

    @Test
    void shouldLetOwnNamesHaveOwnAddresses() {
        DnsMessage answer = ask(DnsMessage.query(1, DnsName.parse("gateway.lan.test"), DnsType.A));

        assertEquals(GATEWAY, answer.answers().get(0).address());
    }

    @Test
    void shouldTakePrivateAddressesOnlyWhereTold() {
        RebindingGuard strict = RebindingGuard.of(OWN).withPrivate().except(DnsName.parse("corp.example"));
        for (String text : List.of("10.1.1.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd12::1")) {
            assertFalse(RebindingGuard.of(OWN).isForbidden(IpAddress.parse(text)), text);
            assertTrue(strict.isForbidden(IpAddress.parse(text)), text);
        }
        DnsMessage response =
                DnsMessage.response(DnsMessage.query(1, NAME, DnsType.A), 0, List.of(address("10.1.1.1")), List.of());
        assertEquals(0, strict.apply(NAME, response).answers().size());
        assertEquals(
                1,
                strict.apply(DnsName.parse("a.corp.example"), response)
                        .answers()
                        .size());
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, 1, 0, 1",
        "a.localhost, 28, 0, 1",
        "localhost, 16, 0, 0",
        "x.invalid, 1, 3, 0",
        "x.onion, 1, 3, 0",
        "_dns.resolver.arpa, 64, 0, 0",
        "nobody.lan.test, 1, 3, 0",
        "9.2.0.10.in-addr.arpa, 12, 3, 0"
    })
    void shouldNotTellOthersWhatIsLocal(String name, int type, int code, int answers) {
        DnsMessage answer = ask(DnsMessage.query(1, DnsName.parse(name), type));

        assertEquals(code, answer.responseCode());
        assertEquals(answers, answer.answers().size());
        assertEquals(List.of(), upstream.log);
    }

    @Test
    void shouldTellAMissingNameFromAMissingRecord() {
        DnsRecord soa = DnsRecord.negativeSoa(DnsName.parse("org"), 60);
        upstream.server(
                SERVER,
                (query, reply) -> reply.send(DnsMessage.response(
                        query, asked(query).equals(NAME) ? 0 : DnsResponseCode.NXDOMAIN, List.of(), List.of(soa))));

        DnsMessage noData = ask(DnsMessage.query(1, NAME, DnsType.AAAA));
        DnsMessage noName = ask(DnsMessage.query(1, DnsName.parse("no.example.org"), DnsType.AAAA));

        assertEquals(DnsResponseCode.NOERROR, noData.responseCode());
        assertEquals(List.of(soa), noData.authorities());
        assertEquals(DnsResponseCode.NXDOMAIN, noName.responseCode());
    }

    @Test
    void shouldTellFailureWhenAllIsTried() {
        upstream.server(SERVER, (query, reply) -> {});
        Query query = new Query(DnsMessage.query(2, NAME, DnsType.A));

        forwarder.onRequest(query);
        upstream.time.advance(Duration.ofSeconds(9));
        assertEquals(List.of(), query.answers);
        upstream.time.advance(Duration.ofSeconds(1));

        assertEquals(DnsResponseCode.SERVFAIL, query.answer().responseCode());
    }

    @Test
    void shouldPassOnACutAnswerForWantOfABetterOne() {
        upstream.server(SERVER, (query, reply) -> {
            DnsMessage empty = DnsMessage.failure(query, 0);
            reply.send(new DnsMessage(
                    empty.id(),
                    empty.flags() | DnsMessage.TC,
                    empty.questions(),
                    List.of(),
                    List.of(),
                    List.of(),
                    null));
        });
        Query query = new Query(DnsMessage.query(2, NAME, DnsType.A));

        forwarder.onRequest(query);
        upstream.time.advance(Duration.ofSeconds(10));

        assertEquals(DnsResponseCode.NOERROR, query.answer().responseCode());
        assertTrue(query.answer().isTruncated());
    }

    @Test
    void shouldSayNothingWhenItIsBusy() {
        upstream.server(SERVER, (query, reply) -> {});
        List<Query> all = new ArrayList<>();
        for (int i = 0; i < 700; i++) {
            Query query = new Query(DnsMessage.query(i, DnsName.parse("n" + i + ".example"), DnsType.A));
            all.add(query);
            forwarder.onRequest(query);
        }
        assertTrue(all.stream().allMatch(query -> query.answers.isEmpty()));
        assertEquals(188, forwarder.counters().dropped());

        Query other = new Query(
                DnsMessage.query(1, DnsName.parse("other.example"), DnsType.A).toBytes(512), DnsProtocol.UDP, "other");
        upstream.server(
                SERVER,
                (query, reply) -> reply.send(DnsMessage.response(
                        query, 0, List.of(DnsRecord.address(asked(query), 60, ANSWER)), List.of())));
        forwarder.onRequest(other);
        upstream.time.advance(Duration.ofMillis(1));
        assertEquals(ANSWER, other.answer().answers().get(0).address());
    }

    @Test
    void shouldTakeNoHarmFromAnyMessage() {
        upstream.server(SERVER, (query, reply) -> reply.send(DnsMessage.failure(query, DnsResponseCode.NXDOMAIN)));
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        byte[] valid = with(
                        DnsMessage.query(4, DnsName.parse("a.lan.test"), DnsType.A),
                        DnsMessage.RD,
                        new Edns(1232, 0, 0, true, List.of(new EdnsOption(EdnsOption.COOKIE, new byte[8]))))
                .toBytes(512);

        for (int i = 0; i < 100_000; i++) {
            byte[] mutated =
                    random.nextInt(8) == 0 ? Arrays.copyOf(valid, random.nextInt(valid.length + 1)) : valid.clone();
            for (int j = random.nextInt(4); j > 0 && mutated.length > 0; j--) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
            }
            Query hostile = new Query(mutated, DnsProtocol.UDP, "guest" + random.nextInt(600));
            forwarder.onRequest(hostile);
            upstream.time.advance(Duration.ofMillis(random.nextInt(3)));
            assertTrue(hostile.answers.size() <= 1, "seed=" + seed);
            if (!hostile.answers.isEmpty()) {
                DnsMessage answer = DnsMessage.parse(hostile.answers.get(0));
                assertTrue(answer != null && answer.isResponse(), "seed=" + seed);
                assertTrue(hostile.answers.get(0).length <= 1232, "seed=" + seed);
            }
        }
        assertNull(DnsMessage.refusal(ByteBuffer.allocate(4), 0, 4));
    }
}
