// SPDX-License-Identifier: MIT
package io.pktkit.lab.control;

import io.pktkit.local.LocalProtocol;
import io.pktkit.local.LocalServer;
import io.pktkit.local.PrivateFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListMap;

/** The socket through which a running instance is asked. Any thread. */
public final class ControlServer implements AutoCloseable {

    /** What the socket is called in the state directory. */
    static final String NAME = "control.sock";

    private static final int MAX_REQUEST = 64 << 10;

    private final LocalServer server;
    private final Map<String, ControlHandler> verbs = new ConcurrentSkipListMap<>();

    private ControlServer(Path directory) throws IOException {
        LocalProtocol protocol = new LocalProtocol(false, MAX_REQUEST, request -> answer(request) + "\n");
        this.server = LocalServer.open(directory.resolve(NAME), protocol);
    }

    /**
     * Opens the socket.
     *
     * @param directory the state directory, which is made if need be
     * @return the socket, without verbs
     * @throws IOException if another instance has this directory, or it is open to others; the message has the remedy
     */
    public static ControlServer open(Path directory) throws IOException {
        return new ControlServer(PrivateFiles.makeDirectory(directory));
    }

    /**
     * Adds a verb.
     *
     * @param verb such as {@code wg show}
     * @param handler who carries it out
     * @return this
     * @throws IllegalStateException if there is one of this name
     */
    public ControlServer register(String verb, ControlHandler handler) {
        if (verbs.putIfAbsent(verb, handler) != null) {
            throw new IllegalStateException("there is such a verb already: verb=" + verb);
        }
        return this;
    }

    /** {@return where the socket is} */
    public Path path() {
        return server.path();
    }

    /** Gives the answer to a line, without its end. */
    String answer(String request) {
        Map<String, Object> answer = new LinkedHashMap<>();
        try {
            Map<String, Object> result = carryOut(Json.read(request));
            answer.put("ok", true);
            answer.put("result", result);
            return Json.write(answer);
        } catch (IOException | IllegalArgumentException | IllegalStateException e) {
            return refusal(Objects.requireNonNullElse(e.getMessage(), e.toString()));
        }
    }

    private Map<String, Object> carryOut(Map<String, Object> request) throws IOException {
        ControlArguments whole = new ControlArguments(request);
        String verb = whole.text("verb");
        ControlHandler handler = verbs.get(verb);
        if (handler == null) {
            throw new IOException(
                    "this instance has no \"" + verb + "\"; it has: " + String.join(", ", verbs.keySet()));
        }
        Map<String, Object> arguments = new LinkedHashMap<>();
        if (whole.value("arguments") instanceof Map<?, ?> given) {
            given.forEach((name, value) -> arguments.put((String) name, value));
        }
        return handler.handle(new ControlArguments(arguments));
    }

    private static String refusal(String why) {
        try {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("ok", false);
            answer.put("error", why);
            return Json.write(answer);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // text cannot fail to become JSON
        }
    }

    /** Takes the socket away. Idempotent. */
    @Override
    public void close() {
        server.close();
    }
}
