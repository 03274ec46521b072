// SPDX-License-Identifier: MIT
package io.pktkit.pcap.internal.write;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A named pipe. Opening it waits for its reader, so that is left to the writing thread. At the end it is woken by a reader of our
 * own, which is gone before anything is written: that reaches the reader that has come meanwhile, or fails for want of one.
 */
public final class PipeOutlet implements Outlet {

    private final Path path;
    private volatile @Nullable FileChannel channel;
    private volatile @Nullable FileChannel waker;
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
            if (closed) {
                throw new IOException("nobody has read " + path);
            }
            pipe = FileChannel.open(path, StandardOpenOption.WRITE);
            channel = pipe; // set before the waker is looked for, as the other does it the other way round
            closeWaker();
            if (closed) {
                pipe.close();
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

    /** Opened for both, a pipe of Linux keeps nobody waiting, neither us now nor the writer, who may come here later. */
    @Override
    public void stopWaiting() {
        if (channel != null || closed) {
            return;
        }
        try {
            waker = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (channel != null || closed) {
                closeWaker();
            }
        } catch (IOException gone) {
            closed = true; // nothing to wake, and none to wait for
        }
    }

    private void closeWaker() throws IOException {
        FileChannel open = waker;
        if (open != null) {
            open.close();
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        FileChannel pipe = channel;
        try {
            closeWaker();
        } finally {
            if (pipe != null) {
                pipe.close();
            }
        }
    }
}
