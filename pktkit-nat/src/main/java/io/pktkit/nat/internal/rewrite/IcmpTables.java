// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.rewrite;

/**
 * What an ICMP message is in the other family: RFC 7915 sections 4.2 and 5.2. Types and codes are given as one number, the
 * type in the second lowest octet.
 */
public final class IcmpTables {

    /** There is no such message in the other family. */
    public static final int NONE = -1;

    private static final int UNREACHABLE_4 = 3;
    private static final int TIME_EXCEEDED_4 = 11;
    private static final int PARAMETER_4 = 12;
    private static final int UNREACHABLE_6 = 1;
    private static final int TOO_BIG_6 = 2;
    private static final int TIME_EXCEEDED_6 = 3;
    private static final int PARAMETER_6 = 4;

    /** RFC 1191 section 7.1. */
    private static final int[] PLATEAUS = {65_535, 32_000, 17_914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68};

    private IcmpTables() {}

    private static int message(int type, int code) {
        return type << 8 | code;
    }

    /**
     * Translates an ICMP error.
     *
     * @param type its type
     * @param code its code
     * @return type and code of ICMPv6, or NONE
     */
    public static int toIpv6(int type, int code) {
        return switch (type) {
            case UNREACHABLE_4 ->
                switch (code) {
                    case 0, 1, 5, 6, 7, 8, 11, 12 -> message(UNREACHABLE_6, 0);
                    case 2 -> message(PARAMETER_6, 1);
                    case 3 -> message(UNREACHABLE_6, 4);
                    case 4 -> message(TOO_BIG_6, 0);
                    case 9, 10, 13, 15 -> message(UNREACHABLE_6, 1);
                    default -> NONE;
                };
            case TIME_EXCEEDED_4 -> message(TIME_EXCEEDED_6, code); // whichever it is, RFC 7915 section 4.2
            case PARAMETER_4 -> code == 0 || code == 2 ? message(PARAMETER_6, 0) : NONE;
            default -> NONE;
        };
    }

    /**
     * Translates an ICMPv6 error.
     *
     * @param type its type
     * @param code its code
     * @return type and code of ICMP, or NONE
     */
    public static int toIpv4(int type, int code) {
        return switch (type) {
            case UNREACHABLE_6 ->
                switch (code) {
                    case 0, 2, 3 -> message(UNREACHABLE_4, 1);
                    case 1 -> message(UNREACHABLE_4, 10);
                    case 4 -> message(UNREACHABLE_4, 3);
                    default -> NONE;
                };
            case TOO_BIG_6 -> message(UNREACHABLE_4, 4);
            case TIME_EXCEEDED_6 -> message(TIME_EXCEEDED_4, code);
            case PARAMETER_6 ->
                switch (code) {
                    case 0 -> message(PARAMETER_4, 0);
                    case 1 -> message(UNREACHABLE_4, 2);
                    default -> NONE;
                };
            default -> NONE;
        };
    }

    /**
     * Translates a pointer into the header, RFC 7915 figure 3.
     *
     * @param pointer where in an IPv4 header
     * @return where in an IPv6 header, or NONE
     */
    public static int pointerToIpv6(int pointer) {
        return switch (pointer) {
            case 0 -> 0;
            case 1 -> 1;
            case 2, 3 -> 4;
            case 8 -> 7;
            case 9 -> 6;
            case 12, 13, 14, 15 -> 8;
            case 16, 17, 18, 19 -> 24;
            default -> NONE;
        };
    }

    /**
     * Translates a pointer into the header, RFC 7915 figure 6.
     *
     * @param pointer where in an IPv6 header
     * @return where in an IPv4 header, or NONE
     */
    public static int pointerToIpv4(int pointer) {
        if (pointer >= 8 && pointer <= 23) {
            return 12;
        }
        if (pointer >= 24 && pointer <= 39) {
            return 16;
        }
        return switch (pointer) {
            case 0 -> 0;
            case 1 -> 1;
            case 4, 5 -> 2;
            case 6 -> 9;
            case 7 -> 8;
            default -> NONE;
        };
    }

    /**
     * Guesses the MTU of a router that does not tell it (RFC 1191 section 5).
     *
     * @param length how long the packet was that it did not take
     * @return the next lower plateau
     */
    public static int plateauBelow(int length) {
        for (int plateau : PLATEAUS) {
            if (plateau < length) {
                return plateau;
            }
        }
        return PLATEAUS[PLATEAUS.length - 1];
    }
}
