// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file: whole or as it was, readable for its owner, and nothing made of what was cut or changed in it. */
class FileLeaseStoreTest {
    private static final List<StoredLease> LEASES = List.of(
            lease(1, "2.0a", "alice", true, Instant.ofEpochSecond(1_800_000_000L)),
            lease(2, "2000000000001.6900ff", null, false, Instant.MAX));

    @TempDir
    private Path directory = Path.of("");

    private Path file = Path.of("");

    @BeforeEach
    void setUp() {
        file = directory.resolve("leases");
    }

    private static StoredLease lease(
            int host, String client, @Nullable String hostname, boolean proven, Instant expiry) {
        return new StoredLease(
                client,
                IpAddress.parse("10.0.2." + host),
                MacAddress.of(host),
                MacAddress.of(100 + host),
                hostname,
                proven,
                expiry);
    }

    @Test
    void shouldKeepWhatWasSaved() throws IOException {
        FileLeaseStore.open(file).save(LEASES);

        FileLeaseStore again = FileLeaseStore.open(file);

        assertEquals(LEASES, again.load());
        assertEquals(0, again.damaged());
        assertEquals(
                List.of("pktkit-leases 1", "2.0a 10.0.2.1 00:00:00:00:00:01 00:00:00:00:00:65 1 1800000000 alice"),
                Files.readAllLines(file).stream()
                        .limit(2)
                        .map(line -> line.replaceAll(" [0-9a-f]{8}$", ""))
                        .toList());
    }

    @Test
    void shouldBeEmptyAtFirst() throws IOException {
        assertEquals(List.of(), FileLeaseStore.open(file).load());
        assertFalse(Files.exists(file), "nothing to save yet");
    }

    @Test
    void shouldBeForItsOwnerOnly() throws IOException {
        FileLeaseStore store = FileLeaseStore.open(file);
        store.save(LEASES);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));

        store.save(LEASES);

        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }

    @Test
    void shouldSayThatItCannotSaveAndLeaveNothingBehind() throws IOException {
        FileLeaseStore store = FileLeaseStore.open(file);
        Files.createDirectories(file.resolve("in the way"));

        assertThrows(IOException.class, () -> store.save(LEASES));

        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(List.of(file), left.toList());
        }
    }

    @Test
    void shouldSaveNoMoreThanItReadsAgain() throws IOException {
        FileLeaseStore.open(file).save(LEASES);
        int most = Math.toIntExact(Files.size(file));
        FileLeaseStore store = FileLeaseStore.open(file, most);
        store.save(LEASES);
        List<StoredLease> more = Stream.concat(LEASES.stream(), LEASES.stream()).toList();

        IOException refusal = assertThrows(IOException.class, () -> store.save(more));

        assertTrue(String.valueOf(refusal.getMessage()).startsWith("4 leases are too many for " + file));
        assertEquals(LEASES, FileLeaseStore.open(file, most).load());
    }

    /** A file that was cut anywhere, as by a disk that lost power, holds the whole lines and no other lease. */
    @Test
    void shouldTakeWholeLinesOnly() throws IOException {
        FileLeaseStore.open(file).save(LEASES);
        byte[] whole = Files.readAllBytes(file);
        int firstEnd = lineEnd(whole, 2);
        for (int length = "pktkit-leases 1".length(); length < whole.length; length++) {
            Files.write(file, java.util.Arrays.copyOf(whole, length));

            FileLeaseStore cut = FileLeaseStore.open(file);

            // The end of the line itself may be missing.
            int expected = length >= whole.length - 1 ? 2 : length >= firstEnd - 1 ? 1 : 0;
            assertEquals(LEASES.subList(0, expected), cut.load(), "length=" + length);
        }
    }

    @Test
    void shouldTakeNoLineThatWasChanged() throws IOException {
        FileLeaseStore.open(file).save(LEASES);
        byte[] whole = Files.readAllBytes(file);
        int from = lineEnd(whole, 1);
        int to = lineEnd(whole, 2) - 1;
        for (int at = from; at < to; at++) {
            for (int bit = 0; bit < 7; bit++) {
                byte[] changed = whole.clone();
                changed[at] ^= (byte) (1 << bit);
                Files.write(file, changed);

                List<StoredLease> left = FileLeaseStore.open(file).load();

                assertEquals(LEASES.subList(1, 2), left, "at=" + at + " bit=" + bit);
            }
        }
    }

    private static int lineEnd(byte[] text, int line) {
        int at = 0;
        for (int i = 0; i < line; at++) {
            i += text[at] == '\n' ? 1 : 0;
        }
        return at;
    }

    @ParameterizedTest
    @ValueSource(strings = {"pktkit-leases 2\n", "", "# my notes\n", "pktkit-leases 1 \n"})
    void shouldNotTouchWhatItDoesNotKnow(String content) throws IOException {
        Files.writeString(file, content);

        IOException refusal = assertThrows(IOException.class, () -> FileLeaseStore.open(file));

        assertTrue(String.valueOf(refusal.getMessage()).contains(file.toString()), refusal.getMessage());
        assertEquals(content, Files.readString(file, StandardCharsets.UTF_8));
    }

    @Test
    void shouldSayWhereItCannotBe() throws IOException {
        Files.writeString(file, "x");

        assertThrows(
                IOException.class,
                () -> FileLeaseStore.open(directory.resolve("missing").resolve("leases")));
        assertThrows(IOException.class, () -> FileLeaseStore.open(file.resolve("leases")));
        assertThrows(IOException.class, () -> FileLeaseStore.open(directory));
    }

    @Test
    void shouldReadALineOfAnyKind() {
        for (String line : List.of("", " ", "a b c d e f g h", "1 2 3 4 5 6 7 8 9", "\u00ff 10.0.2.1 - - - - - -")) {
            assertNull(LeaseLine.parse(line), line);
        }
    }
}
