// SPDX-License-Identifier: MIT
package io.pktkit.qemu;

import io.pktkit.qemu.internal.ChannelLoop;
import io.pktkit.qemu.internal.Sockets;
import io.pktkit.qemu.internal.UnixSocketFile;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Two devices that are connected with each other through a socket of this process: a link that queues and drops as that to a
 * guest does, where {@link io.pktkit.link.Links#connect} would run to completion.
 *
 * @param first one end
 * @param second the other end
 */
public record QemuPair(QemuDevice first, QemuDevice second) implements AutoCloseable {

    /**
     * Makes a pair, with one thread for both.
     *
     * @param config the limits of both
     * @return the pair
     * @throws IOException if the system refuses
     */
    public static QemuPair open(QemuConfig config) throws IOException {
        // The JDK has no socketpair(2). Nobody else can connect in between: the directory is its owner's alone.
        Path directory = Files.createTempDirectory("pktkit");
        Path path = directory.resolve("pair");
        try {
            UnixSocketFile.Bound bound = UnixSocketFile.listen(path);
            try {
                SocketChannel one = SocketChannel.open(UnixDomainSocketAddress.of(path));
                SocketChannel other = bound.channel().accept();
                if (other == null) {
                    Sockets.closeQuietly(one);
                    throw new IOException("the system has lost a connection: " + path);
                }
                return over(one, other, config);
            } finally {
                Sockets.closeQuietly(bound.channel());
                bound.file().remove();
            }
        } finally {
            Files.deleteIfExists(directory);
        }
    }

    private static QemuPair over(SocketChannel one, SocketChannel other, QemuConfig config) throws IOException {
        ChannelLoop loop;
        try {
            loop = ChannelLoop.start("pktkit-qemu-pair");
        } catch (IOException | Error failure) {
            Sockets.closeQuietly(one);
            Sockets.closeQuietly(other);
            throw failure;
        }
        loop.retain();
        QemuDevice first;
        try {
            first = QemuDevice.on(one, loop, config, () -> {});
        } catch (IOException failure) {
            Sockets.closeQuietly(other);
            loop.release();
            throw failure;
        }
        try {
            return new QemuPair(first, QemuDevice.on(other, loop, config, () -> {}));
        } catch (IOException failure) {
            first.close();
            throw failure;
        }
    }

    /** Closes both. Their thread has ended when this returns, or soon after that where one of their callbacks calls it. */
    @Override
    public void close() {
        first.close();
        second.close();
        // It sees the first's end, and may be who closes the second.
        first.awaitThread();
        second.awaitThread();
    }
}
