// SPDX-License-Identifier: MIT
package io.pktkit.dns.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
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
import io.pktkit.time.Cancellable;
import io.pktkit.wire.IpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom a client asks, what it believes and for how long, in virtual time. */
class DnsClientTest {
    private static final String FIRST = "192.0.2.1";
    private static final String SECOND = "2001:db8::2";
    private static final IpAddress RIGHT = IpAddress.parse("198.51.100.7");
    private static final IpAddress WRONG = IpAddress.parse("203.0.113.66");

    private final FakeServers servers = new FakeServers();
    private final DnsClient client = servers.client(DnsClientConfig.DEFAULT, FIRST, SECOND);

    @AfterEach
    void shouldLeaveNothing() {
        client.close();
        assertEquals(0, servers.open(), "ports left open");
        assertEquals(0, client.counters().waiting());
    }

    /** What came of a question, and after how many milliseconds. */
    private final class Asked {
        final long since = servers.time.nowNanos();
        private @Nullable DnsOutcome outcome;
        long millis = -1;

        void tell(DnsOutcome told) {
            assertNull(outcome, "told twice");
            outcome = told;
            millis = TimeUnit.NANOSECONDS.toMillis(servers.time.nowNanos() - since);
        }

        boolean isTold() {
            return outcome != null;
        }

        DnsOutcome.Kind kind() {
            return Objects.requireNonNull(outcome, "not told").kind();
        }

        DnsMessage message() {
            return Objects.requireNonNull(
                    Objects.requireNonNull(outcome, "not told").message(), "without a message");
        }

        IpAddress address() {
            assertEquals(DnsOutcome.Kind.ANSWERED, kind());
            return Objects.requireNonNull(message().answers().get(0).address());
        }
    }

    private static UpstreamQuestion question(String name) {
        return UpstreamQuestion.of(new DnsQuestion(DnsName.parse(name), DnsType.A, DnsType.CLASS_IN));
    }

    private Asked ask(String name) {
        return ask(client, name);
    }

    private Asked ask(DnsClient whom, String name) {
        Asked asked = new Asked();
        whom.ask(question(name), "someone", true, asked::tell);
        return asked;
    }

    private Asked resolve(String name) {
        return resolve(client, name);
    }

    private Asked resolve(DnsClient whom, String name) {
        Asked asked = ask(whom, name);
        boolean more = true;
        while (more && !asked.isTold()) {
            more = servers.time.runNext();
        }
        return asked;
    }

    private static DnsName name(DnsMessage query) {
        return query.questions().get(0).name();
    }

    private static DnsMessage answer(DnsMessage query) {
        return answer(query, RIGHT, 60);
    }

    private static DnsMessage answer(DnsMessage query, IpAddress address, long ttl) {
        return DnsMessage.response(query, 0, List.of(DnsRecord.address(name(query), ttl, address)), List.of());
    }

    private static DnsMessage withFlags(DnsMessage message, int flags) {
        return new DnsMessage(
                message.id(),
                message.flags() | flags,
                message.questions(),
                message.answers(),
                List.of(),
                List.of(),
                message.edns());
    }

    private static byte[] octets(DnsMessage message) {
        return message.toBytes(DnsMessage.MAX_LENGTH);
    }

    @Test
    void shouldGiveEachTryAnIdentifierAndASpellingOfItsOwn() {
        servers.server(FIRST, (query, reply) -> reply.send(answer(query)));
        Set<Integer> ids = new HashSet<>();
        Set<String> spellings = new HashSet<>();

        for (int i = 0; i < 64; i++) {
            client.clearCache();
            resolve("bank.example");
            DnsMessage query = servers.queries.get(i);
            ids.add(query.id());
            spellings.add(name(query).toString());
        }

        assertTrue(ids.size() > 60, "identifiers " + ids.size());
        assertTrue(spellings.size() > 55, "spellings " + spellings.size());
        assertEquals(64, client.counters().queries());
    }

    @Test
    void shouldAskIdenticalQuestionsOnce() {
        servers.server(FIRST, (query, reply) -> reply.send(10, octets(answer(query))));

        List<Asked> all = new ArrayList<>();
        for (String name : List.of("www.example", "WWW.example", "www.EXAMPLE")) {
            all.add(ask(name));
        }
        servers.time.advance(Duration.ofMillis(10));

        assertEquals(1, servers.log.size());
        for (Asked asked : all) {
            assertEquals(RIGHT, asked.address());
        }
        assertEquals(2, client.counters().merged());
    }

