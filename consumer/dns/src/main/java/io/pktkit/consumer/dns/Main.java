// SPDX-License-Identifier: MIT
package io.pktkit.consumer.dns;

import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsName;
import io.pktkit.dns.DnsType;

/** A message of {@code pktkit-dns}. */
public final class Main {
    private Main() {}

    /** @param args none */
    public static void main(String[] args) {
        DnsMessage query = DnsMessage.query(1, DnsName.parse("www.example.org"), DnsType.AAAA);
        if (!query.equals(DnsMessage.parse(query.toBytes(512)))) {
            throw new IllegalStateException("what is written can be read");
        }
    }
}
