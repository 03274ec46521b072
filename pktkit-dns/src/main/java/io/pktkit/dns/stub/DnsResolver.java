// SPDX-License-Identifier: MIT
package io.pktkit.dns.stub;

import io.pktkit.dns.DnsName;
import io.pktkit.dns.DnsRecord;
import io.pktkit.dns.DnsType;
import io.pktkit.dns.upstream.DnsClient;
import io.pktkit.dns.upstream.DnsOutcome;
import io.pktkit.dns.upstream.DnsServer;
import io.pktkit.time.Timers;
import io.pktkit.wire.AddressFormatException;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A stub resolver: it asks recursive servers, through a {@link DnsClient}, and says what their answers mean.
 *
 * <p>A and AAAA are asked for side by side. How servers are chosen, and what is kept, is the client's business. All methods may
 * be called from any thread; lookups block the calling one.
 */
public final class DnsResolver {
    /** How long a lookup may take in all when nothing else is said. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

    /** The most servers that can be set. */
    public static final int MAX_SERVERS = 8;

    private static final DnsName LOCALHOST = DnsName.parse("localhost");
    private static final IpPrefix UNIQUE_LOCAL = IpPrefix.parse("fc00::/7"); // RFC 4193

    private final DnsClient client;
    private final Map<DnsName, List<IpAddress>> hosts = new ConcurrentHashMap<>();

    /**
     * Makes a resolver.
     *
     * @param client asks for it, and has the servers; stays the caller's to close
     */
    public DnsResolver(DnsClient client) {
        this.client = client;
    }

    /**
     * Replaces the servers, if these are others, and forgets what the former ones said.
     *
     * @param addresses whom to ask, the preferred one first; at most {@link #MAX_SERVERS}
     */
    public void setServers(List<IpAddress> addresses) {
        if (addresses.size() > MAX_SERVERS) {
            throw new IllegalArgumentException("at most 8 servers: size=" + addresses.size());
        }
        client.setServers(addresses.stream().map(DnsServer::of).toList());
    }

    /** {@return whom to ask, the preferred one first} */
    public List<IpAddress> servers() {
        return client.servers().stream().map(DnsServer::address).toList();
    }

    /**
     * Gives a name fixed addresses, which no server is asked for.
     *
     * @param name the name
     * @param addresses its addresses; none takes the entry away
     */
    public void setHost(DnsName name, Collection<IpAddress> addresses) {
        if (addresses.isEmpty()) {
            hosts.remove(name);
        } else {
            hosts.put(name, List.copyOf(addresses));
        }
    }

    /** Forgets all answers. */
    public void clearCache() {
        client.clearCache();
    }

    /** {@return how many answers are kept} */
    public int cacheSize() {
        return client.counters().cachedAnswers();
    }

    /**
     * Finds the addresses of a host, IPv6 and IPv4 in turn, IPv6 first (RFC 8305 section 4), but unique local ones last, to which
     * IPv4 is to be preferred (RFC 6724 section 2.1). A text that is an address gives that address.
     *
     * @param host a name or an address
     * @param families the families that are of use, at least one
     * @param timeout the time that the lookup may take in all, more than zero
     * @return one address or more
     * @throws DnsLookupException if there are none
     * @throws IOException if the client was closed or the thread interrupted meanwhile
     */
    public List<IpAddress> resolve(String host, Set<IpFamily> families, Duration timeout) throws IOException {
        IpAddress literal = literal(host);
        if (literal != null) {
            return only(List.of(literal), families, host);
        }
        DnsName name = hostName(host);
        List<IpAddress> fixed = hosts.get(name);
        if (fixed != null) {
            return only(fixed, families, host);
        }
        if (name.isWithin(LOCALHOST)) {
            // RFC 6761 section 6.3: never asked of a server.
            return only(List.of(IpAddress.ofIpv6(0, 1), IpAddress.ofIpv4(0x7F000001)), families, host);
        }
        List<Integer> types = new ArrayList<>();
        if (families.contains(IpFamily.IPV6)) {
            types.add(DnsType.AAAA);
        }
        if (families.contains(IpFamily.IPV4)) {
            types.add(DnsType.A);
        }
        List<DnsRecord> records = find(name, types, timeout);
        return interleave(records);
    }

    /**
     * Finds the records of a name of one type, aliases followed.
     *
     * @param name the name
     * @param type the type, see {@link DnsType}
     * @param timeout the time that the lookup may take in all, more than zero
     * @return one record or more
     * @throws DnsLookupException if there are none
     * @throws IOException if the client was closed or the thread interrupted meanwhile
     */
    public List<DnsRecord> lookup(DnsName name, int type, Duration timeout) throws IOException {
        return find(name, List.of(type), timeout);
    }