    @Test
    void shouldKeepAskingForOthersWhenOneGivesUp() {
        servers.server(FIRST, (query, reply) -> reply.send(10, octets(answer(query))));
        Asked first = new Asked();
        Cancellable asking = client.ask(question("a.example"), "someone", true, first::tell);
        Asked second = ask("a.example");

        assertNotNull(asking);
        asking.cancel();
        servers.time.advance(Duration.ofMillis(10));

        assertFalse(first.isTold());
        assertEquals(RIGHT, second.address());
    }

    @Test
    void shouldFreeThePortWhenNobodyWaits() {
        servers.server(FIRST, (query, reply) -> {});
        Cancellable asking = client.ask(question("a.example"), "someone", true, outcome -> {});

        assertNotNull(asking);
        asking.cancel();

        assertEquals(0, servers.open());
        assertEquals(0, client.counters().waiting());
    }

    @Test
    void shouldIgnoreWhatIsNotTheAnswer() {
        servers.server(FIRST, (query, reply) -> {
            DnsMessage spoof = answer(query, WRONG, 60);
            DnsQuestion asked = query.questions().get(0);
            reply.send(spoof.withId(query.id() ^ 1));
            reply.send(with(spoof, DnsMessage.QR, new DnsQuestion(DnsName.parse("other.example"), 1, 1)));
            reply.send(with(spoof, DnsMessage.QR, new DnsQuestion(asked.name(), DnsType.AAAA, 1)));
            reply.send(with(spoof, DnsMessage.QR, new DnsQuestion(asked.name(), 1, 3)));
            reply.send(with(spoof, 0, asked));
            reply.send(with(spoof, DnsMessage.QR | 0x2800, asked));
            reply.send(5, new byte[] {1, 2, 3});
            reply.send(10, octets(answer(query)));
        });

        assertEquals(RIGHT, resolve("www.example").address());
        assertEquals(7, client.counters().strays());
    }

    private static DnsMessage with(DnsMessage message, int flags, DnsQuestion question) {
        return new DnsMessage(message.id(), flags, List.of(question), message.answers(), List.of(), List.of(), null);
    }

    @Test
    void shouldAskOverTcpWhenSomebodyGuesses() {
        servers.server(FIRST, (query, reply) -> {
            for (int i = 1; i < 1000; i++) {
                reply.send(answer(query, WRONG, 60).withId((query.id() + i) & 0xFFFF));
            }
            reply.send(answer(query, WRONG, 60)); // the guess that would have been right
        });
        servers.tcpServer(FIRST, (query, reply) -> reply.send(answer(query)));

        assertEquals(RIGHT, resolve("www.example").address());
        assertEquals(List.of("udp 192.0.2.1 A", "tcp 192.0.2.1 A"), servers.log);
        assertEquals(1, client.counters().attacks());
    }

    @Test
    void shouldStayWithTcpOnceSomebodyHasGuessed() {
        FakeServers.Server flooded = (query, reply) -> {
            for (int i = 1; i < 100; i++) {
                reply.send(answer(query, WRONG, 60).withId((query.id() + i) & 0xFFFF));
            }
        };
        servers.server(FIRST, flooded);
        servers.server(SECOND, flooded);
        servers.tcpServer(FIRST, (query, reply) -> reply.send(5000, octets(answer(query))));
        servers.tcpServer(SECOND, (query, reply) -> {});

        Asked asked = resolve("www.example");

        assertEquals(RIGHT, asked.address());
        assertEquals(5001, asked.millis, "the first connection is not given up for others");
        assertEquals(
                1, servers.log.stream().filter(each -> each.startsWith("udp")).count(), servers.log.toString());
    }

