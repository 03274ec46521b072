// SPDX-License-Identifier: MIT
package io.pktkit.lab.internal;

import io.pktkit.vclient.dns.DnsMessage;
import io.pktkit.vclient.dns.DnsName;
import io.pktkit.vclient.dns.DnsQuestion;
import io.pktkit.vclient.dns.DnsRecord;
import io.pktkit.vclient.dns.DnsResponseCode;
import io.pktkit.vclient.dns.DnsType;
import io.pktkit.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The names that the network itself answers for: the configured ones, and {@code HOSTNAME.DOMAIN} of each guest that
 * gave a host name with its lease. A guest can neither take a configured name nor one that another guest has. Any thread.
 */
public final class NameTable {
    /** Short, since a guest may come back with another address. */
    private static final long TTL_SECONDS = 10;

    private final DnsName domain;
    private final Map<DnsName, List<IpAddress>> configured;
    private final Map<DnsName, IpAddress> guests = new ConcurrentHashMap<>();
    private final Map<IpAddress, DnsName> claims = new ConcurrentHashMap<>(); // what guests call themselves, by lease

    /**
     * Creates a table.
     *
     * @param domain what guests' names end in; nothing in it is asked of other servers
     * @param configured names that do not change
     */
    public NameTable(DnsName domain, Map<DnsName, List<IpAddress>> configured) {
        this.domain = domain;
        this.configured = Map.copyOf(configured);
    }

    /**
     * Gives a guest the name that it now has, in place of the one before, if it is a single label and free.
     *
     * @param hostname as the guest gave it with its lease, or null
     * @param address its address
     */
    public void guestJoined(@Nullable String hostname, IpAddress address) {
        DnsName name = guestName(hostname);
        if (name == null || configured.containsKey(name)) {
            guestLeft(address);
            return;
        }
        if (!Objects.equals(name, claims.get(address))) {
            guestLeft(address);
            claims.put(address, name);
        }
        guests.putIfAbsent(name, address);
    }

    /**
     * Removes a guest's name with its lease. Another guest that calls itself so has it now.
     *
     * @param address the address that it had
     */
    public void guestLeft(IpAddress address) {
        DnsName name = claims.remove(address);
        if (name != null && guests.remove(name, address)) {
            claims.forEach((other, claimed) -> {
                if (claimed.equals(name)) {
                    guests.putIfAbsent(name, other);
                }
            });
        }
    }

    private @Nullable DnsName guestName(@Nullable String hostname) {
        if (hostname == null || hostname.isEmpty() || hostname.indexOf('.') >= 0) {
            return null;
        }
        try {
            return DnsName.parse(hostname + "." + domain);
        } catch (IllegalArgumentException e) {
            return null; // too long for a name; the guest is served all the same
        }
    }

    /**
     * Answers a query from the table.
     *
     * @param query a query with one question
     * @return the response, or null if the name is for other servers to resolve
     */
    public @Nullable DnsMessage answer(DnsMessage query) {
        DnsQuestion question = query.question();
        if (question == null || question.dnsClass() != DnsType.CLASS_IN) {
            return null;
        }
        DnsName name = question.name();
        List<IpAddress> addresses = addresses(name);
        if (!addresses.isEmpty()) {
            return respond(query, DnsResponseCode.NOERROR, addressRecords(question, addresses));
        }
        DnsRecord pointer = question.type() == DnsType.PTR ? pointer(name) : null;
        if (pointer != null) {
            return respond(query, DnsResponseCode.NOERROR, List.of(pointer));
        }
        if (name.isWithin(domain)) {
            int code = name.equals(domain) ? DnsResponseCode.NOERROR : DnsResponseCode.NXDOMAIN;
            return respond(query, code, List.of());
        }
        return null;
    }

    private List<IpAddress> addresses(DnsName name) {
        List<IpAddress> fixed = configured.get(name);
        if (fixed != null) {
            return fixed;
        }
        IpAddress guest = guests.get(name);
        return guest == null ? List.of() : List.of(guest);
    }

    private static List<DnsRecord> addressRecords(DnsQuestion question, List<IpAddress> addresses) {
        List<DnsRecord> records = new ArrayList<>();
        for (IpAddress address : addresses) {
            int type = address.isIpv4() ? DnsType.A : DnsType.AAAA;
            if (question.type() == type || question.type() == DnsType.ANY) {
                records.add(DnsRecord.address(question.name(), TTL_SECONDS, address));
            }
        }
        return records;
    }

    private @Nullable DnsRecord pointer(DnsName reverse) {
        for (Map.Entry<DnsName, IpAddress> guest : guests.entrySet()) {
            if (DnsName.reverse(guest.getValue()).equals(reverse)) {
                return DnsRecord.pointer(guest.getValue(), TTL_SECONDS, guest.getKey());
            }
        }
        for (Map.Entry<DnsName, List<IpAddress>> entry : configured.entrySet()) {
            for (IpAddress address : entry.getValue()) {
                if (DnsName.reverse(address).equals(reverse)) {
                    return DnsRecord.pointer(address, TTL_SECONDS, entry.getKey());
                }
            }
        }
        return null;
    }

    /** Without records the SOA says how long the absence may be remembered (RFC 2308 section 3). */
    private DnsMessage respond(DnsMessage query, int code, List<DnsRecord> answers) {
        List<DnsRecord> authority = answers.isEmpty() ? List.of(DnsRecord.negativeSoa(domain, TTL_SECONDS)) : List.of();
        return DnsMessage.response(query, code, answers, authority);
    }
}
