// SPDX-License-Identifier: MIT
package io.pktkit.pcap.internal.write;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

/**
 * Files for their owner alone: one, or a ring of which the oldest makes way. A write that fails is taken back to the end of the
 * block before it, so that a full disk leaves a file that is whole.
 */
public final class FileOutlet implements Outlet {

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final Path path;
    private final long limit;
    private final int files;
    private final Deque<Path> written = new ArrayDeque<>();
    private int number;
    private long end;

    /** Also closed by who gives up waiting for the writer. */
    private volatile FileChannel channel;

    private FileOutlet(Path path, long limit, int files) throws IOException {
        this.path = path;
        this.limit = limit;
        this.files = files;
        this.channel = create();
    }

    /**
     * Makes the first file.
     *
     * @param path the file, or with several what their names are made of: a number is put before the ending
     * @param limit bytes of a file at most; 0 for no limit
     * @param files how many there are at most, 1 or more
     * @return the outlet
     * @throws IOException if it cannot be made
     */
    public static FileOutlet open(Path path, long limit, int files) throws IOException {
        return new FileOutlet(path, limit, files);
    }

    private FileChannel create() throws IOException {
        Path file = files == 1 ? path : numbered(number + 1);
        FileChannel made = create(file);
        number++;
        written.add(file);
        end = 0;
        return made;
    }

    private Path numbered(int count) {
        String name = String.valueOf(path.getFileName());
        int dot = name.lastIndexOf('.');
        String stem = dot > 0 ? name.substring(0, dot) : name;
        String ending = dot > 0 ? name.substring(dot) : "";
        return path.resolveSibling("%s-%05d%s".formatted(stem, count, ending));
    }

    /** One that is there already is overwritten, and is its owner's alone from then on. */
    private static FileChannel create(Path file) throws IOException {
        Set<OpenOption> fresh = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        boolean posix = Files.getFileAttributeView(file, PosixFileAttributeView.class) != null;
        try {
            return posix
                    ? FileChannel.open(file, fresh, PosixFilePermissions.asFileAttribute(OWNER_ONLY))
                    : FileChannel.open(file, fresh, new FileAttribute<?>[0]);
        } catch (FileAlreadyExistsException there) {
            if (posix) {
                Files.setPosixFilePermissions(file, OWNER_ONLY);
            }
            return FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        }
    }

    @Override
    public void write(ByteBuffer blocks) throws IOException {
        int length = blocks.remaining();
        FileChannel file = channel;
        try {
            while (blocks.hasRemaining()) {
                file.write(blocks);
            }
            end += length;
        } catch (IOException | RuntimeException failure) {
            takeBack(file, failure);
            throw failure;
        }
    }

    private void takeBack(FileChannel file, Throwable failure) {
        try {
            file.truncate(end).position(end);
        } catch (IOException second) {
            failure.addSuppressed(second);
        }
    }

    @Override
    public boolean hasRoom(long bytes) {
        return limit == 0 || end + bytes <= limit;
    }

    @Override
    public boolean next() throws IOException {
        if (files == 1) {
            return false;
        }
        FileChannel before = channel;
        channel = create(); // should that fail, the file before stays, and this is tried again
        before.close();
        if (written.size() > files) {
            Files.deleteIfExists(written.remove());
        }
        return true;
    }

    @Override
    public boolean canRecover() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
