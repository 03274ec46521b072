// SPDX-License-Identifier: MIT
package io.pktkit.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LocalServerTest {

    private static final int MOST = 1000;

    @TempDir
    private Path directory;

    @Test
    void shouldAnswerOneRequestAfterTheOther() throws IOException {
        try (LocalServer server = echo("s", false);
                Client client = new Client(server)) {
            client.send("one\ntw");
            assertEquals("[one]", client.line());
            client.send("o\n\nthree\n");
            assertEquals("[two]", client.line());
            assertEquals("[]", client.line());
            assertEquals("[three]", client.line());
        }
    }

    @Test
    void shouldTakeAnEmptyLineForTheEnd() throws IOException {
        try (LocalServer server = echo("s", true);
                Client client = new Client(server)) {
            client.send("set=1\na=b\n");
            client.send("\nget=1\n\n");
            assertEquals("[set=1 a=b ]", client.line());
            assertEquals("[get=1 ]", client.line());
        }
    }

    /** Many requests and then silence: the answers still come, as with a shell's pipe. */
    @Test
    void shouldAnswerWhoHasSaidAll() throws IOException {
        try (LocalServer server = echo("s", false);
                Client client = new Client(server)) {
            client.send("one\ntwo\n");
            client.channel.shutdownOutput();

            assertEquals("[one]", client.line());
            assertEquals("[two]", client.line());
            assertEquals(-1, client.read());
        }
    }

    @Test
    void shouldBeThereForItsOwnerOnlyAndGoWithItsServer() throws IOException {
        LocalServer server = echo("s", false);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(server.path())));
        try (var files = Files.list(directory)) {
            assertEquals(List.of(server.path()), files.toList(), "nothing else is left there");
        }

        server.close();
        server.close();

        assertFalse(Files.exists(server.path()));
    }

    @Test
    void shouldLeaveTheSocketOfAnotherProcessAlone() throws IOException {
        try (LocalServer first = echo("s", false)) {
            IOException refused = assertThrows(IOException.class, () -> echo("s", false));

            assertTrue(refused.toString().contains("in use by another process"), refused.getMessage());
            try (Client client = new Client(first)) {
                client.send("still\n");
                assertEquals("[still]", client.line());
            }
        }
    }

    @Test
    void shouldReplaceASocketThatWasLeftBehind() throws IOException {
        Path path = directory.resolve("s");
        ServerSocketChannel crashed = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        crashed.bind(UnixDomainSocketAddress.of(path));
        crashed.close();
        assertTrue(Files.exists(path));

        try (LocalServer server = echo("s", false);
                Client client = new Client(server)) {
            client.send("here\n");
            assertEquals("[here]", client.line());
        }
    }

    @Test
    void shouldNotTouchWhatIsNoSocket() throws IOException {
        Path path = directory.resolve("s");
        Files.writeString(path, "precious");

        IOException refused = assertThrows(IOException.class, () -> echo("s", false));

        assertTrue(refused.toString().contains("is no socket"), refused.getMessage());
        assertEquals("precious", Files.readString(path));
    }

    @Test
    void shouldDisconnectWhoSendsTooMuch() throws IOException {
        try (LocalServer server = echo("s", false);
                Client client = new Client(server);
                Client honest = new Client(server)) {
            client.send("x".repeat(MOST));
            client.send("\n");
            assertEquals("[" + "x".repeat(MOST) + "]", client.line());

            client.send("x".repeat(MOST + 1));

            assertEquals(-1, client.read());
            honest.send("fine\n");
            assertEquals("[fine]", honest.line());
        }
    }

    @Test
    void shouldTakeSixteenAndNoMore() throws IOException {
        try (LocalServer server = echo("s", false)) {
            List<Client> clients = new ArrayList<>();
            try {
                for (int i = 0; i < 16; i++) {
                    Client client = new Client(server);
                    clients.add(client);
                    client.send("x\n");
                    assertEquals("[x]", client.line());
                }
                try (Client late = new Client(server)) {
                    assertEquals(-1, late.read());
                }
                clients.remove(15).close();
                clients.get(0).send("y\n");
                assertEquals("[y]", clients.get(0).line());
            } finally {
                for (Client client : clients) {
                    client.close();
                }
            }
        }
    }

    /** Who asks without reading waits for himself only. */
    @Test
    void shouldNotBeHeldUpByWhoDoesNotRead() throws IOException {
        LocalProtocol large = new LocalProtocol(false, MOST, request -> "x".repeat(4 << 20) + "\n");
        try (LocalServer server = LocalServer.open(directory.resolve("s"), large);
                Client slow = new Client(server);
                Client honest = new Client(server)) {
            slow.send("a\nb\nc\n");
            honest.send("a\n");

            assertEquals(4 << 20, honest.line().length());
            assertEquals(4 << 20, slow.line().length());
            assertEquals(4 << 20, slow.line().length());
            assertEquals(4 << 20, slow.line().length());
        }
    }

    @Test
    void shouldDisconnectWhoseRequestIsTooMuchForWhoAnswers() throws IOException {
        LocalProtocol fails = new LocalProtocol(false, MOST, request -> {
            if (request.equals("fail")) {
                throw new IllegalStateException("request=" + request);
            }
            return request + "\n";
        });
        try (LocalServer server = LocalServer.open(directory.resolve("s"), fails);
                Client client = new Client(server);
                Client other = new Client(server)) {
            client.send("fail\n");
            assertEquals(-1, client.read());
            other.send("fine\n");
            assertEquals("fine", other.line());
        }
    }

    @Test
    void shouldSayWhatIsOpenToOthers() throws IOException {
        Path file = directory.resolve("key");
        Files.writeString(file, "secret");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));

        IOException refused = assertThrows(IOException.class, () -> PrivateFiles.checkPrivate(file));

        assertEquals(
                file + " is open to others (mode 640), and holds secrets: chmod 600 " + file, refused.getMessage());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
        PrivateFiles.checkPrivate(file);
    }

    @Test
    void shouldMakeDirectoriesForTheirOwnerAlone() throws IOException {
        Path state = directory.resolve("a/b");

        PrivateFiles.makeDirectory(state);
        PrivateFiles.makeDirectory(state);

        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(state)));
        Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwxr-xr-x"));
        IOException refused = assertThrows(IOException.class, () -> PrivateFiles.makeDirectory(state));
        assertTrue(refused.toString().contains("mode 755"), refused.getMessage());
        assertTrue(refused.toString().contains("chmod 700"), refused.getMessage());
    }

    private LocalServer echo(String name, boolean blankLine) throws IOException {
        return LocalServer.open(
                directory.resolve(name),
                new LocalProtocol(blankLine, MOST, request -> "[" + request.replace('\n', ' ') + "]\n"));
    }

    private static final class Client implements AutoCloseable {
        private final SocketChannel channel;
        private final java.io.InputStream input;

        Client(LocalServer server) throws IOException {
            channel = SocketChannel.open(UnixDomainSocketAddress.of(server.path()));
            input = new java.io.BufferedInputStream(Channels.newInputStream(channel));
        }

        void send(String text) throws IOException {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        int read() {
            try {
                return input.read();
            } catch (IOException reset) {
                return -1;
            }
        }

        String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int c = input.read(); c != '\n'; c = input.read()) {
                if (c < 0) {
                    throw new IOException("ended after " + line);
                }
                line.append((char) c);
            }
            return line.toString();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
