// SPDX-License-Identifier: MIT
package io.pktkit.vclient.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DnsResolverTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Set<IpFamily> BOTH = EnumSet.allOf(IpFamily.class);
    private static final Set<IpFamily> IPV4 = EnumSet.of(IpFamily.IPV4);
    private static final IpAddress V4 = IpAddress.parse("192.0.2.1");
    private static final IpAddress V6 = IpAddress.parse("2001:db8::1");
    private static final String FIRST = "10.0.0.1";
    private static final String SECOND = "10.0.0.2";

    private final FakeDns dns = new FakeDns();
    private final DnsResolver resolver = new DnsResolver(dns, new Random(42));

    @BeforeEach
    void setUp() {
        resolver.setServers(List.of(IpAddress.parse(FIRST), IpAddress.parse(SECOND)));
    }

    @AfterEach
    void shouldHaveClosedEveryChannel() {
        assertEquals(0, dns.openChannels);
    }

    private static DnsName asked(DnsMessage query) {
        return query.questions().get(0).name();
    }

    private static int type(DnsMessage query) {
        return query.questions().get(0).type();
    }

    private static DnsMessage answer(DnsMessage query, DnsRecord... records) {
        return DnsMessage.response(query, DnsResponseCode.NOERROR, List.of(records), List.of());
    }

    private static DnsMessage addresses(DnsMessage query) {
        return answer(query, DnsRecord.address(asked(query), 60, type(query) == DnsType.A ? V4 : V6));
    }

    private DnsLookupException.Reason failure(String host) {
        return assertThrows(DnsLookupException.class, () -> resolver.resolve(host, IPV4, TIMEOUT))
                .reason();
    }

    @Test
    void shouldTakeATimeoutOfAnyLength() throws IOException {
        dns.server(FIRST, (query, reply) -> reply.send(addresses(query)));

        assertEquals(List.of(V4), resolver.resolve("www.example.com", IPV4, Duration.ofSeconds(Long.MAX_VALUE)));
    }

    @Test
    void shouldAskForBothFamiliesSideBySide() throws IOException {
        dns.server(FIRST, (query, reply) -> reply.send(addresses(query)));

        assertEquals(List.of(V6, V4), resolver.resolve("www.example.com", BOTH, TIMEOUT));
        assertEquals(List.of("udp 10.0.0.1 AAAA", "udp 10.0.0.1 A"), dns.log);
        assertNotEquals(dns.queries.get(0).id(), dns.queries.get(1).id());
    }

    @Test
    void shouldAskOnlyForFamiliesInUse() throws IOException {
        dns.server(FIRST, (query, reply) -> reply.send(addresses(query)));

        assertEquals(List.of(V4), resolver.resolve("www.example.com", IPV4, TIMEOUT));
        assertEquals(List.of("udp 10.0.0.1 A"), dns.log);
    }

    @Test
    void shouldNotWaitLongForTheSecondFamily() throws IOException {
        dns.server(FIRST, (query, reply) -> {
            if (type(query) == DnsType.A) {
                reply.send(addresses(query));
            }
        });
        long before = dns.nowNanos();

        assertEquals(List.of(V4), resolver.resolve("www.example.com", BOTH, TIMEOUT));
        assertEquals(Duration.ofMillis(251).toNanos(), dns.nowNanos() - before);
    }

    @Test
    void shouldIgnoreEveryAnswerThatIsNotToItsQuestion() throws IOException {
        IpAddress evil = IpAddress.parse("203.0.113.66");
        dns.server(FIRST, (query, reply) -> {
            DnsRecord poison = DnsRecord.address(asked(query), 60, evil);
            DnsMessage spoof = answer(query, poison);
            reply.send(spoof.withId(query.id() ^ 1));
            DnsQuestion lowerCase =
                    new DnsQuestion(DnsName.parse(asked(query).toString().toLowerCase(Locale.ROOT)), 1, 1);
            reply.send(with(spoof, DnsMessage.QR, lowerCase));
            reply.send(with(spoof, DnsMessage.QR, new DnsQuestion(asked(query), DnsType.AAAA, 1)));
            reply.send(with(spoof, DnsMessage.QR, new DnsQuestion(asked(query), 1, 3)));
            reply.send(with(spoof, 0, spoof.questions().get(0)));
            reply.send(with(spoof, DnsMessage.QR | 0x2800, spoof.questions().get(0)));
            reply.send(5, new byte[] {1, 2, 3});
            reply.send(10, addresses(query).toBytes(512));
        });

        assertEquals(List.of(V4), resolver.resolve("spoofed.example.com", IPV4, TIMEOUT));
    }

    private static DnsMessage with(DnsMessage message, int flags, DnsQuestion question) {
        return new DnsMessage(message.id(), flags, List.of(question), message.answers(), List.of(), List.of(), null);
    }

    @Test
    void shouldUseOnlyRecordsThatTheAliasesReach() throws IOException {
        dns.server(
                FIRST,
                (query, reply) -> reply.send(answer(
                        query,
                        DnsRecord.address(DnsName.parse("other.example"), 60, IpAddress.parse("203.0.113.66")),
                        DnsRecord.address(DnsName.parse("c.example"), 60, V4),
                        DnsRecord.alias(DnsName.parse("b.example"), 60, DnsName.parse("C.example")),
                        DnsRecord.alias(asked(query), 60, DnsName.parse("b.example")))));

        assertEquals(List.of(V4), resolver.resolve("a.example", IPV4, TIMEOUT));
    }

    @Test
    void shouldAskOnWhenAnAnswerStopsAtAnAlias() throws IOException {
        DnsName target = DnsName.parse("target.example");
        dns.server(FIRST, (query, reply) -> {
            boolean atTarget = asked(query).equals(target);
            reply.send(atTarget ? addresses(query) : answer(query, DnsRecord.alias(asked(query), 60, target)));
        });

        assertEquals(List.of(V4), resolver.resolve("alias.example", IPV4, TIMEOUT));
        assertEquals(2, dns.log.size());
    }

    @Test
    void shouldGiveUpOnAliasesThatNeverEnd() {
        dns.server(
                FIRST,
                (query, reply) -> reply.send(answer(
                        query,
                        DnsRecord.alias(asked(query), 60, DnsName.parse("b.example")),
                        DnsRecord.alias(DnsName.parse("b.example"), 60, asked(query)))));
        dns.server(SECOND, (query, reply) -> {
            DnsName next = DnsName.parse("n" + dns.log.size() + ".example");
            reply.send(answer(query, DnsRecord.alias(asked(query), 60, next)));
        });

        assertEquals(DnsLookupException.Reason.SERVER_FAILED, failure("loop.example"));
        assertTrue(dns.log.size() <= 2 * (1 + DnsAnswer.MAX_ALIASES + 1), "asked " + dns.log.size() + " times");
    }

    @Test
    void shouldFallBackToTcpWhenTruncated() throws IOException {
        dns.server(
                FIRST,
                (query, reply) -> reply.send(with(
                        addresses(query),
                        DnsMessage.QR | DnsMessage.TC,
                        query.questions().get(0))));
        dns.tcpServer(FIRST, (query, reply) -> reply.send(addresses(query)));

        assertEquals(List.of(V4), resolver.resolve("big.example", IPV4, TIMEOUT));
        assertEquals(List.of("udp 10.0.0.1 A", "tcp 10.0.0.1"), dns.log);
    }

    @Test
    void shouldTurnToTheNextServerWhenTcpFails() throws IOException {
        dns.server(
                FIRST,
                (query, reply) -> reply.send(with(
                        addresses(query),
                        DnsMessage.QR | DnsMessage.TC,
                        query.questions().get(0))));
        dns.server(SECOND, (query, reply) -> reply.send(addresses(query)));

        assertEquals(List.of(V4), resolver.resolve("big.example", IPV4, TIMEOUT));
    }

    @Test
    void shouldTurnToTheNextServerOnFailureAndPreferItFromThenOn() throws IOException {
        dns.server(FIRST, (query, reply) -> reply.send(DnsMessage.failure(query, DnsResponseCode.SERVFAIL)));
        dns.server(SECOND, (query, reply) -> reply.send(addresses(query)));
        long before = dns.nowNanos();

        assertEquals(List.of(V4), resolver.resolve("a.example", IPV4, TIMEOUT));
        assertEquals(Duration.ofMillis(2).toNanos(), dns.nowNanos() - before);
        assertEquals(IpAddress.parse(SECOND), resolver.servers().get(0));
    }

    @Test
    void shouldTurnToTheNextServerAtOnceWhenThePortIsClosed() throws IOException {
        dns.server(SECOND, (query, reply) -> reply.send(addresses(query)));
        long before = dns.nowNanos();

        assertEquals(List.of(V4), resolver.resolve("a.example", IPV4, TIMEOUT));
        assertEquals(Duration.ofMillis(1).toNanos(), dns.nowNanos() - before);
    }

    @Test
    void shouldKeepItsDeadlineWhenAllServersAreSilent() {
        dns.server(FIRST, (query, reply) -> {});
        dns.server(SECOND, (query, reply) -> {});
        long before = dns.nowNanos();

        assertEquals(DnsLookupException.Reason.TIMED_OUT, failure("silent.example"));
        assertEquals(4, dns.log.size());
        assertEquals(Duration.ofSeconds(8).toNanos(), dns.nowNanos() - before);
        assertThrows(DnsLookupException.class, () -> resolver.resolve("silent.example", IPV4, Duration.ofMillis(100)));
        assertEquals(Duration.ofMillis(8100).toNanos(), dns.nowNanos() - before);
    }

    @Test
    void shouldTellAMissingNameFromAMissingRecord() {
        dns.server(FIRST, (query, reply) -> {
            boolean exists = asked(query).equals(DnsName.parse("v6only.example"));
            reply.send(DnsMessage.failure(query, exists ? DnsResponseCode.NOERROR : DnsResponseCode.NXDOMAIN));
        });

        assertEquals(DnsLookupException.Reason.NO_RECORD, failure("v6only.example"));
        assertEquals(DnsLookupException.Reason.NO_SUCH_NAME, failure("nothing.example"));
        assertEquals(2, dns.log.size());
    }

    @Test
    void shouldKeepAnswersForTheirTimeToLive() throws IOException {
        dns.server(FIRST, (query, reply) -> reply.send(addresses(query)));

        resolver.resolve("A.example", IPV4, TIMEOUT);
        dns.advance(Duration.ofSeconds(59));
        resolver.resolve("a.Example", IPV4, TIMEOUT);
        assertEquals(1, dns.log.size());
        dns.advance(Duration.ofSeconds(1));
        resolver.resolve("a.example", IPV4, TIMEOUT);
        assertEquals(2, dns.log.size());
        resolver.setServers(List.of(IpAddress.parse(FIRST)));
        assertEquals(0, resolver.cacheSize());
    }

    @Test
    void shouldKeepAbsenceOnlyAsLongAsTheZoneSays() {
        DnsRecord soa = DnsRecord.negativeSoa(DnsName.parse("example"), 30);
        DnsRecord foreign = DnsRecord.negativeSoa(DnsName.parse("elsewhere"), 300);
        dns.server(
                FIRST,
                (query, reply) -> reply.send(DnsMessage.response(
                        query,
                        DnsResponseCode.NXDOMAIN,
                        List.of(),
                        List.of(asked(query).labelCount() > 2 ? foreign : soa))));

        failure("nothing.example");
        dns.advance(Duration.ofSeconds(29));
        failure("nothing.example");
        assertEquals(1, dns.log.size());
        dns.advance(Duration.ofSeconds(2));
        failure("nothing.example");
        assertEquals(2, dns.log.size());
        failure("a.b.example");
        failure("a.b.example");
        assertEquals(4, dns.log.size());
    }

    @Test
    void shouldBoundItsCache() throws IOException {
        dns.server(FIRST, (query, reply) -> reply.send(addresses(query)));

        for (int i = 0; i < 1100; i++) {
            resolver.resolve("n" + i + ".example", IPV4, TIMEOUT);
        }

        assertEquals(1024, resolver.cacheSize());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ".", "a..b", "10.0.0", "1.2.3.4.5", "256.1.1.1", "a b", "x\r\ny", "fe80::1%eth0", "[::1", "1"
            })
    void shouldRefuseWhatIsNoHostWithoutAsking(String host) {
        assertEquals(DnsLookupException.Reason.INVALID_NAME, failure(host));
        assertEquals(List.of(), dns.log);
    }

    @Test
    void shouldNotAskForAddressesFixedHostsAndLocalhost() throws IOException {
        resolver.setHost(DnsName.parse("gateway.lan"), List.of(V6, V4));

        assertEquals(List.of(V4), resolver.resolve("192.0.2.1", BOTH, TIMEOUT));
        assertEquals(List.of(V6), resolver.resolve("[2001:db8::1]", BOTH, TIMEOUT));
        assertEquals(List.of(V4), resolver.resolve("Gateway.LAN.", IPV4, TIMEOUT));
        assertTrue(resolver.resolve("x.localhost", IPV4, TIMEOUT).get(0).isLoopback());
        assertEquals(List.of(), dns.log);
    }

    @Test
    void shouldSayThatThereIsNoServer() {
        resolver.setServers(List.of());

        assertEquals(DnsLookupException.Reason.NO_SERVER, failure("a.example"));
    }

    @Test
    void shouldFindOtherRecords() throws IOException {
        dns.server(
                FIRST,
                (query, reply) -> reply.send(answer(
                        query,
                        new DnsRecord(
                                asked(query),
                                DnsType.PTR,
                                1,
                                5,
                                DnsName.parse("host.example").wire()))));

        DnsRecord record =
                resolver.lookup(DnsName.reverse(V4), DnsType.PTR, TIMEOUT).get(0);

        assertEquals(DnsName.parse("host.example"), record.target());
    }

    @Test
    void shouldInterleaveTheFamilies() throws IOException {
        dns.server(FIRST, (query, reply) -> {
            List<DnsRecord> records = new ArrayList<>(Collections.nCopies(2, DnsRecord.address(asked(query), 1, V4)));
            if (type(query) == DnsType.AAAA) {
                records = List.of(DnsRecord.address(asked(query), 1, V6));
            }
            reply.send(answer(query, records.toArray(new DnsRecord[0])));
        });

        assertEquals(List.of(V6, V4, V4), resolver.resolve("many.example", BOTH, TIMEOUT));
    }
}