    @Test
    void shouldNotBelieveAnAnswerInAnotherCaseThatTcpDoesNotBearOut() {
        servers.server(FIRST, (query, reply) -> {
            DnsQuestion lower = new DnsQuestion(name(query).toLowerCase(), DnsType.A, 1);
            reply.send(answer(query, WRONG, 60).withQuestion(lower));
        });
        servers.tcpServer(FIRST, (query, reply) -> reply.send(answer(query)));

        assertEquals(RIGHT, resolve("www.example").address());
        client.clearCache();
        resolve("www.example");
        assertNotEquals(
                name(servers.queries.get(2)).toString(),
                name(servers.queries.get(2)).toLowerCase().toString(),
                "the server keeps case, as TCP has shown, so case is still used");
    }

    @Test
    void shouldLearnThatAServerFoldsCase() {
        FakeServers.Server folding = (query, reply) -> reply.send(
                answer(query).withQuestion(new DnsQuestion(name(query).toLowerCase(), DnsType.A, 1)));
        servers.server(FIRST, folding);
        servers.tcpServer(FIRST, folding);

        assertEquals(RIGHT, resolve("www.example").address());
        assertEquals(RIGHT, resolve("mail.example").address());
        assertEquals(List.of("udp 192.0.2.1 A", "tcp 192.0.2.1 A", "udp 192.0.2.1 A"), servers.log);
    }

    @Test
    void shouldLiveWithAServerThatFoldsCaseAndHasNoTcp() {
        servers.server(
                FIRST,
                (query, reply) -> reply.send(
                        answer(query).withQuestion(new DnsQuestion(name(query).toLowerCase(), DnsType.A, 1))));

        assertEquals(RIGHT, resolve("www.example").address());
        assertEquals(List.of("udp 192.0.2.1 A", "tcp 192.0.2.1 A", "udp 192.0.2.1 A"), servers.log);
        assertEquals(RIGHT, resolve("mail.example").address());
        assertEquals(4, servers.log.size());
    }

    /** It spells names its own way, whichever way they are asked: an answer to lower case is as good as it gets. */
    @Test
    void shouldLiveWithAServerThatAnswersInCapitalsAndHasNoTcp() {
        servers.server(
                FIRST,
                (query, reply) -> reply.send(
                        answer(query).withQuestion(new DnsQuestion(DnsName.parse("WWW.EXAMPLE"), DnsType.A, 1))));
        servers.server(SECOND, (query, reply) -> reply.send(answer(query)));

        assertEquals(RIGHT, resolve("www.example").address());
        assertEquals(List.of("udp 192.0.2.1 A", "tcp 192.0.2.1 A", "udp 192.0.2.1 A"), servers.log);
        servers.log.clear();
        assertEquals(RIGHT, resolve("www.example").address());
        assertTrue(servers.log.size() <= 3, servers.log.toString());
    }

    @Test
    void shouldPayForADeadServerTwiceAndNoMore() {
        servers.server(FIRST, (query, reply) -> {});
        servers.server(SECOND, (query, reply) -> reply.send(answer(query)));

        assertEquals(1001, resolve("a.example").millis);
        assertEquals(1001, resolve("b.example").millis);
        for (int i = 0; i < 20; i++) {
            assertEquals(1, resolve("c" + i + ".example").millis);
        }
        servers.time.advance(Duration.ofSeconds(6));
        assertEquals(1, resolve("d.example").millis, "the dead server is tried beside the other");
        assertEquals("udp 192.0.2.1 A", servers.log.get(servers.log.size() - 1));
        servers.time.advance(Duration.ofSeconds(1));
        assertEquals(0, servers.open(), "the probe's time is over");
    }

    @Test
    void shouldNotWaitForAnAnswerBecauseManyServersAreToBeProbed() {
        List<String> dead = List.of("192.0.2.11", "192.0.2.12", "192.0.2.13");
        DnsClientConfig once = DnsClientConfig.DEFAULT.withTries(Duration.ofSeconds(1), 1);
        try (DnsClient many = servers.client(once, FIRST, dead.get(0), dead.get(1), dead.get(2))) {
            servers.server(FIRST, (query, reply) -> reply.send(DnsMessage.failure(query, DnsResponseCode.SERVFAIL)));
            resolve(many, "a.example"); // their ports are closed, so they are demoted
            dead.forEach(address -> servers.server(address, (query, reply) -> {}));
            servers.server(FIRST, (query, reply) -> reply.send(answer(query)));
            servers.time.advance(Duration.ofSeconds(6));
            servers.log.clear();

            Asked asked = resolve(many, "b.example");

            assertEquals(DnsOutcome.Kind.ANSWERED, asked.kind());
            assertEquals(1, asked.millis);
            assertEquals(List.of("udp 192.0.2.1 A", "udp 192.0.2.11 A", "udp 192.0.2.12 A"), servers.log);
            assertEquals(1, resolve(many, "c.example").millis);
            assertEquals("udp 192.0.2.13 A", servers.log.get(servers.log.size() - 1), "it has its turn with the next");
        }
    }

