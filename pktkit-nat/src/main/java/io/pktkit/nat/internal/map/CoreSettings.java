// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import io.pktkit.nat.policy.Filtering;
import io.pktkit.nat.policy.NatLimits;
import io.pktkit.nat.policy.NatTimeouts;
import io.pktkit.time.Timers;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * What a core is made with.
 *
 * @param limits how much it holds
 * @param timeouts how long
 * @param filtering who may come in, by port space
 * @param dynamicLow the first port that is drawn
 * @param dynamicHigh the last
 * @param preserve whether a host keeps its own port where that is free
 * @param hostPrefixIpv6 how many bits tell IPv6 hosts apart
 * @param random what ports are drawn with, unguessable
 */
public record CoreSettings(
        NatLimits limits,
        NatTimeouts timeouts,
        List<Filtering> filtering,
        int dynamicLow,
        int dynamicHigh,
        boolean preserve,
        int hostPrefixIpv6,
        LongSupplier random) {

    /**
     * The time for a session of TCP by its state, of another protocol by the remote's port.
     *
     * @param kind the port space
     * @param state how far a TCP connection is
     * @param remotePort the remote's port
     * @return nanoseconds
     */
    long lifetime(int kind, TcpState state, int remotePort) {
        return nanos(
                switch (kind) {
                    case Kind.TCP ->
                        switch (state) {
                            case ESTABLISHED, INSIDE_FIN, OUTSIDE_FIN -> timeouts.tcpEstablished();
                            case BOTH_FIN, TRANSITORY -> timeouts.tcpClosing();
                            default -> timeouts.tcpOpening();
                        };
                    case Kind.UDP -> remotePort < 1024 ? timeouts.udpWellKnown() : timeouts.udp();
                    case Kind.ICMP -> timeouts.icmpQuery();
                    default -> timeouts.other();
                });
    }

    static long nanos(Duration duration) {
        return Timers.toNanos(duration);
    }
}
