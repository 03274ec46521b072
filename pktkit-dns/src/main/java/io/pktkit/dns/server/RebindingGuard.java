// SPDX-License-Identifier: MIT
package io.pktkit.dns.server;

import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsName;
import io.pktkit.dns.DnsRecord;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes addresses out of answers that no server outside has a reason to name: by them a web page's own name can be made to mean
 * the reader's host or network ("DNS rebinding"). What is left is passed on; of an answer with nothing left it can be seen that
 * the name exists. Immutable.
 */
public final class RebindingGuard {
    private static final IpPrefix SHARED = IpPrefix.parse("100.64.0.0/10"); // RFC 6598
    private static final IpPrefix UNIQUE_LOCAL = IpPrefix.parse("fc00::/7"); // RFC 4193
    private static final List<IpPrefix> PRIVATE =
            List.of(IpPrefix.parse("10.0.0.0/8"), IpPrefix.parse("172.16.0.0/12"), IpPrefix.parse("192.168.0.0/16"));

    private final List<IpPrefix> own;
    private final boolean privateToo;
    private final List<DnsName> exempt;

    private RebindingGuard(List<IpPrefix> own, boolean privateToo, List<DnsName> exempt) {
        this.own = own;
        this.privateToo = privateToo;
        this.exempt = exempt;
    }

    /**
     * Guards loopback, link-local and unspecified addresses, and those of a network.
     *
     * @param own the network's prefixes, its gateway's address among them
     * @return the guard
     */
    public static RebindingGuard of(List<IpPrefix> own) {
        return new RebindingGuard(List.copyOf(own), false, List.of());
    }

    /**
     * Guards private addresses too (RFC 1918, RFC 4193, RFC 6598).
     *
     * @return a copy that does
     */
    public RebindingGuard withPrivate() {
        return new RebindingGuard(own, true, exempt);
    }

    /**
     * Lets names have any address: those of a network that is meant to be reached.
     *
     * @param domain the name, and all below it
     * @return a copy that does
     */
    public RebindingGuard except(DnsName domain) {
        List<DnsName> more = new ArrayList<>(exempt);
        more.add(domain);
        return new RebindingGuard(own, privateToo, List.copyOf(more));
    }

    /**
     * Tells whether an answer may not name an address.
     *
     * @param address the address; one that is mapped into IPv6 counts as what it stands for
     * @return whether it may not
     */
    public boolean isForbidden(IpAddress address) {
        IpAddress meant = address.unmapped();
        if (meant.isLoopback() || meant.isUnspecified() || meant.isLinkLocal()) {
            return true;
        }
        return isIn(meant, own) || (privateToo && isPrivate(meant));
    }

    private static boolean isPrivate(IpAddress address) {
        return isIn(address, PRIVATE) || SHARED.contains(address) || UNIQUE_LOCAL.contains(address);
    }

    private static boolean isIn(IpAddress address, List<IpPrefix> prefixes) {
        for (IpPrefix prefix : prefixes) {
            if (prefix.contains(address)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Takes out what may not be named.
     *
     * @param name what was asked for
     * @param response the answer
     * @return the same message if there is nothing to take out
     */
    public DnsMessage apply(DnsName name, DnsMessage response) {
        for (DnsName domain : exempt) {
            if (name.isWithin(domain)) {
                return response;
            }
        }
        List<DnsRecord> answers = clean(response.answers());
        List<DnsRecord> additionals = clean(response.additionals());
        boolean same = answers.size() == response.answers().size()
                && additionals.size() == response.additionals().size();
        return same ? response : response.with(answers, response.authorities(), additionals);
    }

    private List<DnsRecord> clean(List<DnsRecord> records) {
        List<DnsRecord> kept = new ArrayList<>(records.size());
        for (DnsRecord record : records) {
            IpAddress address = record.address();
            if (address == null || !isForbidden(address)) {
                kept.add(record);
            }
        }
        return kept;
    }
}
