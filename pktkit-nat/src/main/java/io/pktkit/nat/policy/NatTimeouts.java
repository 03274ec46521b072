// SPDX-License-Identifier: MIT
package io.pktkit.nat.policy;

import java.time.Duration;

/**
 * How long a NAT remembers what is idle. The defaults are what the RFCs ask for; shorter values break applications that
 * rely on those, and are the owner's to choose.
 *
 * @param tcpEstablished an open TCP connection, half-closed too; at least 2 h 4 min (RFC 5382 REQ-5)
 * @param tcpOpening a connection whose handshake is not complete; at least 4 min (RFC 5382 REQ-5, RFC 7857 section 2.1)
 * @param tcpClosing a connection that both ends closed or one reset; at least 4 min (RFC 7857 sections 2.1 and 2.2)
 * @param tcpIncomingSyn how long an unsolicited SYN is held before it is answered; at least 6 s (RFC 5382 REQ-4)
 * @param udp a UDP session; at least 2 min, 5 min recommended (RFC 4787 REQ-5)
 * @param udpWellKnown a UDP session to a remote port below 1024, which may be shorter (RFC 4787 REQ-5a)
 * @param icmpQuery an ICMP query session; at least 60 s (RFC 5508 REQ-2)
 * @param other a session of GRE or a protocol without ports
 * @param fragments how long fragments wait for their first, and a translated first for its others; at least 2 s (RFC 6146
 *     section 4, FRAGMENT_MIN)
 * @param quarantine how long a freed port is not given to another host; 120 s (RFC 6888 REQ-8)
 */
public record NatTimeouts(
        Duration tcpEstablished,
        Duration tcpOpening,
        Duration tcpClosing,
        Duration tcpIncomingSyn,
        Duration udp,
        Duration udpWellKnown,
        Duration icmpQuery,
        Duration other,
        Duration fragments,
        Duration quarantine) {

    /** What the RFCs ask for. */
    public static final NatTimeouts DEFAULT = new NatTimeouts(
            Duration.ofMinutes(124),
            Duration.ofMinutes(4),
            Duration.ofMinutes(4),
            Duration.ofSeconds(6),
            Duration.ofMinutes(5),
            Duration.ofMinutes(5),
            Duration.ofSeconds(60),
            Duration.ofSeconds(180),
            Duration.ofSeconds(5),
            Duration.ofSeconds(120));

    /**
     * Checks the values.
     *
     * @param tcpEstablished positive
     * @param tcpOpening positive
     * @param tcpClosing positive
     * @param tcpIncomingSyn not negative; zero holds no SYN and answers none
     * @param udp positive
     * @param udpWellKnown positive
     * @param icmpQuery positive
     * @param other positive
     * @param fragments positive
     * @param quarantine not negative
     */
    public NatTimeouts {
        positive("tcpEstablished", tcpEstablished);
        positive("tcpOpening", tcpOpening);
        positive("tcpClosing", tcpClosing);
        notNegative("tcpIncomingSyn", tcpIncomingSyn);
        positive("udp", udp);
        positive("udpWellKnown", udpWellKnown);
        positive("icmpQuery", icmpQuery);
        positive("other", other);
        positive("fragments", fragments);
        notNegative("quarantine", quarantine);
    }

    private static void positive(String name, Duration value) {
        if (value.isZero()) {
            throw new IllegalArgumentException(name + " must be positive: " + name + "=" + value);
        }
        notNegative(name, value);
    }

    private static void notNegative(String name, Duration value) {
        if (value.isNegative() || value.compareTo(Duration.ofDays(365)) > 0) {
            throw new IllegalArgumentException(name + " must be in [0, 365 d]: " + name + "=" + value);
        }
    }

    /**
     * Changes what holds for TCP.
     *
     * @param established see {@link #tcpEstablished()}
     * @param opening see {@link #tcpOpening()}
     * @param closing see {@link #tcpClosing()}
     * @return the changed copy
     */
    public NatTimeouts withTcp(Duration established, Duration opening, Duration closing) {
        return new NatTimeouts(
                established,
                opening,
                closing,
                tcpIncomingSyn,
                udp,
                udpWellKnown,
                icmpQuery,
                other,
                fragments,
                quarantine);
    }

    /**
     * Changes what holds for UDP.
     *
     * @param session see {@link #udp()}
     * @param wellKnown see {@link #udpWellKnown()}
     * @return the changed copy
     */
    public NatTimeouts withUdp(Duration session, Duration wellKnown) {
        return new NatTimeouts(
                tcpEstablished,
                tcpOpening,
                tcpClosing,
                tcpIncomingSyn,
                session,
                wellKnown,
                icmpQuery,
                other,
                fragments,
                quarantine);
    }

    /**
     * Changes how long a freed port rests.
     *
     * @param rest see {@link #quarantine()}
     * @return the changed copy
     */
    public NatTimeouts withQuarantine(Duration rest) {
        return new NatTimeouts(
                tcpEstablished,
                tcpOpening,
                tcpClosing,
                tcpIncomingSyn,
                udp,
                udpWellKnown,
                icmpQuery,
                other,
                fragments,
                rest);
    }

    /**
     * Changes how long an unsolicited SYN is held.
     *
     * @param hold see {@link #tcpIncomingSyn()}
     * @return the changed copy
     */
    public NatTimeouts withIncomingSyn(Duration hold) {
        return new NatTimeouts(
                tcpEstablished,
                tcpOpening,
                tcpClosing,
                hold,
                udp,
                udpWellKnown,
                icmpQuery,
                other,
                fragments,
                quarantine);
    }
}
