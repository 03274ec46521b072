// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import io.pktkit.local.PrivateFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps leases in a text file, one a line, for one server at a time. The file is replaced as a whole: it is written under another
 * name, brought to the disk and then renamed, so that a crash or a full disk leaves the leases of before. It is readable for its
 * owner only, where the file system knows owners: it says who is on the network.
 *
 * <p>The file has at most 64 MiB, which hold any leases of one full subnet, and those of about ten whose clients have names and
 * identifiers of usual length. More are not saved, and the file stays as it was.
 *
 * <p>Any thread.
 */
public final class FileLeaseStore implements LeaseStore {
    private static final String KIND = "pktkit-leases ";
    private static final String VERSION = KIND + "1";
    private static final int MAX_BYTES = 64 << 20;

    private final Path file;
    private final int maxBytes;
    private final List<StoredLease> found = new ArrayList<>();
    private int damaged;

    private FileLeaseStore(Path file, int maxBytes) {
        this.file = file;
        this.maxBytes = maxBytes;
    }

    /**
     * Opens the store and reads what is there. A file that does not exist is made when there is something to save.
     *
     * @param file the file; its directory must exist and be writable, for the file is replaced in it
     * @return the store
     * @throws IOException if the file cannot be read or is something else, or the directory cannot be written
     */
    public static FileLeaseStore open(Path file) throws IOException {
        return open(file, MAX_BYTES);
    }

    static FileLeaseStore open(Path file, int maxBytes) throws IOException {
        Path absolute = file.toAbsolutePath();
        Path directory = absolute.getParent();
        if (directory == null || !Files.isDirectory(directory) || !Files.isWritable(directory)) {
            throw new IOException(
                    "cannot keep leases in " + file + ": its directory must exist and be writable for this user");
        }
        FileLeaseStore store = new FileLeaseStore(absolute, maxBytes);
        if (Files.exists(absolute)) {
            store.read();
        }
        return store;
    }

    private void read() throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + " is no file of leases: choose another name");
        }
        String text = new String(PrivateFiles.read(file, maxBytes), StandardCharsets.ISO_8859_1);
        String[] lines = text.split("\n", -1);
        if (!lines[0].equals(VERSION)) {
            String what = lines[0].startsWith(KIND) ? "of another version of pktkit" : "no file of leases";
            throw new IOException(file + " is " + what + ": move it away, or choose another name");
        }
        for (int i = 1; i < lines.length; i++) {
            StoredLease lease = LeaseLine.parse(lines[i]);
            if (lease != null) {
                found.add(lease);
            } else if (!lines[i].isEmpty()) {
                damaged++;
            }
        }
    }

    /** {@return how many lines of the file were not whole when it was opened, and are left out} */
    public int damaged() {
        return damaged;
    }

    /** {@return the leases that were in the file when it was opened} */
    @Override
    public List<StoredLease> load() {
        return List.copyOf(found);
    }

    @Override
    public synchronized void save(List<StoredLease> leases) throws IOException {
        StringBuilder text = new StringBuilder(VERSION).append('\n');
        for (StoredLease lease : leases) {
            text.append(LeaseLine.format(lease)).append('\n');
            if (text.length() > maxBytes) { // what would not be read again is no better than what is there
                throw new IOException(leases.size() + " leases are too many for " + file + ", which has at most "
                        + maxBytes + " bytes: lower maxLeases, or keep them in a LeaseStore of another kind");
            }
        }
        PrivateFiles.write(file, text.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    @Override
    public String toString() {
        return "FileLeaseStore[" + file + "]";
    }
}
