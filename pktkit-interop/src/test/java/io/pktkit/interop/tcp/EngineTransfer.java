// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import io.pktkit.interop.Await;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.vtcp.host.TcpEvents;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Sends a stream and its end, and takes the peer's to its end, from the events of one connection. */
final class EngineTransfer implements TcpEvents {
    private static final Duration LIMIT = Await.LIMIT;

    private final SplittableRandom random;
    private final MessageDigest sentDigest = Streams.sha256();
    private final MessageDigest receivedDigest = Streams.sha256();
    private final ByteBuffer outgoing = ByteBuffer.allocate(1 << 16).limit(0);
    private final ByteBuffer incoming = ByteBuffer.allocate(1 << 16);
    private final CompletableFuture<String> sent = new CompletableFuture<>();
    private final CompletableFuture<String> received = new CompletableFuture<>();
    private final CompletableFuture<String> over = new CompletableFuture<>();
    private @Nullable HostConnection connection;
    private final long stopAt;
    private Duration limit = LIMIT;
    private boolean replies;
    private long toSend;
    private long sentBytes;
    private long receivedBytes;
    private long firstAt;
    private long lastAt;

    EngineTransfer(long toSend, long seed) {
        this(toSend, seed, Long.MAX_VALUE);
    }

    private EngineTransfer(long toSend, long seed, long stopAt) {
        this.toSend = toSend;
        this.random = new SplittableRandom(seed);
        this.stopAt = stopAt;
    }

    /** A transfer that sends for so long, from now on. */
    static EngineTransfer lasting(Duration time, long seed) {
        return new EngineTransfer(Long.MAX_VALUE, seed, System.nanoTime() + time.toNanos());
    }

    /** A transfer that begins to send when the peer has ended. */
    static EngineTransfer replying(long toSend, long seed) {
        EngineTransfer transfer = new EngineTransfer(toSend, seed);
        transfer.replies = true;
        return transfer;
    }

    /** Lets {@link #sent} and {@link #received} wait for longer, or less long, than they do by themselves. */
    EngineTransfer within(Duration longest) {
        limit = longest;
        return this;
    }

    void begin(HostConnection opened) {
        connection = opened;
    }

    HostConnection connection() {
        return Objects.requireNonNull(connection, "not connected");
    }

    /** {@return the SHA-256 of what was sent, when all of it is with the engine} */
    String sent() throws IOException {
        return await(sent);
    }

    /** {@return how many bytes were sent, when all of it is with the engine} */
    long sentBytes() {
        return sentBytes;
    }

    /** {@return the time from the first byte that was received to the end, once {@link #received} has returned} */
    long receivingNanos() {
        return lastAt - firstAt;
    }

    /** {@return "COUNT SHA-256" of what the peer sent, when it has ended} */
    String received() throws IOException {
        return await(received);
    }

    /** Waits until both streams are acknowledged to their ends. */
    void awaitOver() throws IOException {
        await(over);
    }

    @Override
    public void onEstablished(HostConnection source, long nowNanos) {
        if (!replies) {
            fill(source, nowNanos);
        }
    }

    @Override
    public void onWritable(HostConnection source, long nowNanos) {
        fill(source, nowNanos);
    }

    private void fill(HostConnection to, long nowNanos) {
        while (!sent.isDone()) {
            if (!outgoing.hasRemaining()) {
                if (toSend == 0 || System.nanoTime() > stopAt) {
                    sent.complete(Streams.hex(sentDigest));
                    to.shutdownOutput(nowNanos);
                    return;
                }
                refill();
            }
            if (to.write(outgoing, nowNanos) <= 0) {
                return;
            }
        }
    }

    /** What goes with the call that opens the connection; what it leaves follows. */
    ByteBuffer firstBytes() {
        refill();
        return outgoing;
    }

    private void refill() {
        outgoing.clear();
        random.nextBytes(outgoing.array());
        outgoing.limit((int) Math.min(toSend, outgoing.capacity()));
        sentDigest.update(outgoing.duplicate());
        toSend -= outgoing.remaining();
        sentBytes += outgoing.remaining();
    }

    @Override
    public void onReadable(HostConnection source, long nowNanos) {
        for (int read = source.read(incoming.clear(), nowNanos);
                read != 0;
                read = source.read(incoming.clear(), nowNanos)) {
            lastAt = nowNanos;
            if (read < 0) {
                received.complete(receivedBytes + " " + Streams.hex(receivedDigest));
                if (replies) {
                    fill(source, nowNanos);
                }
                return;
            }
            firstAt = receivedBytes == 0 ? nowNanos : firstAt;
            receivedBytes += read;
            receivedDigest.update(incoming.flip());
        }
    }

    @Override
    public void onClosed(HostConnection source, long nowNanos) {
        if (source.failure() != null) {
            IOException failure = new IOException("the connection failed: " + source.failure());
            sent.completeExceptionally(failure);
            received.completeExceptionally(failure);
            over.completeExceptionally(failure);
        }
        over.complete("");
    }

    private String await(CompletableFuture<String> outcome) throws IOException {
        try {
            return outcome.get(limit.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
