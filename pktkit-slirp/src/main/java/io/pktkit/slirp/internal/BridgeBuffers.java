// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.vtcp.TcpConfig;

/**
 * Sizes the buffers of bridged connections: the more of them there are, the less a new one gets, so that guests which
 * open many and read none fill a part of the heap and not all of it. Any thread.
 *
 * <p>Each of the sizes may be used while the connections, if all had that size, fit the budget. Whatever the order in
 * which they come, each size then costs at most one budget in all; only the smallest is given without limit, and that one
 * is bounded by the number of connections. A connection keeps what it got: taking back a window that was advertised is
 * not allowed (RFC 9293 section 3.8.6), and the others would gain little by it.
 */
final class BridgeBuffers {
    /** Two full segments, below which a connection does little but wait for acknowledgments. */
    private static final int SMALLEST = 4096;

    private static final int STEP = 4;
    private static final int LEVELS = 4;
    private static final int PART_OF_HEAP = 8;

    private final TcpConfig[] configs = new TcpConfig[LEVELS];
    private final long[] limits = new long[LEVELS];

    BridgeBuffers(TcpConfig full) {
        this(full, Runtime.getRuntime().maxMemory() / PART_OF_HEAP);
    }

    /**
     * Sets up the sizes.
     *
     * @param full what a connection gets while there are few
     * @param budget bytes for all connections of one size
     */
    BridgeBuffers(TcpConfig full, long budget) {
        int send = full.sendBuffer();
        int receive = full.receiveBuffer();
        for (int i = 0; i < LEVELS; i++) {
            configs[i] =
                    full.toBuilder().sendBuffer(send).receiveBuffer(receive).build();
            limits[i] = budget / (send + receive);
            send = smaller(send);
            receive = smaller(receive);
        }
    }

    private static int smaller(int size) {
        return Math.min(size, Math.max(size / STEP, SMALLEST));
    }

    /** The settings of a new connection, given how many there are with it. */
    TcpConfig of(int connections) {
        int level = 0;
        while (level < LEVELS - 1 && connections > limits[level]) {
            level++;
        }
        return configs[level];
    }
}
