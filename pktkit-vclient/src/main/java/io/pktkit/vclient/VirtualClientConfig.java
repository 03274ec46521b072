// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import io.pktkit.vtcp.TcpConfig;

/**
 * The settings of a {@link VirtualClient}. Immutable.
 *
 * @param tcp settings of its connections; the MTU among them bounds all packets
 * @param maxConnections the most live TCP connections, at least 1
 * @param timers the clock and the alarms
 */
public record VirtualClientConfig(TcpConfig tcp, int maxConnections, Timers timers) {
    /**
     * An MTU of 1500 bytes, 16384 connections, the system's clock. Small writes are sent at once: a program that writes
     * piecemeal is helped more by a buffered stream than by Nagle's algorithm.
     */
    public static final VirtualClientConfig DEFAULT =
            new VirtualClientConfig(TcpConfig.builder().mtu(1500).noDelay(true).build(), 16384, SystemTimers.shared());

    /**
     * Checks the range.
     *
     * @param tcp settings of connections
     * @param maxConnections at least 1
     * @param timers the clock
     */
    public VirtualClientConfig {
        if (maxConnections < 1) {
            throw new IllegalArgumentException("maxConnections must be at least 1: maxConnections=" + maxConnections);
        }
    }

    /**
     * The same with another MTU.
     *
     * @param bytes of the largest IP packet, 576 to 65535; IPv6 needs 1280
     * @return the settings
     */
    public VirtualClientConfig withMtu(int bytes) {
        return new VirtualClientConfig(tcp.toBuilder().mtu(bytes).build(), maxConnections, timers);
    }

    /**
     * The same with other settings of connections.
     *
     * @param config the settings, the MTU among them
     * @return the settings
     */
    public VirtualClientConfig withTcp(TcpConfig config) {
        return new VirtualClientConfig(config, maxConnections, timers);
    }

    /**
     * The same with another cap.
     *
     * @param connections at least 1
     * @return the settings
     */
    public VirtualClientConfig withMaxConnections(int connections) {
        return new VirtualClientConfig(tcp, connections, timers);
    }

    /**
     * The same with another clock.
     *
     * @param clock the clock and the alarms
     * @return the settings
     */
    public VirtualClientConfig withTimers(Timers clock) {
        return new VirtualClientConfig(tcp, maxConnections, clock);
    }
}
