// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.vtcp.TcpConfig;
import java.util.Objects;

/**
 * What a {@link TcpHost} is allowed.
 *
 * @param connectionConfig settings of connections opened without settings of their own
 * @param maxConnections live connections and held SYNs together, at least 1; TIME-WAIT does not count
 * @param maxTimeWait connections kept in TIME-WAIT, at least 0; beyond it the oldest is forgotten
 * @param hopLimit of the packets sent, 1 to 255
 */
public record TcpHostConfig(TcpConfig connectionConfig, int maxConnections, int maxTimeWait, int hopLimit) {
    /** Live connections when nothing else is said. */
    public static final int DEFAULT_MAX_CONNECTIONS = 16384;

    /** TIME-WAIT entries when nothing else is said. */
    public static final int DEFAULT_MAX_TIME_WAIT = 8192;

    /** The recommended default of the assigned-numbers registry (RFC 1700). */
    public static final int DEFAULT_HOP_LIMIT = 64;

    /**
     * Checks the ranges.
     *
     * @param connectionConfig not null
     * @param maxConnections at least 1
     * @param maxTimeWait at least 0
     * @param hopLimit 1 to 255
     * @throws IllegalArgumentException if one is out of its range
     */
    public TcpHostConfig {
        Objects.requireNonNull(connectionConfig, "connectionConfig");
        if (maxConnections < 1) {
            throw new IllegalArgumentException("maxConnections must be at least 1: maxConnections=" + maxConnections);
        }
        if (maxTimeWait < 0) {
            throw new IllegalArgumentException("maxTimeWait must not be negative: maxTimeWait=" + maxTimeWait);
        }
        if (hopLimit < 1 || hopLimit > 255) {
            throw new IllegalArgumentException("hopLimit must be in [1, 255]: hopLimit=" + hopLimit);
        }
    }

    /**
     * The default limits with the given connection settings.
     *
     * @param connectionConfig settings of connections opened without settings of their own
     * @return the configuration
     */
    public static TcpHostConfig of(TcpConfig connectionConfig) {
        return new TcpHostConfig(connectionConfig, DEFAULT_MAX_CONNECTIONS, DEFAULT_MAX_TIME_WAIT, DEFAULT_HOP_LIMIT);
    }

    /**
     * The same with another cap on live connections.
     *
     * @param connections at least 1
     * @return the configuration
     */
    public TcpHostConfig withMaxConnections(int connections) {
        return new TcpHostConfig(connectionConfig, connections, maxTimeWait, hopLimit);
    }

    /**
     * The same with another cap on TIME-WAIT.
     *
     * @param entries at least 0
     * @return the configuration
     */
    public TcpHostConfig withMaxTimeWait(int entries) {
        return new TcpHostConfig(connectionConfig, maxConnections, entries, hopLimit);
    }
}
