// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.opening;

import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpTuple;

/** RFC 6528: {@code ISN = M + F(localip, localport, remoteip, remoteport, secretkey)}. */
public final class KeyedIsnSource implements IsnSource {
    private static final long CLOCK_NANOS = 4000;
    private static final int SEQUENCE = 1;
    private static final int TIMESTAMP = 2;

    private final KeyedDigest digest;

    /**
     * Takes the key.
     *
     * @param secret at least 16 bytes
     */
    public KeyedIsnSource(byte[] secret) {
        this.digest = new KeyedDigest(secret);
    }

    @Override
    public int initialSequence(TcpTuple tuple, long nowNanos) {
        int clock = (int) Math.floorDiv(nowNanos, CLOCK_NANOS);
        return clock + digest.of(SEQUENCE, tuple, tuple.localPort(), tuple.remotePort(), 0, 0);
    }

    @Override
    public int timestampOffset(TcpTuple tuple) {
        // Without the ports: a new connection to the same host must go on rising where the last one was (RFC 6191).
        return digest.of(TIMESTAMP, tuple, 0, 0, 0, 0);
    }
}
