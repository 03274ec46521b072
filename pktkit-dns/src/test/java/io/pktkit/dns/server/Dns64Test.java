// SPDX-License-Identifier: MIT
package io.pktkit.dns.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsName;
import io.pktkit.dns.DnsQuestion;
import io.pktkit.dns.DnsRecord;
import io.pktkit.dns.DnsResponseCode;
import io.pktkit.dns.DnsType;
import io.pktkit.dns.Edns;
import io.pktkit.dns.upstream.DnsClient;
import io.pktkit.dns.upstream.DnsClientConfig;
import io.pktkit.dns.upstream.DnsProtocol;
import io.pktkit.dns.upstream.FakeServers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** DNS64 by RFC 6147, and ipv4only.arpa by RFC 7050. */
class Dns64Test {

    private static final String SERVER = "192.0.2.53";
    private static final DnsName NAME = DnsName.parse("www.example.org");
    private static final IpAddress PRIVATE = IpAddress.parse("10.1.2.3");
    private static final long PREFIX = 0x64_FF9BL << 32;

    private final FakeServers upstream = new FakeServers();
    private final DnsClient client = upstream.client(DnsClientConfig.DEFAULT, SERVER);
    private final DnsForwarder forwarder = new DnsForwarder(
            new NameTable(
                    DnsName.parse("lan.test"),
                    List.of(IpPrefix.parse("10.0.2.0/24")),
                    Map.of(DnsName.parse("gateway.lan.test"), List.of(IpAddress.parse("10.0.2.1")))),
            client,
            RebindingGuard.of(List.of(IpPrefix.parse("10.0.2.0/24"))),
            new Dns64(
                    IpPrefix.parse("64:ff9b::/96"),
                    ipv4 -> ipv4.equals(PRIVATE) ? null : IpAddress.ofIpv6(PREFIX, ipv4.toIpv4Bits() & 0xFFFF_FFFFL),
                    ipv6 -> IpAddress.ofIpv4((int) ipv6.low())));

    @AfterEach
    void close() {
        client.close();
        assertEquals(0, upstream.open());
    }

    private final List<DnsRecord> records = new ArrayList<>();
    private final List<DnsRecord> authorities = new ArrayList<>();
    private int codeForIpv6 = DnsResponseCode.NOERROR;

    private void serve() {
        upstream.server(SERVER, (query, reply) -> {
            int type = query.questions().get(0).type();
            boolean ipv6 = type == DnsType.AAAA;
            List<DnsRecord> found = records.stream()
                    .filter(record -> record.type() == type || record.type() == DnsType.CNAME)
                    .toList();
            boolean empty = found.stream().noneMatch(record -> record.type() == type);
            reply.send(DnsMessage.response(query, ipv6 ? codeForIpv6 : 0, found, empty ? authorities : List.of()));
        });
    }

    private DnsMessage ask(DnsName name, int type) {
        return ask(DnsMessage.query(7, name, type));
    }

    private DnsMessage ask(DnsMessage query) {
        serve();
        List<byte[]> answers = new ArrayList<>();
        forwarder.onRequest(new DnsRequest() {
            @Override
            public ByteBuffer message() {
                return ByteBuffer.wrap(query.toBytes(4096)).asReadOnlyBuffer();
            }

            @Override
            public DnsProtocol protocol() {
                return DnsProtocol.UDP;
            }

            @Override
            public Object principal() {
                return "guest";
            }

            @Override
            public boolean isProven() {
                return true;
            }

            @Override
            public void reply(byte[] response) {
                answers.add(response);
            }
        });
        for (int i = 0; i < 200 && answers.isEmpty(); i++) {
            upstream.time.advance(Duration.ofMillis(100));
        }
        assertEquals(1, answers.size());
        DnsMessage answer = DnsMessage.parse(answers.get(0));
        assertNotNull(answer);
        return answer;
    }

    private static List<String> shown(DnsMessage answer) {
        return answer.answers().stream().map(DnsRecord::toString).toList();
    }

    private void has(String... addresses) {
        for (String each : addresses) {
            records.add(DnsRecord.address(NAME, 60, IpAddress.parse(each)));
        }
    }

    @Test
    void shouldMakeAddressesForANameThatHasNone() {
        has("198.51.100.7", "203.0.113.9");
        assertEquals(
                List.of("www.example.org 60 AAAA 64:ff9b::c633:6407", "www.example.org 60 AAAA 64:ff9b::cb00:7109"),
                shown(ask(NAME, DnsType.AAAA)));
        assertEquals(2, ask(NAME, DnsType.A).answers().size(), "questions for IPv4 are answered as ever");
    }

    @Test
    void shouldMakeNoneForANameThatHasOne() {
        has("198.51.100.7", "2001:db8::7");
        assertEquals(List.of("www.example.org 60 AAAA 2001:db8::7"), shown(ask(NAME, DnsType.AAAA)));
    }

    @Test
    void shouldTakeMappedAddressesForNone() {
        has("198.51.100.7", "::ffff:198.51.100.7");
        assertEquals(List.of("www.example.org 60 AAAA 64:ff9b::c633:6407"), shown(ask(NAME, DnsType.AAAA)));
    }

