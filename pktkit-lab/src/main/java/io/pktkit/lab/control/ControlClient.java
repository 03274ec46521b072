// SPDX-License-Identifier: MIT
package io.pktkit.lab.control;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Asks a running instance. Any thread. */
public final class ControlClient {

    private static final int MAX_ANSWER = 16 << 20;

    private ControlClient() {}

    /**
     * Has a verb carried out.
     *
     * @param directory the instance's state directory
     * @param verb such as {@code wg show}
     * @param arguments what it is given
     * @return the result
     * @throws IOException if no instance runs there, or it could not do it; the message says why
     */
    public static Map<String, Object> call(Path directory, String verb, Map<String, ?> arguments) throws IOException {
        Map<String, Object> answer =
                Json.read(exchange(directory, Json.write(Map.of("verb", verb, "arguments", arguments))));
        if (Boolean.TRUE.equals(answer.get("ok")) && answer.get("result") instanceof Map<?, ?> result) {
            Map<String, Object> copy = new LinkedHashMap<>();
            result.forEach((name, value) -> copy.put((String) name, value));
            return copy;
        }
        throw new IOException(answer.get("error") instanceof String why ? why : "the instance answered nonsense");
    }

    private static String exchange(Path directory, String request) throws IOException {
        Path path = directory.resolve(ControlServer.NAME).toAbsolutePath();
        try (SocketChannel channel = connect(path)) {
            ByteBuffer bytes = ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            return line(channel);
        }
    }

    private static SocketChannel connect(Path path) throws IOException {
        try {
            return SocketChannel.open(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            throw new IOException(
                    "no instance is running with this state directory: nobody answers at " + path
                            + "; start one, or name its directory with --state",
                    e);
        }
    }

    private static String line(SocketChannel channel) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        byte[] some = new byte[8192];
        while (line.size() <= MAX_ANSWER) {
            int count = channel.read(ByteBuffer.wrap(some));
            if (count < 0) {
                throw new IOException("the instance ended before it answered");
            }
            if (count > 0 && some[count - 1] == '\n') {
                line.write(some, 0, count - 1);
                return line.toString(StandardCharsets.UTF_8);
            }
            line.write(some, 0, count);
        }
        throw new IOException("the instance answered with more than " + MAX_ANSWER + " bytes");
    }
}