    @Test
    void shouldReturnToTheFirstServerWhenItIsBack() {
        servers.server(FIRST, (query, reply) -> {});
        servers.server(SECOND, (query, reply) -> reply.send(answer(query)));
        resolve("a.example");
        resolve("b.example");
        servers.server(FIRST, (query, reply) -> reply.send(5, octets(answer(query))));
        servers.time.advance(Duration.ofSeconds(6));

        assertEquals(1, resolve("c.example").millis);
        servers.time.advance(Duration.ofMillis(5));
        servers.log.clear();
        assertEquals(5, resolve("d.example").millis);
        assertEquals(List.of("udp 192.0.2.1 A"), servers.log);
    }

    @Test
    void shouldTurnFromAClosedPortAtOnceAndRememberIt() {
        servers.server(SECOND, (query, reply) -> reply.send(answer(query)));

        assertEquals(2, resolve("a.example").millis);
        assertEquals(1, resolve("b.example").millis);
    }

    @ParameterizedTest
    @ValueSource(ints = {DnsResponseCode.SERVFAIL, DnsResponseCode.REFUSED, DnsResponseCode.NOTIMP})
    void shouldTurnFromAFailureAtOnce(int code) {
        servers.server(FIRST, (query, reply) -> {
            DnsMessage plain =
                    new DnsMessage(query.id(), query.flags(), query.questions(), List.of(), List.of(), List.of(), null);
            reply.send(DnsMessage.failure(plain, code));
        });
        servers.server(SECOND, (query, reply) -> reply.send(answer(query)));

        assertEquals(RIGHT, resolve("a.example").address());
        assertTrue(resolve("b.example").millis <= 3);
        for (int i = 0; i < 4; i++) {
            resolve("c" + i + ".example");
        }
        assertEquals(1, resolve("d.example").millis, "a server that fails always is asked last");
    }

    @Test
    void shouldTurnFromALameServer() {
        servers.server(
                FIRST,
                (query, reply) -> reply.send(new DnsMessage(
                        query.id(),
                        DnsMessage.QR | DnsMessage.RD,
                        query.questions(),
                        List.of(),
                        List.of(),
                        List.of(),
                        null)));
        servers.server(SECOND, (query, reply) -> reply.send(answer(query)));

        assertEquals(RIGHT, resolve("a.example").address());
    }

    @Test
    void shouldFailAtOnceWhenAllServersHaveFailed() {
        servers.server(FIRST, (query, reply) -> reply.send(DnsMessage.failure(query, DnsResponseCode.SERVFAIL)));
        servers.server(SECOND, (query, reply) -> reply.send(DnsMessage.failure(query, DnsResponseCode.REFUSED)));

        Asked asked = resolve("a.example");

        assertEquals(DnsOutcome.Kind.FAILED, asked.kind());
        assertEquals(DnsResponseCode.SERVFAIL, asked.message().responseCode());
        assertEquals(2, asked.millis);
    }

    @Test
    void shouldTakeALateAnswer() {
        client.setServers(List.of(DnsServer.of(IpAddress.parse(FIRST))));
        servers.server(FIRST, (query, reply) -> {
            if (servers.queries.size() == 1) {
                reply.send(2500, octets(answer(query)));
            }
        });

        Asked asked = resolve("slow.example");

        assertEquals(RIGHT, asked.address());
        assertEquals(2500, asked.millis);
        assertEquals(2, servers.log.size(), "it was asked again after a second");
    }

    @Test
    void shouldResendWhatIsLost() {
        client.setServers(List.of(DnsServer.of(IpAddress.parse(FIRST))));
        servers.server(FIRST, (query, reply) -> {
            if (servers.queries.size() == 2) {
                reply.send(answer(query));
            }
        });

        assertEquals(1001, resolve("lost.example").millis);
    }

