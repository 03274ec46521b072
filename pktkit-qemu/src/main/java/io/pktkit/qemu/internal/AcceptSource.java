// SPDX-License-Identifier: MIT
package io.pktkit.qemu.internal;

import io.pktkit.device.FailureLog;
import io.pktkit.internal.AcceptLoop;
import io.pktkit.time.Timers;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** Accepts on a loop's thread. */
public final class AcceptSource implements ChannelLoop.Ready {

    private static final FailureLog FAILURES = new FailureLog(AcceptSource.class, "connection of a guest");

    private final ServerSocketChannel channel;
    private final ChannelLoop loop;
    private final AcceptLoop<SocketChannel> accepting;
    private @Nullable SelectionKey key;

    /**
     * Creates one that does nothing yet.
     *
     * @param channel bound and not blocking; closed by {@link #stop}
     * @param loop whose thread accepts
     * @param timers the clock of the pauses
     * @param arrived takes a connection over; on the loop's thread
     */
    public AcceptSource(
            ServerSocketChannel channel, ChannelLoop loop, Timers timers, AcceptLoop.Sink<SocketChannel> arrived) {
        this.channel = channel;
        this.loop = loop;
        this.accepting = AcceptLoop.on(channel, arrived, FAILURES::record, timers);
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

    /** Stops listening, as {@link ChannelLoop#close} does. Any thread. */
    public void stop() {
        loop.close(channel);
        accepting.close();
    }

    @Override
    public void onReady() {
        SelectionKey mine = key;
        if (mine != null) {
            accepting.onReady(mine);
        }
    }

    @Override
    public void onFailure(Throwable failure) {
        Sockets.closeQuietly(channel);
    }
}
