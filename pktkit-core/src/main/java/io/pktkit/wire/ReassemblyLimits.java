// SPDX-License-Identifier: MIT
package io.pktkit.wire;

/**
 * How much a {@link Reassembler} holds at most. Bytes are those of the fragments and an estimate of what keeping them
 * costs. A source that reaches its share loses its own oldest datagram; at the total, the oldest of all goes.
 *
 * @param datagrams incomplete datagrams in all
 * @param datagramsPerSource incomplete datagrams from one source address
 * @param bytes bytes in all
 * @param bytesPerSource bytes from one source address, at least {@link #MIN_BYTES} so that any datagram fits
 * @param fragments fragments of one datagram
 */
public record ReassemblyLimits(int datagrams, int datagramsPerSource, long bytes, long bytesPerSource, int fragments) {

    /** What one datagram of 64 KiB in the most fragments may cost. */
    public static final long MIN_BYTES = 256 * 1024;

    /** 1024 datagrams and 4 MiB in all, 128 datagrams and 1 MiB of one source, 128 fragments: 64 KiB at MTU 576. */
    public static final ReassemblyLimits DEFAULT = new ReassemblyLimits(1024, 128, 4 << 20, 1 << 20, 128);

    /**
     * Checks the limits.
     *
     * @param datagrams at least {@code datagramsPerSource}
     * @param datagramsPerSource at least 1
     * @param bytes at least {@code bytesPerSource}
     * @param bytesPerSource at least {@link #MIN_BYTES}
     * @param fragments 2 to 1024
     * @throws IllegalArgumentException if a share is larger than the total, or too small for one datagram
     */
    public ReassemblyLimits {
        if (datagramsPerSource < 1
                || datagrams < datagramsPerSource
                || bytesPerSource < MIN_BYTES
                || bytes < bytesPerSource
                || fragments < 2
                || fragments > 1024) {
            throw new IllegalArgumentException("1 <= datagramsPerSource <= datagrams, " + MIN_BYTES
                    + " <= bytesPerSource <= bytes, 2 <= fragments <= 1024: datagrams=" + datagrams
                    + " datagramsPerSource=" + datagramsPerSource + " bytes=" + bytes + " bytesPerSource="
                    + bytesPerSource + " fragments=" + fragments);
        }
    }
}
