// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.ByteBudget;
import io.pktkit.vtcp.TcpConfig;

/**
 * Sizes the buffers of bridged connections within a part of the heap, so that guests which open many and read none fill
 * that part and not all of it. Any thread.
 *
 * <p>What a connection begins with depends on how many there are: each of the sizes may be used while the connections, if
 * all had that size, fit the budget. Whatever the order in which they come, each size then costs at most one budget in
 * all; only the smallest is given without limit, and that one is bounded by the number of connections. A connection keeps
 * what it began with: taking back a window that was advertised is not allowed (RFC 9293 section 3.8.6).
 *
 * <p>What a connection then turns out to need is reserved from one more budget, which all share, whatever they began with
 * ({@link ByteBudget}); the engine gives that back when the connection is silent.
 */
final class BridgeBuffers {
    /** Two full segments, below which a connection does little but wait for acknowledgments. */
    private static final int SMALLEST = 4096;

    private static final int STEP = 8;
    private static final int LEVELS = 3;
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
     * @param budget bytes for all connections of one size, and for the growth of all
     */
    BridgeBuffers(TcpConfig full, long budget) {
        ByteBudget growth = full.memory() == ByteBudget.shared() ? new ByteBudget(budget) : full.memory();
        int send = full.sendBuffer();
        int receive = full.receiveBuffer();
        for (int i = 0; i < LEVELS; i++) {
            configs[i] = full.toBuilder()
                    .sendBuffer(send)
                    .sendBufferMax(full.sendBufferMax())
                    .receiveBuffer(receive)
                    .receiveBufferMax(full.receiveBufferMax())
                    .memory(growth)
                    .build();
            limits[i] = budget / (send + receive);
            send = smaller(send);
            receive = smaller(receive);
        }
    }

    private static int smaller(int size) {
        return Math.min(size, Math.max(size / STEP, SMALLEST));
    }

    /** The settings of a new bridged connection, given how many there are with it. */
    TcpConfig of(int connections) {
        int level = 0;
        while (level < LEVELS - 1 && connections > limits[level]) {
            level++;
        }
        return configs[level];
    }
}
