// SPDX-License-Identifier: MIT
package io.pktkit.vclient.http;

import java.io.OutputStream;
import java.util.Arrays;

/** Keeps a body; its capacity, too, never exceeds the limit, which the parser enforces for the content. */
final class BodyBuffer extends OutputStream {
    private static final int INITIAL_CAPACITY = 4096;

    private final int limit;
    private byte[] bytes;
    private int length;

    BodyBuffer(int limit) {
        this.limit = limit;
        this.bytes = new byte[Math.min(INITIAL_CAPACITY, limit)];
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] source, int from, int count) {
        if (count > bytes.length - length) {
            long doubled = Math.max(2L * bytes.length, (long) length + count);
            bytes = Arrays.copyOf(bytes, (int) Math.min(doubled, limit));
        }
        System.arraycopy(source, from, bytes, length, count);
        length += count;
    }

    byte[] toBytes() {
        return bytes.length == length ? bytes : Arrays.copyOf(bytes, length);
    }
}
