// SPDX-License-Identifier: MIT
package io.pktkit.dns;

/** Record types and classes, as numbers of the wire. */
public final class DnsType {
    /** An IPv4 address, RFC 1035. */
    public static final int A = 1;

    /** A name server, RFC 1035. */
    public static final int NS = 2;

    /** The canonical name of an alias, RFC 1035. */
    public static final int CNAME = 5;

    /** The start of a zone, RFC 1035; in an empty answer it tells for how long the emptiness holds (RFC 2308). */
    public static final int SOA = 6;

    /** A name for an address, RFC 1035. */
    public static final int PTR = 12;

    /** A mail exchange, RFC 1035. */
    public static final int MX = 15;

    /** Text, RFC 1035. */
    public static final int TXT = 16;

    /** A responsible person, RFC 1183. */
    public static final int RP = 17;

    /** An AFS database, RFC 1183. */
    public static final int AFSDB = 18;

    /** A route through, RFC 1183. */
    public static final int RT = 21;

    /** A mapping of X.400, RFC 2163. */
    public static final int PX = 26;

    /** An IPv6 address, RFC 3596. */
    public static final int AAAA = 28;

    /** The place of a service, RFC 2782. */
    public static final int SRV = 33;

    /** A rule that makes a name, RFC 3403. */
    public static final int NAPTR = 35;

    /** A key exchanger, RFC 2230. */
    public static final int KX = 36;

    /** A name for a whole subtree, RFC 6672. */
    public static final int DNAME = 39;

    /** The pseudo record of EDNS, RFC 6891. */
    public static final int OPT = 41;

    /** The parameters of a service, RFC 9460. */
    public static final int SVCB = 64;

    /** The parameters of a web service, RFC 9460. */
    public static final int HTTPS = 65;

    /** In questions: the changes of a zone, RFC 1995. */
    public static final int IXFR = 251;

    /** In questions: a whole zone, RFC 5936. */
    public static final int AXFR = 252;

    /** In questions: any type, RFC 8482. */
    public static final int ANY = 255;

    /** The one class in use: the Internet. */
    public static final int CLASS_IN = 1;

    private DnsType() {}

    /**
     * Names a type.
     *
     * @param type the number
     * @return its name, or {@code TYPEn} as in RFC 3597 for one not listed here
     */
    public static String name(int type) {
        return switch (type) {
            case A -> "A";
            case NS -> "NS";
            case CNAME -> "CNAME";
            case SOA -> "SOA";
            case PTR -> "PTR";
            case MX -> "MX";
            case TXT -> "TXT";
            case AAAA -> "AAAA";
            case RP -> "RP";
            case AFSDB -> "AFSDB";
            case RT -> "RT";
            case PX -> "PX";
            case SRV -> "SRV";
            case NAPTR -> "NAPTR";
            case KX -> "KX";
            case DNAME -> "DNAME";
            case SVCB -> "SVCB";
            case HTTPS -> "HTTPS";
            case IXFR -> "IXFR";
            case AXFR -> "AXFR";
            case OPT -> "OPT";
            case ANY -> "ANY";
            default -> "TYPE" + type;
        };
    }
}