    @Test
    void shouldKeepItsPatienceAndNoMorePortsThanItMay() {
        servers.server(FIRST, (query, reply) -> {});
        servers.server(SECOND, (query, reply) -> {});
        Asked asked = ask("silent.example");

        int most = 0;
        while (!asked.isTold() && servers.time.runNext()) {
            most = Math.max(most, servers.open());
        }

        assertEquals(DnsOutcome.Kind.TIMED_OUT, asked.kind());
        assertEquals(10_000, asked.millis);
        assertEquals(3, most);
        assertEquals(5, servers.log.size(), "after 0, 1, 2, 4 and 6 seconds");
    }

    @Test
    void shouldAskOverTcpWhenCut() {
        servers.server(FIRST, (query, reply) -> reply.send(withFlags(answer(query), DnsMessage.TC)));
        servers.tcpServer(FIRST, (query, reply) -> reply.send(answer(query)));

        assertEquals(RIGHT, resolve("big.example").address());
        assertEquals(List.of("udp 192.0.2.1 A", "tcp 192.0.2.1 A"), servers.log);
    }

    @Test
    void shouldNotSpendAllItsTimeOnADeadTcp() {
        servers.server(FIRST, (query, reply) -> reply.send(withFlags(answer(query), DnsMessage.TC)));
        servers.tcpServer(FIRST, (query, reply) -> {});
        servers.server(SECOND, (query, reply) -> reply.send(answer(query)));

        Asked asked = resolve("big.example");

        assertEquals(RIGHT, asked.address());
        assertEquals(2002, asked.millis);
        resolve("small.example");
        assertEquals("udp 192.0.2.1 A", servers.log.get(3), "its UDP is still good");
    }

    @Test
    void shouldKeepACutAnswerForWantOfABetterOne() {
        client.setServers(List.of(DnsServer.of(IpAddress.parse(FIRST))));
        servers.server(FIRST, (query, reply) -> reply.send(withFlags(answer(query), DnsMessage.TC)));

        Asked asked = resolve("big.example");

        assertEquals(DnsOutcome.Kind.FAILED, asked.kind());
        assertTrue(asked.message().isTruncated());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldDoWithoutEdns(boolean echoes) {
        servers.server(FIRST, (query, reply) -> {
            if (query.edns() == null) {
                reply.send(answer(query));
            } else {
                int flags = DnsMessage.QR | DnsResponseCode.FORMERR;
                reply.send(new DnsMessage(
                        query.id(),
                        flags,
                        echoes ? query.questions() : List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        null));
            }
        });

        assertEquals(RIGHT, resolve("a.example").address());
        assertEquals(2, servers.queries.size());
        assertEquals(RIGHT, resolve("b.example").address());
        assertEquals(3, servers.queries.size(), "it is remembered");
    }

    @Test
    void shouldDoWithoutEdnsWhereItIsMetWithSilence() {
        client.setServers(List.of(DnsServer.of(IpAddress.parse(FIRST))));
        servers.server(FIRST, (query, reply) -> {
            if (query.edns() == null) {
                reply.send(answer(query));
            }
        });

        assertEquals(1001, resolve("a.example").millis);
        assertEquals(1, resolve("b.example").millis);
    }

    @Test
    void shouldTakeAnswersOfAnySize() {
        servers.server(FIRST, (query, reply) -> {
            assertEquals(
                    Edns.RECOMMENDED_PAYLOAD_SIZE,
                    Objects.requireNonNull(query.edns()).payloadSize());
            List<DnsRecord> many = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                many.add(DnsRecord.address(name(query), 60, IpAddress.ofIpv4(0x0A00_0000 + i)));
            }
            reply.send(DnsMessage.response(query, 0, many, List.of()));
        });

        assertEquals(200, resolve("many.example").message().answers().size());
    }

    @Test
    void shouldAskTheNewServersWhenTheyChangeUnderWay() {
        servers.server(FIRST, (query, reply) -> reply.send(50, octets(answer(query, WRONG, 86_400))));
        servers.server(SECOND, (query, reply) -> reply.send(answer(query)));
        Asked asked = ask("intra.example");
        servers.time.advance(Duration.ofMillis(20));

        client.setServers(List.of(DnsServer.of(IpAddress.parse(SECOND))));
        servers.time.advance(Duration.ofMillis(100));

        assertEquals(RIGHT, asked.address());
        assertEquals(21, asked.millis);
        Asked again = resolve("intra.example");
        assertEquals(RIGHT, again.address(), "nothing of the former server is kept");
    }

