// SPDX-License-Identifier: MIT
package io.pktkit.lab.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ControlServerTest {

    @TempDir
    private Path directory;

    private Path state() {
        return directory.resolve("state");
    }

    private ControlServer open() throws IOException {
        return ControlServer.open(state())
                .register("echo", arguments -> {
                    Object there = arguments.value("there");
                    return Map.of("back", there == null ? "nothing" : there);
                })
                .register("fail", arguments -> {
                    throw new IOException("no \"luck\"\ntoday");
                })
                .register("greet", arguments -> Map.of("text", "hello " + arguments.text("name")));
    }

    @Test
    void shouldCarryVerbsOut() throws IOException {
        try (ControlServer server = open()) {
            assertEquals(state().resolve("control.sock"), server.path());
            assertEquals(Map.of("text", "hello Zoë\n"), ControlClient.call(state(), "greet", Map.of("name", "Zoë\n")));
            Map<String, Object> all = Map.of("a", List.of(1L, 2.5, true, "x", Map.of("b", List.of())));
            assertEquals(Map.of("back", all), ControlClient.call(state(), "echo", Map.of("there", all)));
        }
        assertTrue(Files.notExists(state().resolve("control.sock")));
    }

    @Test
    void shouldSayWhyNot() throws IOException {
        try (ControlServer server = open()) {
            assertMessage("no \"luck\"\ntoday", "fail");
            assertMessage("this instance has no \"dance\"; it has: echo, fail, greet", "dance");
            assertMessage("a text is missing: name", "greet");
            IOException second = assertThrows(IOException.class, this::open);
            assertTrue(second.toString().contains("in use by another process"), second.toString());
            assertThrows(IllegalStateException.class, () -> server.register("echo", arguments -> Map.of()));
        }
        assertMessage(
                "no instance is running with this state directory: nobody answers at "
                        + state().toAbsolutePath().resolve("control.sock")
                        + "; start one, or name its directory with --state",
                "greet");
    }

    @Test
    void shouldBeItsOwnersAlone() throws IOException {
        try (ControlServer server = open()) {
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(server.path())));
        }
        Files.setPosixFilePermissions(state(), PosixFilePermissions.fromString("rwxrwxr-x"));
        IOException open = assertThrows(IOException.class, this::open);
        assertTrue(open.toString().contains("(mode 775), and holds secrets: chmod 700"), open.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{}",
                "null",
                "{\"verb\":7}",
                "{\"verb\":\"greet\"} {}",
                "{\"verb\":\"greet\",\"verb\":\"echo\"}",
                "{\"verb\":\"greet\",\"arguments\":{\"name\":1}}",
                "{\"verb\":\"greet\",\"arguments\":[1]}",
                "{\"verb\":\"greet\",\"arguments\":{\"name\":99999999999999999999999}}",
            })
    void shouldRefuseWhatIsNoRequest(String request) throws IOException {
        try (ControlServer server = open()) {
            Map<String, Object> answer = Json.read(server.answer(request));
            assertEquals(false, answer.get("ok"), answer.toString());
            assertTrue(answer.get("error") instanceof String, answer.toString());
        }
    }

    @Test
    void shouldBoundTheDepth() throws IOException {
        String deep = "{\"a\":".repeat(15) + "1" + "}".repeat(15);
        assertEquals(deep, Json.write(Json.read(deep)));

        assertThrows(IOException.class, () -> Json.read("{\"a\":".repeat(17) + "1" + "}".repeat(17)));
        assertThrows(IOException.class, () -> Json.read("{\"a\":" + "[".repeat(20_000)));
    }

    /** Whatever comes: an answer of one line. */
    @Test
    void shouldAnswerAnything() throws IOException {
        long seed = 20_261_129;
        SplittableRandom random = new SplittableRandom(seed);
        String valid = "{\"verb\":\"echo\",\"arguments\":{\"there\":[1,2.5,true,null,{\"b\":\"c\\u0041\"}]}}";
        try (ControlServer server = open()) {
            for (int round = 0; round < 20_000; round++) {
                StringBuilder request = new StringBuilder(valid);
                for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
                    request.setCharAt(random.nextInt(request.length()), (char) random.nextInt(0x80));
                }
                String answer = server.answer(request.toString());
                assertTrue(answer.startsWith("{\"ok\":"), "seed=" + seed + " round=" + round + " " + answer);
                assertEquals(-1, answer.indexOf('\n'), "seed=" + seed + " round=" + round);
            }
        }
    }

    private void assertMessage(String message, String verb) {
        IOException refused = assertThrows(IOException.class, () -> ControlClient.call(state(), verb, Map.of()));
        assertEquals(message, refused.getMessage());
    }
}
