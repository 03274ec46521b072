// SPDX-License-Identifier: MIT
package io.pktkit.dns.server;

/**
 * What a {@link DnsForwarder} has counted.
 *
 * @param local queries answered from the network's own names
 * @param forwarded queries passed on, or answered from what is kept
 * @param answered of those, how many got an answer of a server
 * @param failed of those, how many got SERVFAIL
 * @param dropped of those, how many got nothing, because too many were under way
 * @param refused queries that are not for a server like this, or that could not be read
 * @param ignored what was no query at all
 * @param rebinding answers from which the guard has taken addresses
 */
public record ForwarderCounters(
        long local,
        long forwarded,
        long answered,
        long failed,
        long dropped,
        long refused,
        long ignored,
        long rebinding) {}
