// SPDX-License-Identifier: MIT
package io.pktkit.wg.uapi;

import io.pktkit.local.LocalProtocol;
import io.pktkit.local.LocalServer;
import io.pktkit.local.PrivateFiles;
import io.pktkit.wg.tunnel.WgPeers;
import io.pktkit.wg.tunnel.WgPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * The socket through which {@code wg} speaks with an identity of ours. Only who runs this process, and root, can use it.
 *
 * <pre>{@code
 * try (UapiServer socket = UapiServer.open("wg0", port, device.peers(), Path.of("/run/user/1000/wireguard"))) {
 *     ...
 * }
 * }</pre>
 *
 * <p>Any thread. The port and the peers stay the caller's to close.
 */
public final class UapiServer implements AutoCloseable {

    /** Where {@code wg} looks. */
    public static final Path STANDARD = Path.of("/var/run/wireguard");

    private static final int MAX_REQUEST = 16 << 20;

    /** What {@code wg-quick} takes for the name of an interface. */
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_=+.-]{1,15}");

    private final LocalServer server;

    private UapiServer(LocalServer server) {
        this.server = server;
    }

    /**
     * Opens the socket of an identity.
     *
     * @param name what {@code wg} calls it, such as {@code wg0}: 1 to 15 letters, digits and {@code _=+.-}
     * @param port the UDP port
     * @param peers the peers of an identity of that port
     * @param otherwise the directory for the socket where {@link #STANDARD} cannot be written; made if need be
     * @return the socket
     * @throws IOException if another process has a socket of this name, or it cannot be made
     */
    public static UapiServer open(String name, WgPort port, WgPeers peers, Path otherwise) throws IOException {
        return open(name, new PortTarget(port, peers), directory(otherwise));
    }

    /**
     * Opens the socket of anything that the protocol can speak about.
     *
     * @param name what {@code wg} calls it: 1 to 15 letters, digits and {@code _=+.-}
     * @param target whom requests are about
     * @param directory where the socket is, as NAME.sock
     * @return the socket
     * @throws IOException if another process has a socket of this name, or it cannot be made
     */
    public static UapiServer open(String name, UapiTarget target, Path directory) throws IOException {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("a name of 1 to 15 letters, digits and _=+.- is needed: name="
                    + name.replaceAll("\\p{Cntrl}", "?"));
        }
        LocalProtocol protocol = new LocalProtocol(true, MAX_REQUEST, request -> Uapi.answer(request, target));
        return new UapiServer(LocalServer.open(directory.resolve(name + ".sock"), protocol));
    }

    /** The first that can be written. Nobody else can put something in the place of a socket in a directory of root's. */
    private static Path directory(Path otherwise) throws IOException {
        Path parent = STANDARD.getParent();
        if (parent != null && !Files.exists(STANDARD) && Files.isWritable(parent)) {
            return PrivateFiles.makeDirectory(STANDARD);
        }
        return Files.isWritable(STANDARD) ? STANDARD : PrivateFiles.makeDirectory(otherwise);
    }

    /** {@return where the socket is} */
    public Path path() {
        return server.path();
    }

    /** Ends all connections, and takes the socket away. Idempotent. */
    @Override
    public void close() {
        server.close();
    }
}
