// SPDX-License-Identifier: MIT
package io.pktkit.dns.server;

import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsName;
import io.pktkit.dns.DnsQuestion;
import io.pktkit.dns.DnsRecord;
import io.pktkit.dns.DnsResponseCode;
import io.pktkit.dns.DnsType;
import io.pktkit.dns.Edns;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * DNS64 (RFC 6147), as a rule of a {@link DnsForwarder}: a name that has IPv4 addresses alone gets IPv6 addresses by which a
 * NAT64 is reached. It answers for {@code ipv4only.arpa} (RFC 7050, RFC 8880), by which hosts learn the prefix, and gives addresses
 * of the prefix the names of what they stand for.
 *
 * <p>Nothing is made for a name that has an IPv6 address, nor for one that does not exist, nor for who asks for signatures and
 * checks them himself (DO and CD, section 5.5). IPv4-mapped addresses count as none (section 5.1.4). Immutable.
 */
public final class Dns64 {

    private static final DnsName IPV4_ONLY = DnsName.parse("ipv4only.arpa");
    private static final List<IpAddress> IPV4_ONLY_ADDRESSES =
            List.of(IpAddress.parse("192.0.0.170"), IpAddress.parse("192.0.0.171"));
    private static final long IPV4_ONLY_SECONDS = 3600;

    /** RFC 6147 section 5.1.7: where nobody says how long there is no IPv6 address. */
    private static final long DEFAULT_SECONDS = 600;

    private static final IpPrefix MAPPED = IpPrefix.parse("::ffff:0:0/96");

    private final IpPrefix prefix;
    private final Function<IpAddress, @Nullable IpAddress> embed;
    private final Function<IpAddress, @Nullable IpAddress> extract;

    /**
     * A rule.
     *
     * @param prefix of the NAT64
     * @param embed gives an IPv4 address as one of the prefix; null for one that the NAT64 does not reach
     * @param extract gives the IPv4 address that one of the prefix stands for; null if it stands for none
     */
    public Dns64(
            IpPrefix prefix,
            Function<IpAddress, @Nullable IpAddress> embed,
            Function<IpAddress, @Nullable IpAddress> extract) {
        this.prefix = prefix;
        this.embed = embed;
        this.extract = extract;
    }

    /** {@return the prefix} */
    public IpPrefix prefix() {
        return prefix;
    }

    /** What is answered without asking anybody; null if there is nothing. */
    @Nullable
    DnsMessage known(DnsMessage query, DnsQuestion question) {
        if (!question.name().isWithin(IPV4_ONLY)) {
            return null;
        }
        boolean apex = question.name().equals(IPV4_ONLY);
        List<DnsRecord> records = new ArrayList<>();
        for (IpAddress each : apex ? IPV4_ONLY_ADDRESSES : List.<IpAddress>of()) {
            IpAddress address =
                    question.type() == DnsType.A ? each : question.type() == DnsType.AAAA ? embed.apply(each) : null;
            if (address != null) {
                records.add(DnsRecord.address(question.name(), IPV4_ONLY_SECONDS, address));
            }
        }
        List<DnsRecord> authority =
                records.isEmpty() ? List.of(DnsRecord.negativeSoa(IPV4_ONLY, IPV4_ONLY_SECONDS)) : List.of();
        int code = apex ? DnsResponseCode.NOERROR : DnsResponseCode.NXDOMAIN;
        return DnsMessage.response(query, code, records, authority);
    }

    /** Whether addresses may be made for a query. */
    static boolean mayServe(DnsMessage query, DnsQuestion question) {
        Edns edns = query.edns();
        boolean checksItself = edns != null && edns.dnssecOk() && (query.flags() & DnsMessage.CD) != 0;
        return question.type() == DnsType.AAAA && !checksItself;
    }

    /** Without the addresses that count as none; the same message if there are none of them. */
    static DnsMessage clean(DnsMessage answer) {
        List<DnsRecord> kept = new ArrayList<>(answer.answers().size());
        for (DnsRecord record : answer.answers()) {
            IpAddress address = record.address();
            if (address == null || address.isIpv4() || !MAPPED.contains(address)) {
                kept.add(record);
            }
        }
        return kept.size() == answer.answers().size()
                ? answer
                : answer.with(kept, answer.authorities(), answer.additionals());
    }

    /** Whether an answer is one to pass on as it is: the name does not exist, or has an address. */
    static boolean isFinal(DnsMessage answer) {
        return answer.responseCode() == DnsResponseCode.NXDOMAIN
                || (answer.responseCode() == DnsResponseCode.NOERROR
                        && answer.answers().stream().anyMatch(record -> record.type() == DnsType.AAAA));
    }

    /**
     * Makes an answer of one about IPv4 addresses (section 5.1.7), aliases included.
     *
     * @param query what was asked
     * @param absent what was said about IPv6 addresses; null if nothing
     * @param ipv4 what was said about IPv4 addresses
     * @return the answer; null if there is nothing to make it of
     */
    @Nullable
    DnsMessage synthesize(DnsMessage query, @Nullable DnsMessage absent, DnsMessage ipv4) {
        long most = DEFAULT_SECONDS;
        if (absent != null) {
            for (DnsRecord record : absent.authorities()) {
                if (record.type() == DnsType.SOA) {
                    most = record.negativeTtlSeconds();
                }
            }
        }
        List<DnsRecord> records = new ArrayList<>();
        boolean any = false;
        for (DnsRecord record : ipv4.answers()) {
            IpAddress address = record.address();
            if (address != null && address.isIpv4()) {
                IpAddress made = embed.apply(address);
                if (made != null) {
                    records.add(DnsRecord.address(record.name(), Math.min(record.ttlSeconds(), most), made));
                    any = true;
                }
            } else if (record.type() == DnsType.CNAME || record.type() == DnsType.DNAME) {
                records.add(record);
            }
        }
        return any ? DnsMessage.response(query, DnsResponseCode.NOERROR, records, List.of()) : null;
    }

    /** The reverse name of what an address of the prefix stands for (section 5.3.1); null if it is no such question. */
    @Nullable
    DnsName standsFor(DnsQuestion question) {
        IpAddress address = question.type() == DnsType.PTR ? DnsName.addressOf(question.name()) : null;
        IpAddress ipv4 =
                address != null && address.isIpv6() && prefix.contains(address) ? extract.apply(address) : null;
        return ipv4 == null ? null : DnsName.reverse(ipv4);
    }

    /** What was said about that name, as the answer to the question, by an alias. */
    static DnsMessage aliased(DnsMessage query, DnsQuestion question, DnsName target, DnsMessage answer) {
        List<DnsRecord> records = new ArrayList<>();
        records.add(DnsRecord.alias(question.name(), DEFAULT_SECONDS, target));
        records.addAll(answer.answers());
        return DnsMessage.response(query, answer.responseCode(), records, answer.authorities());
    }

    /** {@return a line for debugging} */
    @Override
    public String toString() {
        return "Dns64[" + prefix + "]";
    }
}
