// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import io.pktkit.lab.LanConfig;
import io.pktkit.wire.IpAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Turns the text of options into settings. */
final class Options {
    private static final InetAddress LOOPBACK = IpAddress.parse("127.0.0.1").toInetAddress();

    private Options() {}

    /** Sets one, and names the option and its value if that is refused. */
    static void set(String option, String value, Runnable setter) throws UsageException {
        try {
            setter.run();
        } catch (IllegalArgumentException e) {
            throw new UsageException(option + " " + value + ": " + e.getMessage(), e);
        }
    }

    /** {@code PORT} of the host's loopback, or {@code PORT=ADDRESS:PORT} of anything that the host can reach. */
    static void allowHost(LanConfig.Builder config, String text) {
        int equals = text.indexOf('=');
        if (equals < 0) {
            config.allowHost(port(text));
            return;
        }
        int colon = text.lastIndexOf(':');
        if (colon < equals) {
            throw new IllegalArgumentException("the target needs an address and a port, such as 8080=127.0.0.1:80");
        }
        String host = text.substring(equals + 1, colon).replaceAll("^\\[(.*)]$", "$1");
        int target = port(text.substring(colon + 1));
        config.allowHost(port(text.substring(0, equals)), new InetSocketAddress(address(host), target));
    }

    /** Of names only this one, which has a meaning without asking anybody. */
    private static InetAddress address(String host) {
        return host.equalsIgnoreCase("localhost")
                ? LOOPBACK
                : IpAddress.parse(host).toInetAddress();
    }

    private static int port(String text) {
        try {
            int port = Integer.parseInt(text);
            if (port >= 1 && port <= 65535) {
                return port;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("a port is a number from 1 to 65535: port=" + text, e);
        }
        throw new IllegalArgumentException("a port is a number from 1 to 65535: port=" + text);
    }
}
