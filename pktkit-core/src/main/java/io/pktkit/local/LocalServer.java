// SPDX-License-Identifier: MIT
package io.pktkit.local;

import io.pktkit.device.FailureLog;
import io.pktkit.internal.AcceptLoop;
import io.pktkit.internal.Daemons;
import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests of text on a Unix socket that only its owner can connect to. A connection may ask several times, one
 * after the other. The requests of all connections are answered by one thread; who asks slowly, or does not read, holds
 * up nobody.
 */
public final class LocalServer implements AutoCloseable {

    private static final int MAX_CONNECTIONS = 16;
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long LOOK_MILLIS = 1000;

    private final Path path;
    private final ServerSocketChannel listener;
    private final Selector selector;
    private final AcceptLoop<SocketChannel> loop;
    private final LocalProtocol protocol;
    private final FailureLog failures = new FailureLog(LocalServer.class, "control socket");
    private final Thread thread;
    private final @Nullable Object file;
    private volatile boolean closed;

    private LocalServer(
            Path path, ServerSocketChannel listener, Selector selector, LocalProtocol protocol, Timers timers)
            throws IOException {
        this.path = path;
        this.listener = listener;
        this.selector = selector;
        this.protocol = protocol;
        this.loop = AcceptLoop.on(listener, this::admit, failures::record, timers);
        this.file = fileKey(path);
        this.thread = Daemons.thread("pktkit-socket-" + path.getFileName(), this::run);
    }

    /**
     * Opens a socket. One that was left behind by a process that is gone is replaced.
     *
     * @param path where it is, in a directory that is there
     * @param protocol how requests end, and what is answered
     * @return the server, which the caller owns
     * @throws IOException if another process listens there, or it cannot be made
     */
    public static LocalServer open(Path path, LocalProtocol protocol) throws IOException {
        return open(path, protocol, SystemTimers.shared());
    }

    /**
     * Opens a socket. One that was left behind by a process that is gone is replaced.
     *
     * @param path where it is, in a directory that is there
     * @param protocol how requests end, and what is answered
     * @param timers the clock of the pauses when nobody can be let in, for a want of file descriptors for instance
     * @return the server, which the caller owns
     * @throws IOException if another process listens there, or it cannot be made
     */
    public static LocalServer open(Path path, LocalProtocol protocol, Timers timers) throws IOException {
        Path absolute = path.toAbsolutePath();
        makeRoom(absolute);
        ServerSocketChannel listener = listen(absolute);
        try {
            listener.configureBlocking(false);
            Selector selector = Selector.open();
            try {
                listener.register(selector, SelectionKey.OP_ACCEPT);
                LocalServer server = new LocalServer(absolute, listener, selector, protocol, timers);
                server.thread.start();
                return server;
            } catch (IOException | RuntimeException | Error e) {
                selector.close();
                throw e;
            }
        } catch (IOException | RuntimeException | Error e) {
            listener.close();
            Files.deleteIfExists(absolute);
            throw e;
        }
    }

    /** The socket is made where nobody else gets in, and moved to its place with its mode. */
    private static ServerSocketChannel listen(Path path) throws IOException {
        Path directory = Objects.requireNonNull(path.getParent(), "directory");
        Path nursery = PrivateFiles.makeTemporary(directory);
        try {
            Path born = nursery.resolve("s");
            ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                listener.bind(UnixDomainSocketAddress.of(born));
                PrivateFiles.restrict(born);
                Files.move(born, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                return listener;
            } catch (IOException | RuntimeException | Error e) {
                listener.close();
                Files.deleteIfExists(born);
                throw e;
            }
        } finally {
            Files.deleteIfExists(nursery);
        }
    }

    private static void makeRoom(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        BasicFileAttributes attributes =
                Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isOther()) {
            throw new IOException(path + " is no socket: remove it, or name another path");
        }
        try (SocketChannel other = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException nobody) {
            return; // it is replaced
        }
        throw new IOException(path + " is in use by another process: end that one, or name another path");
    }

    /** {@return where the socket is} */
    public Path path() {
        return path;
    }

    private void run() {
        try {
            while (!closed) {
                proceed();
            }
        } catch (IOException e) {
            if (!closed) {
                failures.record(e);
            }
        } finally {
            release();
        }
    }

    private void proceed() throws IOException {
        try {
            round();
        } catch (RuntimeException | Error e) {
            failures.record(e); // a want of memory passes
        }
    }

    private void round() throws IOException {
        selector.select(LOOK_MILLIS);
        long now = System.nanoTime();
        for (SelectionKey key : List.copyOf(selector.selectedKeys())) {
            serve(key, now);
        }
        selector.selectedKeys().clear();
        for (SelectionKey key : connections()) {
            if (connection(key).isIdle(now, IDLE_NANOS)) {
                drop(key);
            }
        }
    }

    private void serve(SelectionKey key, long now) {
        if (!key.isValid()) {
            return;
        }
        if (key.isAcceptable()) {
            loop.onReady(key);
            return;
        }
        try {
            if (!connection(key).proceed(key, now)) {
                drop(key);
            }
        } catch (IOException gone) {
            drop(key);
        } catch (RuntimeException | Error e) {
            failures.record(e);
            drop(key);
        }
    }

    private void admit(SocketChannel channel) throws IOException {
        if (connections().size() >= MAX_CONNECTIONS) {
            channel.close();
            return;
        }
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, new LocalConnection(channel, protocol, System.nanoTime()));
    }

    private List<SelectionKey> connections() {
        List<SelectionKey> keys = new ArrayList<>();
        for (SelectionKey key : selector.keys()) {
            if (key.isValid() && key.attachment() != null) {
                keys.add(key);
            }
        }
        return keys;
    }

    private static LocalConnection connection(SelectionKey key) {
        return (LocalConnection) key.attachment();
    }

    private void drop(SelectionKey key) {
        key.cancel();
        try {
            connection(key).close();
        } catch (IOException e) {
            failures.record(e);
        }
    }

    private void release() {
        for (SelectionKey key : connections()) {
            drop(key);
        }
        try {
            listener.close();
            loop.close();
            selector.close();
            // Another process may have the place by now.
            if (file != null && file.equals(fileKey(path))) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            failures.record(e);
        }
    }

    private static @Nullable Object fileKey(Path path) throws IOException {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                ? Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                        .fileKey()
                : null;
    }

    /** Ends all connections, and takes the socket away. Waits for the answer that is being made. Idempotent. */
    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        if (Thread.currentThread() == thread) {
            return; // from within an answer, which is the last one
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