    @Test
    void shouldTellThatThereIsNoServerLeft() {
        servers.server(FIRST, (query, reply) -> {});
        Asked asked = ask("a.example");

        client.setServers(List.of());

        assertEquals(DnsOutcome.Kind.NO_SERVER, asked.kind());
        assertEquals(DnsOutcome.Kind.NO_SERVER, ask("b.example").kind());
    }

    @Test
    void shouldKeepAnswersForTheirTimeAndTellWhatIsLeftOfIt() {
        servers.server(FIRST, (query, reply) -> reply.send(answer(query)));
        resolve("a.example");

        servers.time.advance(Duration.ofSeconds(59));
        Asked kept = ask("A.example");
        assertEquals(1, kept.message().answers().get(0).ttlSeconds());
        assertEquals(1, servers.log.size());
        servers.time.advance(Duration.ofSeconds(1));
        resolve("a.example");
        assertEquals(2, servers.log.size());
    }

    @Test
    void shouldKeepAbsenceAsLongAsTheZoneSaysAndFailuresNotAtAll() {
        DnsRecord soa = DnsRecord.negativeSoa(DnsName.parse("example"), 30);
        servers.server(
                FIRST,
                (query, reply) -> reply.send(
                        name(query).labelCount() == 2
                                ? DnsMessage.response(query, DnsResponseCode.NXDOMAIN, List.of(), List.of(soa))
                                : DnsMessage.failure(query, DnsResponseCode.NXDOMAIN)));

        resolve("no.example");
        servers.time.advance(Duration.ofSeconds(29));
        assertEquals(DnsResponseCode.NXDOMAIN, resolve("no.example").message().responseCode());
        assertEquals(1, servers.log.size());
        servers.time.advance(Duration.ofSeconds(1));
        resolve("no.example");
        assertEquals(2, servers.log.size());
        resolve("without.soa.example");
        resolve("without.soa.example");
        assertEquals(4, servers.log.size());
    }

    @Test
    void shouldBoundItsCacheByWhatItHolds() {
        servers.server(FIRST, (query, reply) -> {
            List<DnsRecord> big = List.of(new DnsRecord(name(query), DnsType.TXT, 1, 600, new byte[10_000]));
            reply.send(DnsMessage.response(query, 0, big, List.of()));
        });
        DnsCache cache = new DnsCache(100_000);
        DnsMessage big = resolve("a.example").message();

        for (int i = 0; i < 1000; i++) {
            cache.put(
                    question("n" + i + ".example"),
                    answer(DnsMessage.query(0, DnsName.parse("n" + i + ".example"), 1)),
                    0);
            assertTrue(cache.used() <= 100_000);
        }
        cache.put(question("big.example"), big, 0);

        assertTrue(cache.size() > 100, "size " + cache.size());
        assertNull(cache.find(question("big.example"), 0), "one answer is not to push all others out");
        assertNull(cache.find(question("n0.example"), 0));
        assertNotNull(cache.find(question("n999.example"), 0));
    }

    @Test
    void shouldShareItsPlacesFairly() {
        servers.server(FIRST, (query, reply) -> {});
        servers.server(SECOND, (query, reply) -> {});
        List<Asked> greedy = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            Asked asked = new Asked();
            greedy.add(asked);
            client.ask(question("g" + i + ".example"), "greedy", true, asked::tell);
        }
        assertEquals(512, client.counters().waiting(), "one alone may have all places");
        assertEquals(88, client.counters().refused());

