// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Reads a stream in pieces of which the length is known. It holds no more than has come, whatever a length says. */
final class ByteSource {

    private static final int STEP = 1 << 16;

    private final InputStream stream;
    private byte[] bytes = new byte[STEP];
    private long position;

    ByteSource(InputStream stream) {
        this.stream = stream;
    }

    /**
     * Reads some bytes after those that are kept.
     *
     * @param kept how many of those that were read before stay
     * @param count how many more
     * @return how many came; fewer at the end
     */
    int read(int kept, int count) throws IOException {
        int have = 0;
        while (have < count) {
            int step = Math.min(count - have, STEP);
            if (bytes.length < kept + have + step) {
                bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, kept + have + step));
            }
            int got = stream.readNBytes(bytes, kept + have, step);
            have += got;
            position += got;
            if (got < step) {
                break;
            }
        }
        return have;
    }

    byte[] bytes() {
        return bytes;
    }

    /** How much of the stream was read. */
    long position() {
        return position;
    }
}
