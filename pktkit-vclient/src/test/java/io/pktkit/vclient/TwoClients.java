// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import io.pktkit.link.Links;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Two clients on one link, in real time or in virtual time; closing checks that the test has left nothing behind. */
final class TwoClients implements AutoCloseable {
    static final IpAddress ALICE = IpAddress.parse("10.0.0.1");
    static final IpAddress BOB = IpAddress.parse("10.0.0.2");
    static final IpAddress ALICE_IPV6 = IpAddress.parse("fd00::1");
    static final IpAddress BOB_IPV6 = IpAddress.parse("fd00::2");

    /** Between two looks: what is waited for may need this very processor. */
    private static final long PAUSE_NANOS = 100_000;

    final VirtualClient alice;
    final VirtualClient bob;
    private final @Nullable ManualTime time;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    TwoClients() {
        this(VirtualClientConfig.DEFAULT, null);
    }

    /** Both live in a time that passes only when the test says so, and while this closes. */
    TwoClients(ManualTime time) {
        this(VirtualClientConfig.DEFAULT.withTimers(time), time);
    }

    private TwoClients(VirtualClientConfig config, @Nullable ManualTime time) {
        this.time = time;
        alice = new VirtualClient(config);
        bob = new VirtualClient(config);
        alice.setPrefix(IpPrefix.of(ALICE, 24));
        alice.setPrefix(IpPrefix.of(ALICE_IPV6, 64));
        bob.setPrefix(IpPrefix.of(BOB, 24));
        bob.setPrefix(IpPrefix.of(BOB_IPV6, 64));
        Links.connect(alice, bob);
    }

    <T> Future<T> async(Callable<T> work) {
        return threads.submit(work);
    }

    /** The result, or the very exception that the work threw. */
    static <T> T get(Future<T> future) throws Exception {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Waits until as many threads wait for something of a client. */
    static void awaitWaiting(VirtualClient client, int count) {
        awaitThat(() -> client.usage().waiting() >= count);
    }

    /** Waits until something holds; the timeout of a test ends it by an interrupt. */
    static void awaitThat(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            if (Thread.currentThread().isInterrupted()) {
                throw new IllegalStateException("interrupted while waiting");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    @Override
    public void close() {
        threads.shutdown();
        for (VirtualClient client : new VirtualClient[] {alice, bob}) {
            awaitIdle(client);
        }
        alice.close();
        bob.close();
    }

    /**
     * The last acknowledgment of a close may still be on its way with a delayed-ACK timer, and what the resolver of a client
     * gives up is closed by whichever thread is at work for it.
     */
    private void awaitIdle(VirtualClient client) {
        while (isBusy(client.usage())) {
            if (Thread.currentThread().isInterrupted()) {
                throw new IllegalStateException("interrupted while something is left: " + client.usage());
            }
            if (time != null) {
                time.runNext();
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static boolean isBusy(VirtualClientUsage usage) {
        return usage.connections() + usage.udpSockets() + usage.waiting() + usage.reassembling() > 0;
    }
}
