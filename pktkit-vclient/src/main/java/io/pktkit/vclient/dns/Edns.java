// SPDX-License-Identifier: MIT
package io.pktkit.vclient.dns;

/**
 * What the OPT pseudo record of a message says (RFC 6891 section 6.1.3). Its options are not kept.
 *
 * @param payloadSize the largest UDP payload that the sender takes, in octets, 0 to 65535; below 512 counts as 512
 * @param extendedResponseCode the upper eight bits of the response code, 0 to 255
 * @param version 0 in all that is in use, up to 255
 * @param dnssecOk whether the sender wants DNSSEC records (RFC 3225)
 */
public record Edns(int payloadSize, int extendedResponseCode, int version, boolean dnssecOk) {
    /**
     * The payload size to announce: it fits into one packet on every path that carries IPv6, so answers are never
     * fragmented (DNS Flag Day 2020, RFC 9715).
     */
    public static final int RECOMMENDED_PAYLOAD_SIZE = 1232;

    /** What a message without EDNS is limited to over UDP (RFC 1035 section 2.3.4). */
    public static final int PLAIN_PAYLOAD_SIZE = 512;

    /** What this implementation announces. */
    public static final Edns DEFAULT = new Edns(RECOMMENDED_PAYLOAD_SIZE, 0, 0, false);

    /**
     * Checks the ranges.
     *
     * @param payloadSize 0 to 65535
     * @param extendedResponseCode 0 to 255
     * @param version 0 to 255
     * @param dnssecOk either
     */
    public Edns {
        DnsRecord.checkUnsigned16("payloadSize", payloadSize);
        if (extendedResponseCode < 0 || extendedResponseCode > 255 || version < 0 || version > 255) {
            throw new IllegalArgumentException("extendedResponseCode and version must be in [0, 255]:"
                    + " extendedResponseCode=" + extendedResponseCode + " version=" + version);
        }
    }
}
