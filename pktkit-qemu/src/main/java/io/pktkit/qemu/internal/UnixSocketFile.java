// SPDX-License-Identifier: MIT
package io.pktkit.qemu.internal;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The file that a listening Unix socket has: made for its owner alone, and removed in the end. The system removes it never, so
 * one that a killed program left behind is told from one in use by trying to connect.
 */
public final class UnixSocketFile {

    /** What the JDK takes: sun_path of unix(7), 108 bytes, less two. */
    public static final int LONGEST_PATH = 106;

    private final Path path;

    /** Tells this file from one that somebody put in its place. */
    private final @Nullable Object identity;

    private UnixSocketFile(Path path, @Nullable Object identity) {
        this.path = path;
        this.identity = identity;
    }

    /** A socket that listens, and its file. */
    public record Bound(ServerSocketChannel channel, UnixSocketFile file) {}

    /**
     * Listens at a path, for the owner of this process only.
     *
     * @param path where; a socket that nobody listens at any more is replaced
     * @return the socket
     * @throws IOException if the path is too long, something else is there, or the system refuses; the message tells what to
     *     do
     */
    public static Bound listen(Path path) throws IOException {
        requireShort(path);
        removeStale(path);
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.bind(UnixDomainSocketAddress.of(path));
            restrict(path);
            hangUpOnEarly(channel);
            return new Bound(channel, new UnixSocketFile(path, key(path)));
        } catch (IOException failure) {
            Sockets.closeQuietly(channel);
            throw explained(path, failure);
        }
    }

    /** On a system that has such permissions. */
    private static void restrict(Path path) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
        if (view != null) {
            view.setPermissions(PosixFilePermissions.fromString("rw-------"));
        }
    }

    /**
     * Checks what the system would refuse with fewer words.
     *
     * @param path of a socket
     * @throws IOException if it is too long
     */
    public static void requireShort(Path path) throws IOException {
        int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > LONGEST_PATH) {
            throw new IOException("the path of a Unix socket has at most " + LONGEST_PATH + " bytes, and this has "
                    + length + ": choose a shorter one, or one relative to the working directory");
        }
    }

    /**
     * Puts what the system said about a socket into terms of its path.
     *
     * @param path of the socket
     * @param failure what the system said
     * @return what to throw
     */
    public static IOException explained(Path path, IOException failure) {
        Path parent = path.toAbsolutePath().getParent();
        if (parent != null && !Files.isDirectory(parent)) {
            return new IOException("there is no directory " + parent + ": make it first", failure);
        }
        return new IOException(failure.getMessage() + ": " + path, failure);
    }

    /** Removes the file, unless another one is in its place by now. */
    public void remove() throws IOException {
        if (identity == null || identity.equals(key(path))) {
            Files.deleteIfExists(path);
        }
    }

    private static void removeStale(Path path) throws IOException {
        BasicFileAttributes found;
        try {
            found = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException nothing) {
            return;
        }
        if (!found.isOther()) { // a plain file refuses connections as a stale socket does
            throw new IOException(
                    "there is a file at " + path + " that is not a socket: remove it, or choose another path");
        }
        if (isListenedAt(path)) {
            throw new IOException("a program listens at " + path + " already: stop it, or choose another path");
        }
        if (Objects.equals(found.fileKey(), key(path))) {
            Files.deleteIfExists(path);
        }
    }

    private static boolean isListenedAt(Path path) throws IOException {
        try {
            SocketChannel.open(UnixDomainSocketAddress.of(path)).close();
            return true;
        } catch (ConnectException refused) {
            return false;
        }
    }

    /** Whoever connected before the permissions were set may be somebody who could not any more. */
    private static void hangUpOnEarly(ServerSocketChannel channel) throws IOException {
        channel.configureBlocking(false);
        for (SocketChannel early = channel.accept(); early != null; early = channel.accept()) {
            early.close();
        }
    }

    private static @Nullable Object key(Path path) throws IOException {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
        } catch (NoSuchFileException gone) {
            return null;
        }
    }
}