    @Test
    void shouldFollowAliases() {
        DnsName target = DnsName.parse("target.example.org");
        records.add(DnsRecord.alias(NAME, 300, target));
        records.add(DnsRecord.address(target, 60, IpAddress.parse("198.51.100.7")));
        assertEquals(
                List.of(
                        "www.example.org 300 CNAME target.example.org",
                        "target.example.org 60 AAAA 64:ff9b::c633:6407"),
                shown(ask(NAME, DnsType.AAAA)));
    }

    @Test
    void shouldKeepThemNoLongerThanTheirAbsence() {
        records.add(DnsRecord.address(NAME, 5000, IpAddress.parse("198.51.100.7")));
        authorities.add(DnsRecord.negativeSoa(DnsName.parse("example.org"), 90));
        assertEquals(90, ask(NAME, DnsType.AAAA).answers().get(0).ttlSeconds(), "of the SOA record");
        client.clearCache();
        authorities.clear();
        assertEquals(600, ask(NAME, DnsType.AAAA).answers().get(0).ttlSeconds(), "ten minutes without one");
    }

    @Test
    void shouldPassOnThatANameDoesNotExist() {
        codeForIpv6 = DnsResponseCode.NXDOMAIN;
        has("198.51.100.7");
        authorities.add(DnsRecord.negativeSoa(DnsName.parse("example.org"), 90));
        DnsMessage answer = ask(NAME, DnsType.AAAA);
        assertEquals(DnsResponseCode.NXDOMAIN, answer.responseCode());
        assertEquals(List.of(), answer.answers());
    }

    @Test
    void shouldTakeOtherErrorsForNoAddress() {
        codeForIpv6 = DnsResponseCode.SERVFAIL;
        has("198.51.100.7");
        assertEquals(List.of("www.example.org 60 AAAA 64:ff9b::c633:6407"), shown(ask(NAME, DnsType.AAAA)));
    }

    @Test
    void shouldSayThatThereIsNoneWhereThereIsNoIpv4Either() {
        authorities.add(DnsRecord.negativeSoa(DnsName.parse("example.org"), 90));
        DnsMessage answer = ask(NAME, DnsType.AAAA);
        assertEquals(DnsResponseCode.NOERROR, answer.responseCode());
        assertEquals(List.of(), answer.answers());
        assertEquals(1, answer.authorities().size());
    }

    @Test
    void shouldMakeNoneOfWhatIsNotReachedOrForbidden() {
        records.add(DnsRecord.address(NAME, 60, PRIVATE));
        has("10.0.2.1", "127.0.0.1");
        assertEquals(List.of(), ask(NAME, DnsType.AAAA).answers());
        assertEquals(
                List.of(), ask(DnsName.parse("gateway.lan.test"), DnsType.AAAA).answers(), "nor of our own names");
    }

    @Test
    void shouldLeaveThoseWhoCheckSignaturesAlone() {
        has("198.51.100.7");
        DnsMessage query = DnsMessage.query(7, NAME, DnsType.AAAA);
        assertEquals(List.of(), shown(ask(with(query, DnsMessage.RD | DnsMessage.CD, new Edns(1232, 0, 0, true)))));
        assertEquals(
                1,
                ask(with(query, DnsMessage.RD | DnsMessage.CD, null)).answers().size());
        assertEquals(
                1,
                ask(with(query, DnsMessage.RD, new Edns(1232, 0, 0, true)))
                        .answers()
                        .size());
    }

    private static DnsMessage with(DnsMessage query, int flags, @Nullable Edns edns) {
        return new DnsMessage(query.id(), flags, query.questions(), List.of(), List.of(), List.of(), edns);
    }

    @Test
    void shouldTellThePrefixByIpv4Only() {
        DnsName name = DnsName.parse("ipv4only.arpa");
        assertEquals(
                List.of("ipv4only.arpa 3600 AAAA 64:ff9b::c000:aa", "ipv4only.arpa 3600 AAAA 64:ff9b::c000:ab"),
                shown(ask(name, DnsType.AAAA)));
        assertEquals(
                List.of("ipv4only.arpa 3600 A 192.0.0.170", "ipv4only.arpa 3600 A 192.0.0.171"),
                shown(ask(name, DnsType.A)));
        assertEquals(DnsResponseCode.NOERROR, ask(name, DnsType.TXT).responseCode());
        assertEquals(
                DnsResponseCode.NXDOMAIN,
                ask(DnsName.parse("x.ipv4only.arpa"), DnsType.A).responseCode());
        assertEquals(List.of(), upstream.queries, "nobody is asked, RFC 8880 section 5");
    }

    @Test
    void shouldNameAddressesOfThePrefix() {
        IpAddress ipv4 = IpAddress.parse("198.51.100.7");
        records.add(DnsRecord.pointer(ipv4, 60, NAME));
        DnsName reverse = DnsName.reverse(IpAddress.parse("64:ff9b::c633:6407"));

        DnsMessage answer = ask(reverse, DnsType.PTR);

        assertEquals(
                List.of(reverse + " 600 CNAME " + DnsName.reverse(ipv4), DnsName.reverse(ipv4) + " 60 PTR " + NAME),
                shown(answer));
        assertEquals(
                new DnsQuestion(DnsName.reverse(ipv4), DnsType.PTR, DnsType.CLASS_IN),
                upstream.queries.get(0).questions().get(0));
    }
}
