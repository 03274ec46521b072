// SPDX-License-Identifier: MIT
package io.pktkit.pcap.internal.write;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** A stream that somebody reads as it comes: standard output. After a failure there is no way to go on. */
public final class StreamOutlet implements Outlet {

    private final OutputStream stream;
    private byte[] copy = new byte[1 << 16];

    /**
     * Creates one.
     *
     * @param stream closed with this
     */
    public StreamOutlet(OutputStream stream) {
        this.stream = stream;
    }

    @Override
    public void write(ByteBuffer blocks) throws IOException {
        int length = blocks.remaining();
        if (copy.length < length) {
            copy = new byte[length];
        }
        blocks.get(copy, 0, length);
        stream.write(copy, 0, length);
        stream.flush();
    }

    @Override
    public boolean hasRoom(long bytes) {
        return true;
    }

    @Override
    public boolean next() {
        return false;
    }

    @Override
    public boolean canRecover() {
        return false;
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
