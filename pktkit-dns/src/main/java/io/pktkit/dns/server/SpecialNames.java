// SPDX-License-Identifier: MIT
package io.pktkit.dns.server;

import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsName;
import io.pktkit.dns.DnsQuestion;
import io.pktkit.dns.DnsRecord;
import io.pktkit.dns.DnsResponseCode;
import io.pktkit.dns.DnsType;
import io.pktkit.wire.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Names that are never asked of a server. */
final class SpecialNames {
    /** RFC 6761 section 6.3. */
    private static final DnsName LOCALHOST = DnsName.parse("localhost");

    /** RFC 6761 section 6.4; RFC 7686 section 2, whose lookups would tell who is sought; RFC 9476 section 3. */
    private static final List<DnsName> NOWHERE =
            List.of(DnsName.parse("invalid"), DnsName.parse("onion"), DnsName.parse("alt"));

    /** Resolvers that designate others (RFC 9462 section 6.4): we designate none, and nobody outside does it for us. */
    private static final DnsName DESIGNATED = DnsName.parse("resolver.arpa");

    private static final long TTL_SECONDS = 3600;
    private static final IpAddress IPV4 = IpAddress.parse("127.0.0.1");
    private static final IpAddress IPV6 = IpAddress.parse("::1");

    private SpecialNames() {}

    /** The response, or null if the name is like any other. */
    static @Nullable DnsMessage answer(DnsMessage query, DnsQuestion question) {
        DnsName name = question.name();
        if (name.isWithin(LOCALHOST)) {
            return switch (question.type()) {
                case DnsType.A -> respond(query, DnsRecord.address(name, TTL_SECONDS, IPV4));
                case DnsType.AAAA -> respond(query, DnsRecord.address(name, TTL_SECONDS, IPV6));
                default -> absent(query, DnsResponseCode.NOERROR, LOCALHOST);
            };
        }
        if (name.isWithin(DESIGNATED)) {
            return absent(query, DnsResponseCode.NOERROR, DESIGNATED);
        }
        for (DnsName nowhere : NOWHERE) {
            if (name.isWithin(nowhere)) {
                return absent(query, DnsResponseCode.NXDOMAIN, nowhere);
            }
        }
        return null;
    }

    private static DnsMessage respond(DnsMessage query, DnsRecord record) {
        return DnsMessage.response(query, DnsResponseCode.NOERROR, List.of(record), List.of());
    }

    private static DnsMessage absent(DnsMessage query, int code, DnsName zone) {
        return DnsMessage.response(query, code, List.of(), List.of(DnsRecord.negativeSoa(zone, TTL_SECONDS)));
    }
}