        for (int i = 0; i < 100; i++) {
            assertNotNull(client.ask(question("h" + i + ".example"), "honest", true, outcome -> {}), "place " + i);
        }
        assertEquals(512, client.counters().waiting());
        assertEquals(100, client.counters().evicted());
        assertEquals(DnsOutcome.Kind.DROPPED, greedy.get(0).kind(), "the oldest goes first");
        assertNull(client.ask(question("g.example"), "greedy", true, outcome -> {}));
    }

    @Test
    void shouldNotLetForgedGuestsPushOutProvenOnes() {
        servers.server(FIRST, (query, reply) -> {});
        for (int i = 0; i < 50; i++) {
            client.ask(question("p" + i + ".example"), "proven", true, outcome -> {});
        }
        Asked[] forged = new Asked[2000];
        for (int i = 0; i < forged.length; i++) {
            forged[i] = new Asked();
            client.ask(question("f" + i + ".example"), "forged" + i % 1000, false, forged[i]::tell);
        }
        for (int i = 0; i < 50; i++) {
            assertNotNull(client.ask(question("q" + i + ".example"), "other", true, outcome -> {}), "place " + i);
        }
        assertEquals(512, client.counters().waiting());
    }

    @Test
    void shouldSpreadOverServersWhenToldTo() {
        DnsClient rotating = servers.client(DnsClientConfig.DEFAULT.withRotate(true), FIRST, SECOND);
        servers.server(FIRST, (query, reply) -> {});
        servers.server(SECOND, (query, reply) -> {});

        for (int i = 0; i < 4; i++) {
            rotating.ask(question("r" + i + ".example"), "someone", true, outcome -> {});
        }

        assertEquals(
                List.of("udp 2001:db8::2 A", "udp 192.0.2.1 A", "udp 2001:db8::2 A", "udp 192.0.2.1 A"), servers.log);
        rotating.close();
    }

    @Test
    void shouldTellWhoWaitsThatItIsClosed() {
        servers.server(FIRST, (query, reply) -> {});
        Asked asked = ask("a.example");

        client.close();

        assertEquals(DnsOutcome.Kind.CLOSED, asked.kind());
        assertEquals(DnsOutcome.Kind.CLOSED, ask("b.example").kind());
    }

    @Test
    void shouldOutliveAnAskerThatThrows() {
        servers.server(FIRST, (query, reply) -> reply.send(answer(query)));
        client.ask(question("a.example"), "someone", true, outcome -> {
            throw new IllegalStateException("the guest is in trouble");
        });
        servers.time.advance(Duration.ofMillis(1));

        assertEquals(RIGHT, resolve("b.example").address());
    }

    /** Servers that do anything at any time: everybody is told once, and nothing is left. */
    @Test
    void shouldSurviveServersThatDoAnything() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        FakeServers.Server wild = (query, reply) -> {
            for (int i = random.nextInt(4); i > 0; i--) {
                DnsMessage answer = switch (random.nextInt(6)) {
                    case 0 -> DnsMessage.failure(query, random.nextInt(4096));
                    case 1 -> withFlags(answer(query), DnsMessage.TC);
                    case 2 -> answer(query).withId(random.nextInt(65536));
                    case 3 ->
                        answer(query).withQuestion(new DnsQuestion(name(query).toLowerCase(), DnsType.A, 1));
                    default -> answer(query);
                };
                byte[] octets = octets(answer);
                if (random.nextInt(3) == 0) {
                    octets[random.nextInt(octets.length)] = (byte) random.nextInt();
                }
                reply.send(random.nextInt(4000), octets);
            }
        };
        List<Asked> all = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            String address = random.nextBoolean() ? FIRST : SECOND;
            switch (random.nextInt(8)) {
                case 0 -> servers.close(address);
                case 1 -> servers.server(address, wild);
                case 2 -> servers.tcpServer(address, wild);
                case 3 -> {
                    if (random.nextInt(20) == 0) {
                        client.setServers(List.of(DnsServer.of(IpAddress.parse(address))));
                    }
                }
                default -> {
                    Asked asked = new Asked();
                    if (client.ask(
                                    question("n" + random.nextInt(50) + ".example"),
                                    random.nextInt(5),
                                    random.nextBoolean(),
                                    asked::tell)
                            != null) {
                        all.add(asked);
                    }
                }
            }
            servers.time.advance(Duration.ofMillis(random.nextInt(40)));
            assertTrue(servers.open() <= 3 * 50 * 2, "seed=" + seed);
        }
        servers.time.advance(Duration.ofSeconds(30));

        assertFalse(all.stream().anyMatch(asked -> !asked.isTold()), "seed=" + seed);
        assertEquals(0, servers.open(), "seed=" + seed);
        assertEquals(0, servers.time.pending(), "seed=" + seed);
    }
}
