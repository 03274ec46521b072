// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.cookie;

/**
 * Says when handshakes are too many to answer without a cookie: more than a number of handshake messages with a right
 * mac1 in one second, and for a second after the last one above it. The reference measures the length of a queue; there
 * is none here, since handshakes run where they are received. Any thread.
 */
public final class LoadMeter {

    private static final long SECOND = 1_000_000_000L;

    private final Object lock = new Object();
    private final int threshold;
    private boolean started;
    private long windowSince;
    private long count;
    private boolean loaded;
    private long loadedSince;

    /**
     * Creates a meter.
     *
     * @param threshold messages in a second that are not too many; 0 for always under load
     */
    public LoadMeter(int threshold) {
        this.threshold = threshold;
    }

    /**
     * Counts a message.
     *
     * @param nowNanos the time
     * @return whether there is load now
     */
    public boolean arrived(long nowNanos) {
        synchronized (lock) {
            if (!started || nowNanos - windowSince >= SECOND) {
                started = true;
                windowSince = nowNanos;
                count = 0;
            }
            count++;
            if (count > threshold) {
                loaded = true;
                loadedSince = nowNanos;
            } else if (loaded && nowNanos - loadedSince >= SECOND) {
                loaded = false;
            }
            return loaded;
        }
    }
}
