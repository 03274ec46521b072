// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;

/** A network of {@code pktkit up} with a Linux guest on its TAP device: namespace, kernel stack and real programs. */
final class Guest implements AutoCloseable {
    static final Duration LIMIT = Await.LIMIT;

    final String tap = "pk" + Integer.toHexString(ThreadLocalRandom.current().nextInt() & 0xffffff);
    final PktkitCommand network;
    final NetworkNamespace namespace;
    private final Path events;

    Guest(String... options) throws IOException, InterruptedException {
        String[] arguments = new String[options.length + 3];
        arguments[0] = "up";
        arguments[1] = "--tap";
        arguments[2] = tap;
        System.arraycopy(options, 0, arguments, 3, options.length);
        events = Files.createTempFile("pktkit-dhcp", ".events");
        network = PktkitCommand.start(arguments);
        network.awaitLine("ready");
        namespace = new NetworkNamespace();
        namespace.adopt(tap);
    }

    /** Runs dhclient until it holds a lease. */
    Commands.Result dhclient() {
        return shell("PKTKIT_EVENTS=" + events + " dhclient -1 -v -sf " + script("dhclient-script") + " -lf " + events
                        + ".leases -pf " + events + ".pid -e PKTKIT_EVENTS=" + events + " " + tap)
                .expectSuccess();
    }

    /** Runs udhcpc until it holds a lease. */
    Commands.Result udhcpc() {
        return shell("PKTKIT_EVENTS=" + events + " udhcpc -i " + tap + " -n -q -f -t 20 -s " + script("udhcpc-script"))
                .expectSuccess();
    }

    Commands.Result shell(String commands) {
        return namespace.exec(LIMIT, "sh", "-c", commands);
    }

    private static Path script(String name) {
        try {
            Path copy = Files.createTempFile("pktkit", name);
            copy.toFile().deleteOnExit();
            try (var in = Objects.requireNonNull(Guest.class.getResourceAsStream("/" + name), name)) {
                Files.write(copy, in.readAllBytes());
            }
            if (!copy.toFile().setExecutable(true, false) || !copy.toFile().setReadable(true, false)) {
                throw new IOException("cannot make executable: " + copy);
            }
            return copy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            Path pid = Path.of(events + ".pid");
            if (Files.exists(pid)) {
                shell("pid=$(cat " + pid + ") && kill $pid && while kill -0 $pid 2>/dev/null; do sleep 0.02; done");
            }
        } finally {
            namespace.close();
            network.close();
            for (String suffix : new String[] {"", ".leases", ".pid"}) {
                Files.deleteIfExists(Path.of(events + suffix));
            }
        }
    }
}
