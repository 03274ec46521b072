// SPDX-License-Identifier: MIT
package io.pktkit.pcap.internal.write;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileOutletTest {

    @TempDir
    Path folder;

    /** A file that cannot be made now costs neither the recording nor the oldest file. */
    @Test
    void shouldGoOnWhenANextFileCanBeMadeAgain() throws IOException {
        Path inTheWay = folder.resolve("c-00003.pcapng");
        FileOutlet outlet = FileOutlet.open(folder.resolve("c.pcapng"), 100, 2);
        outlet.write(ByteBuffer.wrap(new byte[] {1}));
        assertTrue(outlet.next());
        outlet.write(ByteBuffer.wrap(new byte[] {2}));
        Files.createDirectory(inTheWay);
        for (int i = 0; i < 2; i++) {
            assertThrows(IOException.class, outlet::next);
            assertTrue(outlet.canRecover());
        }
        assertTrue(Files.exists(folder.resolve("c-00001.pcapng")), "nothing has taken its place");

        Files.delete(inTheWay);
        assertTrue(outlet.next());
        outlet.write(ByteBuffer.wrap(new byte[] {3}));
        outlet.close();
        assertFalse(Files.exists(folder.resolve("c-00001.pcapng")));
        assertArrayEquals(new byte[] {2}, Files.readAllBytes(folder.resolve("c-00002.pcapng")));
        assertArrayEquals(new byte[] {3}, Files.readAllBytes(inTheWay));
    }
}
