// SPDX-License-Identifier: MIT
package io.pktkit.qemu.internal;

import io.pktkit.internal.Backoff;
import io.pktkit.internal.SelfConnect;
import io.pktkit.time.Cancellable;
import io.pktkit.time.Timers;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Connects again and again, with pauses that grow, each time that it is asked. Everything runs on the loop's thread, where a
 * name may be resolved too: the loop has nothing else to do while its only connection is down.
 */
public final class Dialer implements ChannelLoop.Ready {

    private final ChannelLoop loop;
    private final Timers timers;
    private final Target target;
    private final Backoff backoff;
    private final Connected connected;

    private @Nullable SocketChannel pending;
    private @Nullable Cancellable pause;
    private boolean stopped;

    /** Where to connect to. */
    @FunctionalInterface
    public interface Target {

        /**
         * Resolves.
         *
         * @return the address
         * @throws IOException if it cannot be resolved now
         */
        SocketAddress resolve() throws IOException;
    }

    /** What a connection is given to. */
    @FunctionalInterface
    public interface Connected {

        /**
         * Takes a channel over.
         *
         * @param channel connected
         * @throws IOException if it is of no use
         */
        void take(SocketChannel channel) throws IOException;
    }

    /**
     * Creates one that waits to be asked. It uses the caller's place at the loop.
     *
     * @param loop whose thread dials
     * @param timers the clock of the pauses
     * @param target where to
     * @param backoff the pauses
     * @param connected gets what was connected
     */
    public Dialer(ChannelLoop loop, Timers timers, Target target, Backoff backoff, Connected connected) {
        this.loop = loop;
        this.timers = timers;
        this.target = target;
        this.backoff = backoff;
        this.connected = connected;
    }

    /** Connects now. Any thread. */
    public void dial() {
        loop.execute(this::tryNow);
    }

    /** Connects after the next pause. On the loop's thread. */
    public void dialLater() {
        if (!stopped) {
            pause = timers.schedule(backoff.next(), this::dial);
        }
    }

    /** The connection is of use: the next pause is the first again. On the loop's thread. */
    public void proven() {
        backoff.reset();
    }

    /** Gives up. On the loop's thread. */
    public void stop() {
        stopped = true;
        Cancellable waiting = pause;
        if (waiting != null) {
            waiting.cancel();
        }
        closePending();
    }

    private void tryNow() {
        if (stopped) {
            return;
        }
        try {
            SocketAddress address = target.resolve();
            SocketChannel channel = Sockets.open(address);
            pending = channel;
            channel.configureBlocking(false);
            if (channel.connect(address)) {
                handOver();
            } else {
                loop.register(channel, SelectionKey.OP_CONNECT, this);
            }
        } catch (IOException | RuntimeException failure) {
            onFailure(failure);
        }
    }

    @Override
    public void onReady() throws IOException {
        SocketChannel channel = pending;
        if (channel != null && channel.finishConnect()) {
            handOver();
        }
    }

    private void handOver() throws IOException {
        SocketChannel channel = pending;
        if (channel != null) {
            SelfConnect.refuse(channel.getLocalAddress(), channel.getRemoteAddress());
            pending = null;
            connected.take(channel);
        }
    }

    @Override
    public void onFailure(Throwable failure) {
        closePending();
        dialLater();
    }

    private void closePending() {
        SocketChannel channel = pending;
        pending = null;
        if (channel != null) {
            Sockets.closeQuietly(channel);
        }
    }
}
