// SPDX-License-Identifier: MIT
package io.pktkit.qemu.internal;

import io.pktkit.time.Cancellable;
import io.pktkit.time.Timers;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Accepts on a loop's thread. A failure to accept, such as a lack of file descriptors, pauses it: the peer stays in the
 * backlog, and a loop that tried at once again would do nothing else.
 */
public final class AcceptSource implements ChannelLoop.Ready {

    /** Accepted at one wake-up; the rest comes at the next, after the others' turn. */
    private static final int AT_ONCE = 64;

    private static final long FIRST_PAUSE_NANOS = 10_000_000L;
    private static final long LAST_PAUSE_NANOS = 1_000_000_000L;

    private final ServerSocketChannel channel;
    private final ChannelLoop loop;
    private final Timers timers;
    private final Consumer<SocketChannel> arrived;
    private final Backoff backoff = new Backoff(FIRST_PAUSE_NANOS, LAST_PAUSE_NANOS);

    private @Nullable SelectionKey key;
    private @Nullable Cancellable pause;

    /**
     * Creates one that does nothing yet.
     *
     * @param channel bound and not blocking; closed by {@link #stop}
     * @param loop whose thread accepts
     * @param timers the clock of the pauses
     * @param arrived takes a connection over; on the loop's thread
     */
    public AcceptSource(ServerSocketChannel channel, ChannelLoop loop, Timers timers, Consumer<SocketChannel> arrived) {
        this.channel = channel;
        this.loop = loop;
        this.timers = timers;
        this.arrived = arrived;
    }

    /** Begins to accept. Any thread. */
    public void start() {
        loop.execute(() -> {
            try {
                key = loop.register(channel, SelectionKey.OP_ACCEPT, this);
            } catch (IOException closed) {
                onFailure(closed);
            }
        });
    }

    /** Stops listening, at once. Any thread. */
    public void stop() {
        Sockets.closeQuietly(channel);
        loop.execute(() -> {
            Cancellable waiting = pause;
            if (waiting != null) {
                waiting.cancel();
            }
        });
    }

    @Override
    public void onReady() {
        for (int i = 0; i < AT_ONCE && channel.isOpen(); i++) {
            SocketChannel next;
            try {
                next = channel.accept();
            } catch (IOException failure) {
                pause();
                return;
            }
            if (next == null) {
                return;
            }
            backoff.reset();
            arrived.accept(next);
        }
    }

    private void pause() {
        listen(0);
        if (channel.isOpen()) {
            pause = timers.schedule(backoff.next(), () -> loop.execute(() -> listen(SelectionKey.OP_ACCEPT)));
        }
    }

    private void listen(int interest) {
        SelectionKey mine = key;
        if (mine != null && mine.isValid()) {
            mine.interestOps(interest);
        }
    }

    @Override
    public void onFailure(Throwable failure) {
        Sockets.closeQuietly(channel);
    }
}
