// SPDX-License-Identifier: MIT
package io.pktkit.pcap.internal.write;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A named pipe. Opening it waits for its reader, so that is left to the writing thread. At the end it is woken by a reader of our
 * own, which is gone before anything is written: that reaches the reader that has come meanwhile, or fails for want of one.
 */
public final class PipeOutlet implements Outlet {

    private final Path path;
    private final Opener opener;

    // Guarded by this. Opening for writing alone is not, since it waits.
    private @Nullable FileChannel channel;
    private @Nullable FileChannel waker;
    private boolean opening;
    private boolean closed;

    /** What opens the pipe. */
    @FunctionalInterface
    interface Opener {
        FileChannel open(Path path, OpenOption... options) throws IOException;
    }

    /**
     * Creates one that is not open yet.
     *
     * @param path the pipe, which exists
     */
    public PipeOutlet(Path path) {
        this(path, FileChannel::open);
    }

    PipeOutlet(Path path, Opener opener) {
        this.path = path;
        this.opener = opener;
    }

    @Override
    public void write(ByteBuffer blocks) throws IOException {
        FileChannel pipe = open();
        while (blocks.hasRemaining()) {
            pipe.write(blocks);
        }
    }

    private FileChannel open() throws IOException {
        synchronized (this) {
            if (channel != null) {
                return channel;
            }
            if (closed) {
                throw nobody();
            }
            opening = true;
        }
        FileChannel pipe;
        try {
            pipe = opener.open(path, StandardOpenOption.WRITE);
        } catch (IOException | RuntimeException | Error failure) {
            synchronized (this) {
                opening = false;
            }
            throw failure;
        }
        synchronized (this) {
            opening = false;
            channel = pipe;
            closeWaker();
            if (closed) {
                pipe.close();
            }
        }
        return pipe;
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

    /**
     * Opened for both, a pipe of Linux keeps nobody waiting, neither us now nor the writer, who may come here later. The writer that it
     * wakes goes on when the waker is known, and so is closed: what is written while it is open is lost without an error.
     */
    @Override
    public synchronized void stopWaiting() {
        if (channel != null || waker != null || closed) {
            return;
        }
        try {
            waker = opener.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (IOException gone) {
            closed = true; // nothing to wake by, and none to wait for
        }
    }

    private IOException nobody() {
        return new IOException("nobody has read " + path);
    }

    private void closeWaker() throws IOException {
        FileChannel open = waker;
        if (open != null) {
            open.close();
        }
    }

    /**
     * A writer whose opening still waits cannot be woken any more: his pipe is gone, or is another one, or may not be read. What he has
     * is lost, which only who closes it can tell.
     */
    @Override
    public synchronized void close() throws IOException {
        closed = true;
        FileChannel pipe = channel;
        try {
            closeWaker();
        } finally {
            if (pipe != null) {
                pipe.close();
            }
        }
        if (opening) {
            throw nobody();
        }
    }
}
