// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.capture;

import io.pktkit.wire.IpProtocol;

/**
 * What is captured of an address: all, one protocol, or one port. Immutable.
 *
 * @param kind which of the three
 * @param protocol the IP protocol; 0 for {@link Kind#ANY}
 * @param port the port at the captured address; 0 unless {@link Kind#PORT}
 */
public record CaptureRule(Kind kind, int protocol, int port) {

    private static final CaptureRule ANY = new CaptureRule(Kind.ANY, 0, 0);

    /** What a rule looks at. */
    public enum Kind {
        /** Nothing: all that the address gets, ARP and neighbour solicitations included. */
        ANY,
        /** The protocol of the IPv4 header, or the next header of the fixed IPv6 header. */
        PROTOCOL,
        /** That, and the port at the captured address: none in later fragments and behind IPv6 extension headers. */
        PORT
    }

    /**
     * Checks a rule.
     *
     * @param kind which of the three
     * @param protocol 0 to 255; TCP or UDP for a port
     * @param port 0 to 65 535
     */
    public CaptureRule {
        boolean fits = switch (kind) {
            case ANY -> protocol == 0 && port == 0;
            case PROTOCOL -> protocol >= 0 && protocol <= 255 && port == 0;
            case PORT -> (protocol == IpProtocol.TCP || protocol == IpProtocol.UDP) && port >= 0 && port <= 65_535;
        };
        if (!fits) {
            throw new IllegalArgumentException("a rule is of all, of a protocol in [0, 255], or of a TCP or UDP port in"
                    + " [0, 65535]: kind=" + kind + " protocol=" + protocol + " port=" + port);
        }
    }

    /** {@return the rule that takes the whole address} */
    public static CaptureRule any() {
        return ANY;
    }

    /**
     * Takes one protocol of an address.
     *
     * @param protocol 0 to 255
     * @return the rule
     */
    public static CaptureRule protocol(int protocol) {
        return new CaptureRule(Kind.PROTOCOL, protocol, 0);
    }

    /**
     * Takes one port of an address.
     *
     * @param protocol TCP or UDP
     * @param port 0 to 65 535
     * @return the rule
     */
    public static CaptureRule port(int protocol, int port) {
        return new CaptureRule(Kind.PORT, protocol, port);
    }
}
