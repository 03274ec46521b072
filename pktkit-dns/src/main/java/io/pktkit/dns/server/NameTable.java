// SPDX-License-Identifier: MIT
package io.pktkit.dns.server;

import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsName;
import io.pktkit.dns.DnsQuestion;
import io.pktkit.dns.DnsRecord;
import io.pktkit.dns.DnsResponseCode;
import io.pktkit.dns.DnsType;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names that the network itself answers for: the configured ones, and {@code HOSTNAME.DOMAIN} of each guest that
 * gave a host name with its lease. An address has one name, that of its lease, and with the lease it goes. A guest can take
 * neither a configured name nor one that another guest has; when that one leaves, the next who claims it has it. Any thread;
 * each call takes the same time whatever the table holds.
 */
public final class NameTable {
    /** As many as the largest pool has leases. */
    private static final int MAX_GUESTS = 65_536;

    /** Short, since a guest may come back with another address. */
    private static final long TTL_SECONDS = 10;

    /**
     * Names by which machines look for what they then obey: a proxy (VU#598349), a tunnel, mail settings; and those that mean
     * something else everywhere. Who could take one by its host name could have all others' traffic.
     */
    private static final Set<String> DANGEROUS = Set.of(
            "wpad",
            "isatap",
            "autodiscover",
            "autoconfig",
            "localhost",
            "broadcasthost",
            "ip6-localhost",
            "ip6-loopback");

    private final DnsName domain;
    private final List<IpPrefix> prefixes;
    private final Map<DnsName, List<IpAddress>> configured;
    private final Map<DnsName, DnsRecord> configuredPointers = new HashMap<>();

    /** Configured names, and those between them and the domain. */
    private final Set<DnsName> inner = new HashSet<>();

    /** Who claims a name, the holder first. Guarded by this, as is the next one. */
    private final Map<DnsName, LinkedHashSet<IpAddress>> claims = new HashMap<>();

    private final Map<DnsName, Guest> byReverse = new HashMap<>();

    private record Guest(IpAddress address, DnsName name) {}

    /**
     * Creates a table.
     *
     * @param domain what guests' names end in; nothing in it is asked of other servers
     * @param prefixes the network's own, whose addresses nobody else has names for
     * @param configured names that do not change
     */
    public NameTable(DnsName domain, List<IpPrefix> prefixes, Map<DnsName, List<IpAddress>> configured) {
        this.domain = domain;
        this.prefixes = List.copyOf(prefixes);
        this.configured = Map.copyOf(configured);
        for (DnsName name : configured.keySet()) {
            for (DnsName above = name; above.isWithin(domain) && !above.equals(domain); above = above.parent()) {
                inner.add(above);
            }
        }
        configured.forEach((name, addresses) -> addresses.forEach(address -> configuredPointers.putIfAbsent(
                DnsName.reverse(address), DnsRecord.pointer(address, TTL_SECONDS, name))));
    }

    /**
     * Gives a guest the name that it now has, in place of the one before, if it may have it.
     *
     * @param hostname as the guest gave it with its lease, a label or a name in the domain; or null
     * @param address its address
     */
    public synchronized void guestJoined(@Nullable String hostname, IpAddress address) {
        DnsName name = guestName(hostname);
        DnsName reverse = DnsName.reverse(address);
        Guest before = byReverse.get(reverse);
        if (before != null && name != null && before.name.equals(name)) {
            return;
        }
        guestLeft(address);
        if (name != null && byReverse.size() < MAX_GUESTS) {
            byReverse.put(reverse, new Guest(address, name));
            claims.computeIfAbsent(name, unused -> new LinkedHashSet<>(2)).add(address);
        }
    }

    /**
     * Removes a guest's name with its lease. Another guest that calls itself so has it now.
     *
     * @param address the address that it had
     */
    public synchronized void guestLeft(IpAddress address) {
        Guest guest = byReverse.remove(DnsName.reverse(address));
        if (guest != null) {
            claims.computeIfPresent(guest.name, (name, claimants) -> {
                claimants.remove(address);
                return claimants.isEmpty() ? null : claimants;
            });
        }
    }

    private @Nullable DnsName guestName(@Nullable String hostname) {
        if (hostname == null) {
            return null;
        }
        try {
            DnsName given = DnsName.parse(hostname);
            boolean whole = given.labelCount() > 1;
            if (whole && !given.parent().equals(domain)) {
                return null; // a name in somebody else's domain
            }
            String label = whole ? hostname.substring(0, hostname.indexOf('.')) : hostname;
            if (label.startsWith("_") || DANGEROUS.contains(label.toLowerCase(Locale.ROOT))) {
                return null;
            }
            DnsName name = whole ? given : DnsName.parse(label + "." + domain);
            return configured.containsKey(name) ? null : name;
        } catch (IllegalArgumentException e) {
            return null; // not a name, or too long; the guest is served all the same
        }
    }

    /** {@return how many guests have or claim a name} */
    public synchronized int guests() {
        return byReverse.size();
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
            return respond(query, DnsResponseCode.NOERROR, addressRecords(question, addresses), domain);
        }
        DnsRecord pointer = pointer(name);
        if (pointer != null) {
            boolean wanted = question.type() == DnsType.PTR || question.type() == DnsType.ANY;
            return respond(query, DnsResponseCode.NOERROR, wanted ? List.of(pointer) : List.of(), name);
        }
        if (name.isWithin(domain)) {
            // RFC 8020 section 2: where there are names below, there is a name, if one that has nothing.
            boolean exists = name.equals(domain) || inner.contains(name);
            int code = exists ? DnsResponseCode.NOERROR : DnsResponseCode.NXDOMAIN;
            return respond(query, code, List.of(), domain);
        }
        IpAddress address = DnsName.addressOf(name);
        return address != null && isOwn(address) ? respond(query, DnsResponseCode.NXDOMAIN, List.of(), name) : null;
    }

    private boolean isOwn(IpAddress address) {
        for (IpPrefix prefix : prefixes) {
            if (prefix.contains(address)) {
                return true;
            }
        }
        return false;
    }

    private List<IpAddress> addresses(DnsName name) {
        List<IpAddress> fixed = configured.get(name);
        if (fixed != null) {
            return fixed;
        }
        synchronized (this) {
            Set<IpAddress> claimants = claims.get(name);
            return claimants == null ? List.of() : List.of(claimants.iterator().next());
        }
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
        DnsRecord fixed = configuredPointers.get(reverse);
        if (fixed != null) {
            return fixed;
        }
        synchronized (this) {
            Guest guest = byReverse.get(reverse);
            return guest != null && holder(guest.name).equals(guest.address)
                    ? DnsRecord.pointer(guest.address, TTL_SECONDS, guest.name)
                    : null;
        }
    }

    /** Called with a name that somebody claims. */
    private IpAddress holder(DnsName name) {
        return claims.getOrDefault(name, new LinkedHashSet<>()).iterator().next();
    }

    /** Without records the SOA says how long the absence may be remembered (RFC 2308 section 3). */
    private static DnsMessage respond(DnsMessage query, int code, List<DnsRecord> answers, DnsName zone) {
        List<DnsRecord> authority = answers.isEmpty() ? List.of(DnsRecord.negativeSoa(zone, TTL_SECONDS)) : List.of();
        return DnsMessage.response(query, code, answers, authority);
    }
}
