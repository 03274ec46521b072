// SPDX-License-Identifier: MIT
package io.pktkit.lab.nat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/** Who an instance is, the same each time that it is brought up with its state directory. */
public final class InstanceId {

    private static final String NAME = "instance.uuid";

    private InstanceId() {}

    /**
     * Reads it, or makes it.
     *
     * @param directory the state directory, which is there
     * @return random, the first time
     * @throws IOException if the file cannot be read or written, or holds something else
     */
    public static UUID of(Path directory) throws IOException {
        Path file = directory.resolve(NAME);
        if (Files.exists(file)) {
            try {
                return UUID.fromString(Files.readString(file).strip());
            } catch (IllegalArgumentException e) {
                throw new IOException(file + " holds no UUID; delete it to have another one made", e);
            }
        }
        UUID made = UUID.randomUUID();
        Path fresh = directory.resolve(NAME + ".new");
        Files.writeString(fresh, made + "\n");
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return made;
    }
}
