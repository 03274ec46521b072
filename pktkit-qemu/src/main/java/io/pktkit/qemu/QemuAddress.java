// SPDX-License-Identifier: MIT
package io.pktkit.qemu;

import io.pktkit.wire.AddressFormatException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where QEMU and this program meet: {@code unix:PATH} or {@code tcp:HOST:PORT}. Immutable. A host name is kept as it is and
 * resolved when it is used, each time anew.
 */
public final class QemuAddress {

    private static final String UNIX = "unix:";
    private static final String TCP = "tcp:";
    private static final int MAX_PORT = 65_535;

    private final @Nullable Path path;
    private final String host;
    private final int port;

    private QemuAddress(@Nullable Path path, String host, int port) {
        this.path = path;
        this.host = host;
        this.port = port;
    }

    /**
     * Names a Unix socket.
     *
     * @param path its file
     * @return the address
     */
    public static QemuAddress unix(Path path) {
        if (path.toString().isEmpty()) {
            throw new IllegalArgumentException("path must not be empty: path=");
        }
        return new QemuAddress(path, "", 0);
    }

    /**
     * Names a TCP port.
     *
     * @param host a name or an address, IPv6 without brackets
     * @param port 0 to 65 535; 0 lets a listener choose
     * @return the address
     */
    public static QemuAddress tcp(String host, int port) {
        if (host.isEmpty() || port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("no TCP address: host=" + host + " port=" + port);
        }
        return new QemuAddress(null, host, port);
    }

    /**
     * Reads {@code unix:PATH} or {@code tcp:HOST:PORT}, with an IPv6 address as {@code tcp:[::1]:PORT}.
     *
     * @param text the text
     * @return the address
     * @throws AddressFormatException if it is neither
     */
    public static QemuAddress parse(String text) {
        try {
            if (text.startsWith(UNIX)) {
                return unix(Path.of(text.substring(UNIX.length())));
            }
            if (text.startsWith(TCP)) {
                return parseTcp(text.substring(TCP.length()));
            }
        } catch (IllegalArgumentException refused) { // an invalid path, too
            throw unreadable(text);
        }
        throw unreadable(text);
    }

    private static QemuAddress parseTcp(String text) {
        int colon = text.lastIndexOf(':');
        String host = text.substring(0, Math.max(colon, 0));
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (bracketed) {
            host = host.substring(1, host.length() - 1);
        }
        String port = text.substring(colon + 1);
        boolean digits = !port.isEmpty() && port.length() <= 5 && port.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!digits || bracketed != host.contains(":")) {
            throw new IllegalArgumentException("no TCP address: text=" + text);
        }
        return tcp(host, Integer.parseInt(port));
    }

    private static AddressFormatException unreadable(String text) {
        return new AddressFormatException(
                "an address of QEMU",
                text,
                "expected unix:PATH or tcp:HOST:PORT, such as unix:q.sock or tcp:127.0.0.1:9000");
    }

    /** {@return whether it is a Unix socket} */
    public boolean isUnix() {
        return path != null;
    }

    /**
     * Tells the file of a Unix socket.
     *
     * @return the path
     * @throws IllegalStateException if it is a TCP port
     */
    public Path path() {
        Path file = path;
        if (file == null) {
            throw new IllegalStateException("not a Unix socket: address=" + this);
        }
        return file;
    }

    /** {@return the host of a TCP port, as it was given; empty for a Unix socket} */
    public String host() {
        return host;
    }

    /** {@return the TCP port; 0 for a Unix socket} */
    public int port() {
        return port;
    }

    /**
     * Resolves.
     *
     * @return the address as sockets want it
     * @throws IOException if the host's name is not known
     */
    SocketAddress resolve() throws IOException {
        if (path != null) {
            return UnixDomainSocketAddress.of(path);
        }
        try {
            return new InetSocketAddress(InetAddress.getByName(host), port);
        } catch (UnknownHostException unknown) {
            throw new IOException("the host " + host + " is not known: check its name", unknown);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof QemuAddress that
                && Objects.equals(path, that.path)
                && host.equals(that.host)
                && port == that.port;
    }

    @Override
    public int hashCode() {
        return Objects.hash(path, host, port);
    }

    /** {@return the text that {@link #parse} reads} */
    @Override
    public String toString() {
        if (path != null) {
            return UNIX + path;
        }
        return TCP + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
