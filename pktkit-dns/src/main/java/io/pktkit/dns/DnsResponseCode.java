// SPDX-License-Identifier: MIT
package io.pktkit.dns;

/** Response codes, as numbers of the wire (RFC 1035 section 4.1.1, RFC 6895 section 2.3). */
public final class DnsResponseCode {
    /** No error; without records in the answer it means that the name exists and has none of that type. */
    public static final int NOERROR = 0;

    /** The server could not read the query. */
    public static final int FORMERR = 1;

    /** The server could not find out. */
    public static final int SERVFAIL = 2;

    /** The name does not exist, whatever the type. */
    public static final int NXDOMAIN = 3;

    /** The server does not do that kind of query. */
    public static final int NOTIMP = 4;

    /** The server does not want to. */
    public static final int REFUSED = 5;

    /** The server does not know that version of EDNS, RFC 6891. */
    public static final int BADVERS = 16;

    private DnsResponseCode() {}

    /**
     * Names a response code.
     *
     * @param code the number
     * @return its name, or {@code RCODEn} for one not listed here
     */
    public static String name(int code) {
        return switch (code) {
            case NOERROR -> "NOERROR";
            case FORMERR -> "FORMERR";
            case SERVFAIL -> "SERVFAIL";
            case NXDOMAIN -> "NXDOMAIN";
            case NOTIMP -> "NOTIMP";
            case REFUSED -> "REFUSED";
            case BADVERS -> "BADVERS";
            default -> "RCODE" + code;
        };
    }
}
