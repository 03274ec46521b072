// SPDX-License-Identifier: MIT
package io.pktkit.lab.relay;

import io.pktkit.device.FailureLog;
import io.pktkit.internal.AcceptLoop;
import io.pktkit.internal.Daemons;
import io.pktkit.time.SystemTimers;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Takes datagrams of one network to one place in another, and the answers back to who asked. It serves 128 senders, each until it is
 * silent for a minute or two, of which an IPv4 address or an IPv6 /64 has a quarter at most, but programs of this host, over the
 * loopback, all. Any thread.
 */
public final class UdpRelay implements AutoCloseable {

    private static final int MAX_SENDERS = 128;
    private static final Duration IDLE = Duration.ofSeconds(60);

    private final UdpSide front;
    private final Opener opener;
    private final IpAddress target;
    private final int targetPort;
    private final ExecutorService threads;
    private final AcceptLoop<UdpSide.Message> loop;
    private final Map<Sender, Flow> flows = new ConcurrentHashMap<>();
    private final SourcePlaces places = new SourcePlaces(MAX_SENDERS);
    private final FailureLog failures = new FailureLog(UdpRelay.class, "relaying a datagram");
    private final LongAdder dropped = new LongAdder();
    private volatile boolean closed;

    /** Opens a socket on the far side, on a port of its choice. */
    @FunctionalInterface
    public interface Opener {

        /**
         * Opens it.
         *
         * @return the socket
         * @throws IOException if there is none
         */
        UdpSide open() throws IOException;
    }

    private record Sender(IpAddress address, int port) {}

    private static final class Flow {
        final UdpSide back;

        /** Whether the sender was heard since the thread of the flow looked last. */
        volatile boolean heard = true;

        Flow(UdpSide back) {
            this.back = back;
        }
    }

    private UdpRelay(UdpSide front, Opener opener, IpAddress target, int targetPort) {
        this.front = front;
        this.opener = opener;
        this.target = target;
        this.targetPort = targetPort;
        String name = "pktkit-relay-udp-" + front.port();
        this.threads = Executors.newCachedThreadPool(body -> Daemons.thread(name, body));
        this.loop = new AcceptLoop<>(new Front(), this::take, this::failed, SystemTimers.shared());
    }

    /**
     * Begins to take datagrams.
     *
     * @param front where they come from; the relay owns it from now on
     * @param opener opens sockets on the far side
     * @param target where they go there
     * @param targetPort the port there
     * @return the relay
     */
    public static UdpRelay start(UdpSide front, Opener opener, IpAddress target, int targetPort) {
        UdpRelay relay = new UdpRelay(front, opener, target, targetPort);
        try {
            relay.threads.execute(relay.loop::run);
            return relay;
        } catch (RuntimeException | Error failure) {
            relay.close();
            throw failure;
        }
    }

    /** {@return the port that it listens on} */
    public int port() {
        return front.port();
    }

    /** {@return how many datagrams were dropped, of too many senders or because they could not be sent} */
    public long dropped() {
        return dropped.sum();
    }

    private void take(UdpSide.Message message) throws IOException {
        Flow flow = flow(new Sender(message.address(), message.port()));
        if (flow == null) {
            dropped.increment();
        } else {
            flow.heard = true;
            flow.back.send(new UdpSide.Message(message.payload(), target, targetPort));
        }
    }

    private void failed(Throwable failure) {
        if (!closed) {
            dropped.increment();
            failures.record(failure);
        }
    }

    private @Nullable Flow flow(Sender sender) throws IOException {
        Flow present = flows.get(sender);
        if (present != null || !places.tryTake(sender.address)) {
            return present;
        }
        Flow fresh = open(sender);
        flows.put(sender, fresh);
        try {
            threads.execute(() -> answerAll(sender, fresh));
        } catch (RejectedExecutionException ended) {
            end(sender, fresh);
            return null;
        } catch (RuntimeException | Error failure) { // no thread for it
            end(sender, fresh);
            throw failure;
        }
        return fresh;
    }

    private Flow open(Sender sender) throws IOException {
        try {
            return new Flow(opener.open());
        } catch (IOException | RuntimeException | Error failure) {
            places.giveBack(sender.address);
            throw failure;
        }
    }

    private void answerAll(Sender sender, Flow flow) {
        try {
            while (!closed) {
                try {
                    UdpSide.Message answer = flow.back.receive(IDLE);
                    // Of nobody else, as behind any NAT.
                    if (answer.address().equals(target) && answer.port() == targetPort) {
                        front.send(new UdpSide.Message(answer.payload(), sender.address(), sender.port()));
                    }
                } catch (SocketTimeoutException silence) {
                    if (!flow.heard) {
                        return;
                    }
                    flow.heard = false;
                }
            }
        } catch (IOException e) {
            if (!closed) {
                failures.record(e);
            }
        } finally {
            end(sender, flow);
        }
    }

    private void end(Sender sender, Flow flow) {
        if (flows.remove(sender, flow)) {
            places.giveBack(sender.address);
        }
        TcpRelay.closeQuietly(flow.back);
    }

    /** Ends all. Idempotent. */
    @Override
    public void close() {
        closed = true;
        TcpRelay.closeQuietly(front);
        loop.close();
        for (Flow flow : List.copyOf(flows.values())) {
            TcpRelay.closeQuietly(flow.back);
        }
        threads.shutdownNow();
    }

    private final class Front implements AcceptLoop.Source<UdpSide.Message> {

        @Override
        public UdpSide.Message accept() throws IOException {
            return front.receive(Duration.ZERO);
        }

        @Override
        public boolean isOpen() {
            return !closed;
        }
    }
}
