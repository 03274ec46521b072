// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for programs that must be told theirs. They were free a moment ago, and stay so, as they are below those that the
 * kernel gives to who asks for any: a port that it gave, and that was closed, is soon somebody else's on a busy machine.
 */
public final class FreePorts {

    private static final Path OF_THE_KERNEL = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
    private static final int LOWEST = 10_000;
    private static final int TRIES = 1000;

    private FreePorts() {}

    private interface Trial {

        void bind(int port) throws IOException;
    }

    /** {@return one for UDP} */
    public static int udp() {
        return find(port -> new DatagramSocket(port).close());
    }

    /** {@return one for TCP} */
    public static int tcp() {
        return find(port -> new ServerSocket(port).close());
    }

    private static int find(Trial trial) {
        IOException last = new IOException("none was tried");
        for (int i = 0; i < TRIES; i++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, end());
            try {
                trial.bind(port);
                return port;
            } catch (IOException taken) {
                last = taken;
            }
        }
        throw new UncheckedIOException("no free port", last);
    }

    private static int end() {
        try {
            int first = Integer.parseInt(Files.readString(OF_THE_KERNEL).strip().split("\\s+", 2)[0]);
            // A machine that gives nearly all of them leaves no better choice than one of these.
            return first > 2 * LOWEST ? first : 65_536;
        } catch (IOException e) {
            return 32_768; // as Linux begins unless it is told otherwise
        }
    }
}
