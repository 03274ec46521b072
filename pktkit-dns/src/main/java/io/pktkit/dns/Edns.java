// SPDX-License-Identifier: MIT
package io.pktkit.dns;

import java.util.List;

/**
 * What the OPT pseudo record of a message says (RFC 6891 section 6.1.3).
 *
 * <p>Options speak between two neighbours and not through them (RFC 6891 section 6.2.6): a cookie (RFC 7873) belongs to one
 * client and one server, and a client subnet (RFC 7871) tells who asks. So they are read here and never passed on.
 *
 * @param payloadSize the largest UDP payload that the sender takes, in octets, 0 to 65535; below 512 counts as 512
 * @param extendedResponseCode the upper eight bits of the response code, 0 to 255
 * @param version 0 in all that is in use, up to 255
 * @param dnssecOk whether the sender wants DNSSEC records (RFC 3225)
 * @param options its options, in their order
 */
public record Edns(int payloadSize, int extendedResponseCode, int version, boolean dnssecOk, List<EdnsOption> options) {
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
     * @param options copied
     */
    public Edns {
        DnsRecord.checkUnsigned16("payloadSize", payloadSize);
        if (extendedResponseCode < 0 || extendedResponseCode > 255 || version < 0 || version > 255) {
            throw new IllegalArgumentException("extendedResponseCode and version must be in [0, 255]:"
                    + " extendedResponseCode=" + extendedResponseCode + " version=" + version);
        }
        options = List.copyOf(options);
    }

    /**
     * Without options.
     *
     * @param payloadSize 0 to 65535
     * @param extendedResponseCode 0 to 255
     * @param version 0 to 255
     * @param dnssecOk either
     */
    public Edns(int payloadSize, int extendedResponseCode, int version, boolean dnssecOk) {
        this(payloadSize, extendedResponseCode, version, dnssecOk, List.of());
    }

    /** The octets of the OPT record. */
    int length() {
        int length = 11;
        for (EdnsOption option : options) {
            length += option.length();
        }
        return length;
    }
}
