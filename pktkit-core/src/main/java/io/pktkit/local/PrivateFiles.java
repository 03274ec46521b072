// SPDX-License-Identifier: MIT
package io.pktkit.local;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Files of secrets, which nobody but their owner reads. On systems without POSIX permissions the system's own hold. */
public final class PrivateFiles {

    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> DIRECTORY = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> OTHERS = PosixFilePermissions.fromString("---rwxrwx");

    private PrivateFiles() {}

    /**
     * Makes a directory that only its owner enters, with the directories above it, or sees that it is one.
     *
     * @param directory the directory
     * @return the same
     * @throws IOException if it cannot be made, or is open to others; the message has the remedy
     */
    public static Path makeDirectory(Path directory) throws IOException {
        Path absolute = directory.toAbsolutePath();
        Path parent = absolute.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        try {
            Files.createDirectory(absolute, attributes(absolute, DIRECTORY));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(absolute)) {
                throw new NotDirectoryException(absolute + " is a file: name another directory");
            }
        }
        checkPrivate(absolute);
        return directory;
    }

    /**
     * Sees that nobody but its owner can use a file or a directory.
     *
     * @param path the file or directory
     * @throws IOException if others can; the message has mode and remedy
     */
    public static void checkPrivate(Path path) throws IOException {
        if (Files.notExists(path)) {
            throw new IOException("there is no file " + path);
        }
        if (!isPosix(path)) {
            return;
        }
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
        if (permissions.stream().anyMatch(OTHERS::contains)) {
            boolean directory = Files.isDirectory(path);
            throw new IOException(path + " is open to others (mode " + octal(permissions)
                    + "), and holds secrets: chmod " + (directory ? "700 " : "600 ") + path);
        }
    }

    /**
     * Reads a file.
     *
     * @param file the file
     * @param most how long it may be
     * @return its content
     * @throws IOException if it cannot be read, or is longer
     */
    public static byte[] read(Path file, int most) throws IOException {
        try (InputStream input = Files.newInputStream(file)) {
            byte[] content = input.readNBytes(most + 1);
            if (content.length > most) {
                throw new IOException(file + " is longer than " + most + " bytes: it cannot be what it should be");
            }
            return content;
        } catch (NoSuchFileException e) {
            throw new IOException("there is no file " + file, e);
        }
    }

    /**
     * Writes a file, whole or not at all, in place of the one before.
     *
     * @param file the file, in a directory that is there
     * @param content what is in it
     * @throws IOException if it cannot be written; the one before is as it was then
     */
    public static void write(Path file, byte[] content) throws IOException {
        Path absolute = file.toAbsolutePath();
        Path directory = absolute.getParent();
        Path fresh = Files.createTempFile(directory, ".fresh", null, attributes(absolute, FILE));
        try {
            try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(content);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(fresh, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    /** Makes a socket or file that is there already one for its owner alone. */
    static void restrict(Path path) throws IOException {
        if (isPosix(path)) {
            Files.setPosixFilePermissions(path, FILE);
        }
    }

    /** Makes a directory for the owner alone, under a name that is not taken, inside another one. */
    static Path makeTemporary(Path directory) throws IOException {
        return Files.createTempDirectory(directory, ".pk", attributes(directory, DIRECTORY));
    }

    private static FileAttribute<?>[] attributes(Path path, Set<PosixFilePermission> permissions) {
        return isPosix(path)
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
                : new FileAttribute<?>[0];
    }

    private static boolean isPosix(@Nullable Path path) {
        return path != null
                && path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    private static String octal(Set<PosixFilePermission> permissions) {
        String letters = PosixFilePermissions.toString(permissions);
        return Integer.toOctalString(Integer.parseInt(letters.replace('-', '0').replaceAll("[rwx]", "1"), 2));
    }
}
