// SPDX-License-Identifier: MIT
package io.pktkit.dns;

/**
 * A question of a message.
 *
 * @param name the name asked for
 * @param type the record type asked for, 0 to 65535, see {@link DnsType}
 * @param dnsClass the class, in practice {@link DnsType#CLASS_IN}
 */
public record DnsQuestion(DnsName name, int type, int dnsClass) {
    /**
     * Checks the ranges.
     *
     * @param name the name
     * @param type 0 to 65535
     * @param dnsClass 0 to 65535
     */
    public DnsQuestion {
        DnsRecord.checkUnsigned16("type", type);
        DnsRecord.checkUnsigned16("dnsClass", dnsClass);
    }

    /** {@return whether it asks for addresses of either family} */
    public boolean isForAddress() {
        return dnsClass == DnsType.CLASS_IN && (type == DnsType.A || type == DnsType.AAAA);
    }

    @Override
    public String toString() {
        return name + " " + DnsType.name(type);
    }
}
