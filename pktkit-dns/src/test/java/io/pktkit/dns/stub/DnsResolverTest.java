// SPDX-License-Identifier: MIT
package io.pktkit.dns.stub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsName;
import io.pktkit.dns.DnsRecord;
import io.pktkit.dns.DnsResponseCode;
import io.pktkit.dns.DnsType;
import io.pktkit.dns.upstream.DnsClient;
import io.pktkit.dns.upstream.DnsClientConfig;
import io.pktkit.dns.upstream.FakeServers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DnsResolverTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Set<IpFamily> BOTH = EnumSet.allOf(IpFamily.class);
    private static final Set<IpFamily> IPV4 = EnumSet.of(IpFamily.IPV4);
    private static final IpAddress V4 = IpAddress.parse("192.0.2.1");
    private static final IpAddress V6 = IpAddress.parse("2001:db8::1");
    private static final String FIRST = "10.0.0.1";
    private static final String SECOND = "10.0.0.2";

    private final FakeServers dns = new FakeServers();
    private final DnsClient client = dns.client(DnsClientConfig.DEFAULT);
    private final DnsResolver resolver = new DnsResolver(client);

    @BeforeEach
    void setUp() {
        resolver.setServers(List.of(IpAddress.parse(FIRST), IpAddress.parse(SECOND)));
    }

    @AfterEach
    void shouldHaveClosedEveryPort() {
        client.close();
        assertEquals(0, dns.open());
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
        return assertThrows(DnsLookupException.class, () -> resolve(host, IPV4, TIMEOUT))
                .reason();
    }

    private List<IpAddress> resolve(String host, Set<IpFamily> families, Duration timeout) throws Exception {
        return dns.run(client, () -> resolver.resolve(host, families, timeout));
    }

    @Test
    void shouldTakeATimeoutOfAnyLength() throws Exception {
        dns.server(FIRST, (query, reply) -> reply.send(addresses(query)));

        assertEquals(List.of(V4), resolve("www.example.com", IPV4, Duration.ofSeconds(Long.MAX_VALUE)));
    }

    @Test
    void shouldAskForBothFamiliesSideBySide() throws Exception {
        dns.server(FIRST, (query, reply) -> reply.send(addresses(query)));

        assertEquals(List.of(V6, V4), resolve("www.example.com", BOTH, TIMEOUT));
        assertEquals(List.of("udp 10.0.0.1 AAAA", "udp 10.0.0.1 A"), dns.log);
        assertNotEquals(dns.queries.get(0).id(), dns.queries.get(1).id());
    }

    @Test
    void shouldAskOnlyForFamiliesInUse() throws Exception {
        dns.server(FIRST, (query, reply) -> reply.send(addresses(query)));

        assertEquals(List.of(V4), resolve("www.example.com", IPV4, TIMEOUT));
        assertEquals(List.of("udp 10.0.0.1 A"), dns.log);
    }

    @Test
    void shouldNotWaitLongForTheSecondFamily() throws Exception {
        dns.server(FIRST, (query, reply) -> {
            if (type(query) == DnsType.A) {
                reply.send(addresses(query));
            }
        });
        long before = dns.time.nowNanos();

        assertEquals(List.of(V4), resolve("www.example.com", BOTH, TIMEOUT));
        assertEquals(Duration.ofMillis(251).toNanos(), dns.time.nowNanos() - before);
    }

    @Test
    void shouldUseOnlyRecordsThatTheAliasesReach() throws Exception {
        dns.server(
                FIRST,
                (query, reply) -> reply.send(answer(
                        query,
                        DnsRecord.address(DnsName.parse("other.example"), 60, IpAddress.parse("203.0.113.66")),
                        DnsRecord.address(DnsName.parse("c.example"), 60, V4),
                        DnsRecord.alias(DnsName.parse("b.example"), 60, DnsName.parse("C.example")),
                        DnsRecord.alias(asked(query), 60, DnsName.parse("b.example")))));

        assertEquals(List.of(V4), resolve("a.example", IPV4, TIMEOUT));
    }

    @Test
    void shouldAskOnWhenAnAnswerStopsAtAnAlias() throws Exception {
        DnsName target = DnsName.parse("target.example");
        dns.server(FIRST, (query, reply) -> {
            boolean atTarget = asked(query).equals(target);
            reply.send(atTarget ? addresses(query) : answer(query, DnsRecord.alias(asked(query), 60, target)));
        });

        assertEquals(List.of(V4), resolve("alias.example", IPV4, TIMEOUT));
        assertEquals(2, dns.log.size());
    }

    @Test
    void shouldGiveUpOnAliasesThatGoRound() {
        dns.server(
                FIRST,
                (query, reply) -> reply.send(answer(
                        query,
                        DnsRecord.alias(asked(query), 60, DnsName.parse("b.example")),
                        DnsRecord.alias(DnsName.parse("b.example"), 60, asked(query)))));

        assertEquals(DnsLookupException.Reason.SERVER_FAILED, failure("loop.example"));
        assertEquals(1, dns.log.size());
    }

    @Test
    void shouldGiveUpOnAliasesThatNeverEnd() {
        dns.server(FIRST, (query, reply) -> {
            DnsName next = DnsName.parse("n" + dns.log.size() + ".example");
            reply.send(answer(query, DnsRecord.alias(asked(query), 60, next)));
        });

        assertEquals(DnsLookupException.Reason.SERVER_FAILED, failure("loop.example"));
        assertEquals(1 + DnsAnswer.MAX_ALIASES, dns.log.size());
    }

    @Test
    void shouldKeepItsDeadlineWhenAllServersAreSilent() {
        dns.server(FIRST, (query, reply) -> {});
        dns.server(SECOND, (query, reply) -> {});
        long before = dns.time.nowNanos();

        assertThrows(DnsLookupException.class, () -> resolve("silent.example", IPV4, Duration.ofMillis(100)));
        assertEquals(Duration.ofMillis(100).toNanos(), dns.time.nowNanos() - before);
        assertEquals(0, dns.open(), "who has given up listens no more");
        assertEquals(DnsLookupException.Reason.TIMED_OUT, failure("silent.example"));
        assertEquals(Duration.ofMillis(10_100).toNanos(), dns.time.nowNanos() - before);
    }

    @Test
    void shouldTellASilentServerFromOneThatFails() {
        dns.server(FIRST, (query, reply) -> reply.send(DnsMessage.failure(query, DnsResponseCode.REFUSED)));

        assertEquals(DnsLookupException.Reason.SERVER_FAILED, failure("a.example"));
    }

    @Test
    void shouldEndWhenItsClientIsClosed() throws Exception {
        dns.server(FIRST, (query, reply) -> dns.time.schedule(0, client::close));

        assertThrows(SocketException.class, () -> resolve("a.example", IPV4, TIMEOUT));
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
    void shouldKeepAnswersForTheirTimeToLive() throws Exception {
        dns.server(FIRST, (query, reply) -> reply.send(addresses(query)));

        resolve("A.example", IPV4, TIMEOUT);
        dns.time.advance(Duration.ofSeconds(59));
        resolve("a.Example", IPV4, TIMEOUT);
        assertEquals(1, dns.log.size());
        dns.time.advance(Duration.ofSeconds(1));
        resolve("a.example", IPV4, TIMEOUT);
        assertEquals(2, dns.log.size());
        resolver.setServers(List.of(IpAddress.parse(FIRST)));
        assertEquals(0, resolver.cacheSize());
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
    void shouldNotAskForAddressesFixedHostsAndLocalhost() throws Exception {
        resolver.setHost(DnsName.parse("gateway.lan"), List.of(V6, V4));

        assertEquals(List.of(V4), resolve("192.0.2.1", BOTH, TIMEOUT));
        assertEquals(List.of(V6), resolve("[2001:db8::1]", BOTH, TIMEOUT));
        assertEquals(List.of(V4), resolve("Gateway.LAN.", IPV4, TIMEOUT));
        assertTrue(resolve("x.localhost", IPV4, TIMEOUT).get(0).isLoopback());
        assertEquals(List.of(), dns.log);
    }

    @Test
    void shouldSayThatThereIsNoServer() {
        resolver.setServers(List.of());

        assertEquals(DnsLookupException.Reason.NO_SERVER, failure("a.example"));
    }

    @Test
    void shouldFindOtherRecords() throws Exception {
        dns.server(
                FIRST,
                (query, reply) -> reply.send(answer(query, DnsRecord.pointer(V4, 5, DnsName.parse("host.example")))));

        DnsRecord record = dns.run(client, () -> resolver.lookup(DnsName.reverse(V4), DnsType.PTR, TIMEOUT))
                .get(0);

        assertEquals(DnsName.parse("host.example"), record.target());
    }

    @Test
    void shouldPutUniqueLocalAddressesLast() throws Exception {
        IpAddress local = IpAddress.parse("fd12::1");
        dns.server(FIRST, (query, reply) -> {
            DnsRecord ipv4 = DnsRecord.address(asked(query), 1, V4);
            DnsRecord own = DnsRecord.address(asked(query), 1, local);
            DnsRecord ipv6 = DnsRecord.address(asked(query), 1, V6);
            reply.send(type(query) == DnsType.A ? answer(query, ipv4) : answer(query, own, ipv6));
        });

        assertEquals(List.of(V6, V4, local), resolve("many.example", BOTH, TIMEOUT));
    }

    /** Nothing to such an address is for a wire: whoever is told of one means the IPv4 address in it. */
    @Test
    void shouldTakeMappedAddressesForIpv4() throws Exception {
        IpAddress mapped = IpAddress.parse("::ffff:192.0.2.1");
        dns.server(
                FIRST,
                (query, reply) -> reply.send(
                        type(query) == DnsType.A
                                ? answer(query)
                                : answer(query, DnsRecord.address(asked(query), 1, mapped))));

        assertEquals(List.of(V4), resolve("mapped.example", BOTH, TIMEOUT));
        assertEquals(List.of(V4), resolve("::ffff:192.0.2.1", BOTH, TIMEOUT));
    }

    @Test
    void shouldInterleaveTheFamilies() throws Exception {
        dns.server(FIRST, (query, reply) -> {
            List<DnsRecord> records = new ArrayList<>(Collections.nCopies(2, DnsRecord.address(asked(query), 1, V4)));
            if (type(query) == DnsType.AAAA) {
                records = List.of(DnsRecord.address(asked(query), 1, V6));
            }
            reply.send(answer(query, records.toArray(new DnsRecord[0])));
        });

        assertEquals(List.of(V6, V4, V4), resolve("many.example", BOTH, TIMEOUT));
    }
}
