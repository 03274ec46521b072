// SPDX-License-Identifier: MIT
package io.pktkit.pcap.internal.write;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** A named pipe. Opening it waits for its reader, so that is left to the writing thread. */
public final class PipeOutlet implements Outlet {

    private final Path path;
    private volatile @Nullable FileChannel channel;
    private volatile boolean waiting;
    private volatile boolean closed;

    /**
     * Creates one that is not open yet.
     *
     * @param path the pipe, which exists
     */
    public PipeOutlet(Path path) {
        this.path = path;
    }

    @Override
    public void write(ByteBuffer blocks) throws IOException {
        FileChannel pipe = channel;
        if (pipe == null) {
            waiting = true;
            try {
                if (closed) { // looked at after waiting was set, as the other looks the other way round
                    throw new IOException("nobody has read " + path);
                }
                pipe = FileChannel.open(path, StandardOpenOption.WRITE);
                channel = pipe;
            } finally {
                waiting = false;
            }
            if (closed) {
                pipe.close();
                throw new IOException("nobody has read " + path);
            }
        }
        while (blocks.hasRemaining()) {
            pipe.write(blocks);
        }
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

    /** Wakes the thread that waits for a reader by being one: opened for both, a pipe of Linux keeps nobody waiting. */
    @Override
    public void stopWaiting() {
        if (channel == null) {
            closed = true;
            try {
                FileChannel reader = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
                while (channel == null && waiting) {
                    Thread.onSpinWait();
                }
                reader.close();
            } catch (IOException gone) {
                closed = true; // nothing to wake
            }
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        FileChannel pipe = channel;
        if (pipe != null) {
            pipe.close();
        }
    }
}
