// SPDX-License-Identifier: MIT
package io.pktkit.dns.upstream;

/** What a query goes over. */
public enum DnsProtocol {
    /** UDP. */
    UDP,
    /** TCP, each message after its length (RFC 7766). */
    TCP
}
