// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import io.pktkit.interop.Commands;
import io.pktkit.link.Links;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.vclient.VirtualClientConfig;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.tunnel.WgDevice;
import io.pktkit.wg.tunnel.WgPort;
import io.pktkit.wg.tunnel.WgPortConfig;
import io.pktkit.wg.uapi.UapiServer;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;

/**
 * A device of ours in a network namespace, and so in a process of its own, with a host behind it. All that is said to it is
 * which address to ping; the rest is for {@code wg}.
 */
final class OurEndInNamespace implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(3);

    private final Process process;
    private final BufferedReader output;
    private final BufferedWriter input;

    OurEndInNamespace(String namespace, String name, String inner) throws IOException {
        process = new ProcessBuilder(List.of(
                        "ip",
                        "netns",
                        "exec",
                        namespace,
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OurEndInNamespace.class.getName(),
                        name,
                        inner))
                .redirectErrorStream(true)
                .start();
        output = process.inputReader(StandardCharsets.UTF_8);
        input = process.outputWriter(StandardCharsets.UTF_8);
        String line = output.readLine();
        while (line != null && !line.equals("ready")) {
            line = output.readLine();
        }
        if (line == null) {
            throw new AssertionError("our end did not come up: exit " + Commands.awaitEnd(process));
        }
    }

    /** Whether an echo came back within 3 s. */
    boolean pings(String address) {
        try {
            input.write(address + "\n");
            input.flush();
            String line = output.readLine();
            while (line != null && !line.equals("pong") && !line.equals("lost")) {
                line = output.readLine();
            }
            return "pong".equals(line);
        } catch (IOException e) {
            throw new AssertionError("our end is gone", e);
        }
    }

    @Override
    public void close() {
        Commands.kill(process);
    }

    /** The process. */
    public static void main(String[] args) throws IOException {
        try (WgPort port = WgPort.open(WgPortConfig.client());
                WgDevice device = port.addDevice(WgPrivateKey.generate(new SecureRandom()));
                VirtualClient client = new VirtualClient(VirtualClientConfig.DEFAULT.withMtu(OurEnd.MTU));
                UapiServer socket = UapiServer.open(args[0], port, device.peers(), Path.of("/nonexistent"));
                BufferedReader words = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            client.setPrefix(IpPrefix.parse(args[1] + "/16"));
            Links.connect(device, client);
            System.out.println(socket.path().toString().isEmpty() ? "" : "ready");
            for (String line = words.readLine(); line != null; line = words.readLine()) {
                System.out.println(ping(client, line) ? "pong" : "lost");
            }
        }
    }

    private static boolean ping(VirtualClient client, String address) {
        try {
            client.ping(IpAddress.parse(address), LIMIT);
            return true;
        } catch (IOException lost) {
            return false;
        }
    }
}
