// SPDX-License-Identifier: MIT
package io.pktkit.wire;

/**
 * What an ICMP error says, in the terms of both families. Immutable.
 *
 * @see IcmpErrors#write
 */
public final class IcmpError {

    private static final int UNREACHABLE_V4 = IcmpMessage.V4_DESTINATION_UNREACHABLE;
    private static final int UNREACHABLE_V6 = IcmpMessage.V6_DESTINATION_UNREACHABLE;
    private static final IcmpError PORT = destinationUnreachable(3, 4);
    private static final IcmpError HOST = destinationUnreachable(1, 3);
    private static final IcmpError NO_ROUTE = destinationUnreachable(1, 0);
    private static final IcmpError ADMIN = destinationUnreachable(13, 1);
    private static final IcmpError HOPS = timeExceeded(0);
    private static final IcmpError REASSEMBLY = timeExceeded(1);

    private final int typeV4;
    private final int typeV6;
    private final int codeV4;
    private final int codeV6;
    private final int restV4;
    private final int restV6;

    private IcmpError(int typeV4, int codeV4, int restV4, int typeV6, int codeV6, int restV6) {
        this.typeV4 = typeV4;
        this.codeV4 = codeV4;
        this.restV4 = restV4;
        this.typeV6 = typeV6;
        this.codeV6 = codeV6;
        this.restV6 = restV6;
    }

    /**
     * Destination unreachable with a code for each family (RFC 792 and RFC 1812 section 5.2.7.1; RFC 4443 section 3.1).
     *
     * @param codeV4 the code of ICMP type 3
     * @param codeV6 the code of ICMPv6 type 1
     * @return the error
     */
    public static IcmpError destinationUnreachable(int codeV4, int codeV6) {
        return new IcmpError(UNREACHABLE_V4, codeV4, 0, UNREACHABLE_V6, codeV6, 0);
    }

    /** {@return nothing listens on the port: 3/3, or 1/4} */
    public static IcmpError portUnreachable() {
        return PORT;
    }

    /** {@return the host does not answer: 3/1, or address unreachable 1/3} */
    public static IcmpError hostUnreachable() {
        return HOST;
    }

    /** {@return the same as {@link #hostUnreachable()}, by its IPv6 name} */
    public static IcmpError addressUnreachable() {
        return HOST;
    }

    /** {@return no route to the destination: host unreachable 3/1, or 1/0} */
    public static IcmpError noRoute() {
        return NO_ROUTE;
    }

    /** {@return a policy forbids it: 3/13, or 1/1} */
    public static IcmpError adminProhibited() {
        return ADMIN;
    }

    /** {@return the hop limit ran out in transit: 11/0, or 3/0} */
    public static IcmpError timeExceeded() {
        return HOPS;
    }

    /** {@return fragments did not arrive in time: 11/1, or 3/1} */
    public static IcmpError reassemblyTimeExceeded() {
        return REASSEMBLY;
    }

    /**
     * The packet is larger than the next link: 3/4 with the MTU of RFC 1191 section 4, clamped to 16 bits, or 2/0.
     *
     * @param mtu the MTU of the next link in bytes
     * @return the error
     */
    public static IcmpError packetTooBig(int mtu) {
        int clamped = Math.max(0, Math.min(mtu, 0xFFFF));
        return new IcmpError(UNREACHABLE_V4, 4, clamped, IcmpMessage.V6_PACKET_TOO_BIG, 0, Math.max(0, mtu));
    }

    /**
     * A field of the header is wrong: type 12, or 4.
     *
     * @param code the code, which differs between the families: for IPv6 0 erroneous field, 1 unrecognized next header, 2
     *     unrecognized option
     * @param pointer the offset of the field in the original packet, in bytes; clamped to 8 bits for IPv4
     * @return the error
     */
    public static IcmpError parameterProblem(int code, int pointer) {
        int clamped = Math.max(0, Math.min(pointer, 0xFF));
        return new IcmpError(
                IcmpMessage.V4_PARAMETER_PROBLEM, code, clamped << 24, IcmpMessage.V6_PARAMETER_PROBLEM, code, pointer);
    }

    private static IcmpError timeExceeded(int code) {
        return new IcmpError(IcmpMessage.V4_TIME_EXCEEDED, code, 0, IcmpMessage.V6_TIME_EXCEEDED, code, 0);
    }

    int type(IpFamily family) {
        return family == IpFamily.IPV4 ? typeV4 : typeV6;
    }

    int code(IpFamily family) {
        return family == IpFamily.IPV4 ? codeV4 : codeV6;
    }

    int restOfHeader(IpFamily family) {
        return family == IpFamily.IPV4 ? restV4 : restV6;
    }

    /** {@return type and code for both families} */
    @Override
    public String toString() {
        return "IcmpError{" + typeV4 + "/" + codeV4 + ", v6 " + typeV6 + "/" + codeV6 + "}";
    }
}
