// SPDX-License-Identifier: MIT
package io.pktkit.dns;

import java.util.Arrays;

/** An option of EDNS (RFC 6891 section 6.1.2): a number and octets that we do not interpret. Immutable. */
public final class EdnsOption {
    /** A cookie between one client and one server, RFC 7873. */
    public static final int COOKIE = 10;

    private final int code;
    private final byte[] data;

    /**
     * Makes an option.
     *
     * @param code its number, 0 to 65535
     * @param data its data, at most 65535 octets; copied
     */
    public EdnsOption(int code, byte[] data) {
        DnsRecord.checkUnsigned16("code", code);
        DnsRecord.checkUnsigned16("data.length", data.length);
        this.code = code;
        this.data = data.clone();
    }

    /** {@return the number, 0 to 65535} */
    public int code() {
        return code;
    }

    /** {@return the data; a copy} */
    public byte[] data() {
        return data.clone();
    }

    int length() {
        return 4 + data.length;
    }

    void writeTo(DnsWriter writer) {
        writer.unsigned16(code);
        writer.unsigned16(data.length);
        writer.octets(data, 0, data.length);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EdnsOption option && option.code == code && Arrays.equals(option.data, data);
    }

    @Override
    public int hashCode() {
        return 31 * code + Arrays.hashCode(data);
    }

    @Override
    public String toString() {
        return "option " + code + " of " + data.length + " B";
    }
}