    private List<DnsRecord> find(DnsName name, List<Integer> types, Duration timeout) throws IOException {
        Lookup lookup = new Lookup(client);
        List<Lookup.Chase> chases = new ArrayList<>();
        types.forEach(type -> chases.add(lookup.add(name, type)));
        lookup.run(Timers.after(client.nowNanos(), timeout));
        List<DnsRecord> records = new ArrayList<>();
        List<DnsAnswer> answers = new ArrayList<>();
        for (Lookup.Chase chase : chases) {
            DnsAnswer answer = chase.answer();
            if (answer != null) {
                answers.add(answer);
                records.addAll(answer.records());
            }
        }
        if (records.isEmpty()) {
            throw failure(name, types, answers, lookup.worst());
        }
        return records;
    }

    private IOException failure(
            DnsName name, List<Integer> types, List<DnsAnswer> answers, DnsOutcome.@Nullable Kind worst) {
        if (worst == DnsOutcome.Kind.CLOSED) {
            return new SocketException("the resolver is closed");
        }
        if (worst == DnsOutcome.Kind.NO_SERVER) {
            return new DnsLookupException(
                    DnsLookupException.Reason.NO_SERVER,
                    "no DNS server to ask for " + name + "; set one, or use an address");
        }
        if (answers.stream().anyMatch(answer -> answer.kind() == DnsAnswer.Kind.NO_SUCH_NAME)) {
            return new DnsLookupException(DnsLookupException.Reason.NO_SUCH_NAME, "no such name: " + name);
        }
        String sought = String.join(" or ", types.stream().map(DnsType::name).toList());
        boolean endless = answers.stream().anyMatch(answer -> answer.kind() == DnsAnswer.Kind.ENDLESS);
        if (answers.size() == types.size() && !endless) {
            return new DnsLookupException(
                    DnsLookupException.Reason.NO_RECORD, name + " exists, but has no " + sought + " record");
        }
        if (endless || worst == DnsOutcome.Kind.FAILED) {
            return new DnsLookupException(
                    DnsLookupException.Reason.SERVER_FAILED,
                    "no DNS server could resolve " + name + ": asked " + servers());
        }
        return new DnsLookupException(
                DnsLookupException.Reason.TIMED_OUT,
                "no DNS server answered for " + name + " in time: asked " + servers());
    }

    private static @Nullable IpAddress literal(String host) {
        String text = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        try {
            return text.indexOf(':') >= 0 || looksNumeric(text)
                    ? IpAddress.parse(text).unmapped()
                    : null;
        } catch (AddressFormatException e) {
            return null; // hostName() refuses it, as no name has a colon or ends in a number
        }
    }

    /** A name whose last label is a number would be taken for an IPv4 address elsewhere, so it is none here. */
    private static DnsName hostName(String host) throws DnsLookupException {
        try {
            DnsName name = DnsName.parse(host);
            if (!name.isRoot() && !looksNumeric(host)) {
                return name;
            }
        } catch (AddressFormatException e) {
            throw new DnsLookupException(DnsLookupException.Reason.INVALID_NAME, String.valueOf(e.getMessage()));
        }
        throw new DnsLookupException(
                DnsLookupException.Reason.INVALID_NAME, "neither a host name nor an IP address: " + host);
    }

    private static boolean looksNumeric(String host) {
        int end = host.endsWith(".") ? host.length() - 1 : host.length();
        int from = host.lastIndexOf('.', end - 1) + 1;
        for (int i = from; i < end; i++) {
            if (host.charAt(i) < '0' || host.charAt(i) > '9') {
                return false;
            }
        }
        return from < end;
    }

    private static List<IpAddress> only(List<IpAddress> addresses, Set<IpFamily> families, String host)
            throws DnsLookupException {
        List<IpAddress> usable = new ArrayList<>(addresses);
        usable.removeIf(address -> !families.contains(address.family()));
        if (usable.isEmpty()) {
            throw new DnsLookupException(
                    DnsLookupException.Reason.NO_RECORD,
                    host + " has only addresses of a family that is not in use: " + addresses + ", in use "
                            + EnumSet.copyOf(families));
        }
        return usable;
    }

    private static List<IpAddress> interleave(List<DnsRecord> records) {
        List<IpAddress> ipv6 = new ArrayList<>();
        List<IpAddress> ipv4 = new ArrayList<>();
        List<IpAddress> local = new ArrayList<>();
        for (DnsRecord record : records) {
            IpAddress found = record.address();
            IpAddress address = found == null ? null : found.unmapped();
            if (address != null && UNIQUE_LOCAL.contains(address)) {
                local.add(address);
            } else if (address != null) {
                (address.isIpv6() ? ipv6 : ipv4).add(address);
            }
        }
        List<IpAddress> ordered = new ArrayList<>();
        for (int i = 0; i < Math.max(ipv6.size(), ipv4.size()); i++) {
            if (i < ipv6.size()) {
                ordered.add(ipv6.get(i));
            }
            if (i < ipv4.size()) {
                ordered.add(ipv4.get(i));
            }
        }
        ordered.addAll(local);
        return ordered;
    }
}
