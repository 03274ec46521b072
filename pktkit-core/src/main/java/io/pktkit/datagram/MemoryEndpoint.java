// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

import io.pktkit.device.DropReason;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An endpoint of a {@link MemoryDatagramNetwork}. */
final class MemoryEndpoint extends AbstractDatagramEndpoint {

    private static final int BURST = 64;

    private final MemoryDatagramNetwork network;
    private final List<IpAddress> addresses;
    private final DatagramConfig config;
    private final int port;
    private final Datagram datagram = new Datagram();

    private final Object lock = new Object();
    private final ArrayDeque<Arrived> queue = new ArrayDeque<>();
    private boolean wakeUp;

    private record Arrived(FixedPath path, int trafficClass, ByteBuffer payload) {}

    MemoryEndpoint(MemoryDatagramNetwork network, DatagramConfig config, List<IpAddress> addresses, int port) {
        super(config.maxBatches());
        this.network = network;
        this.config = config;
        this.addresses = addresses;
        this.port = port;
    }

    @Override
    public @Nullable IpAddress localAddress(IpFamily family) {
        if (defaultSource(family) == null) {
            return null;
        }
        return config.addresses().getOrDefault(family, IpAddress.unspecified(family));
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public Set<DatagramFeature> features() {
        return Set.of(DatagramFeature.LOCAL_ADDRESS, DatagramFeature.TRAFFIC_CLASS);
    }

    @Override
    public boolean setSegmentation(boolean wanted) {
        return false;
    }

    @Override
    public String describe() {
        return "in-memory UDP on " + addresses + " port " + port;
    }

    void arrive(FixedPath path, int trafficClass, byte[] payload) {
        synchronized (lock) {
            if (!isClosed()
                    && payload.length <= config.largestDatagram()
                    && queue.size() < MemoryDatagramNetwork.QUEUE) {
                queue.add(new Arrived(path, trafficClass, ByteBuffer.wrap(payload)));
                lock.notifyAll();
                return;
            }
        }
        boolean tooLong = payload.length > config.largestDatagram();
        stats().receiveDropped(isClosed() ? DropReason.CLOSED : tooLong ? DropReason.TRUNCATED : DropReason.QUEUE_FULL);
    }

    @Override
    protected DatagramBatch newBatch() {
        return new MemoryBatch();
    }

    @Override
    protected boolean reaches(boolean isIpv4) {
        return defaultSource(isIpv4 ? IpFamily.IPV4 : IpFamily.IPV6) != null;
    }

    @Override
    protected int drain() {
        int taken = 0;
        for (int i = 0; i < BURST; i++) {
            Arrived next;
            synchronized (lock) {
                next = queue.poll();
            }
            if (next == null) {
                break;
            }
            FixedPath path = next.path;
            datagram.remote(path.isIpv4(), path.remoteHigh(), path.remoteLow(), 0, path.remotePort());
            datagram.local(path.localHigh(), path.localLow(), next.trafficClass);
            count(DatagramCounter.RECEIVE_CALLS, 1);
            taken += deliver(datagram.payload(next.payload, 0, next.payload.capacity()));
        }
        return taken;
    }

    @Override
    protected void awaitReadable() {
        boolean interrupted = false;
        synchronized (lock) {
            while (queue.isEmpty() && !wakeUp) {
                try {
                    lock.wait();
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
            wakeUp = false;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    protected void wakeReceiver() {
        synchronized (lock) {
            wakeUp = true;
            lock.notifyAll();
        }
    }

    @Override
    protected void release() {
        network.unbind(this);
    }

    private @Nullable IpAddress defaultSource(IpFamily family) {
        for (IpAddress address : addresses) {
            if (address.family() == family) {
                return address;
            }
        }
        return null;
    }

    private IpAddress source(DatagramPath to) {
        IpAddress asked = to.localAddress();
        IpAddress first = defaultSource(to.family());
        if (addresses.contains(asked)) {
            return asked;
        }
        if (first == null) {
            throw new IllegalStateException("the batch took a path of a family that is not here: path=" + to);
        }
        if (to.hasLocal()) {
            count(DatagramCounter.SOURCE_FALLBACKS, 1);
        }
        return first;
    }

    /** Datagrams that are copied into the network. */
    private final class MemoryBatch extends DatagramBatch {

        MemoryBatch() {
            super(MemoryEndpoint.this);
        }

        @Override
        protected int transmit() {
            for (int i = 0; i < size(); i++) {
                byte[] payload = new byte[length(i)];
                buffer().get(offset(i), payload);
                count(DatagramCounter.SEND_CALLS, 1);
                stats().sent(payload.length);
                network.carry(source(path(i)), port, path(i), trafficClass(i), payload);
            }
            return size();
        }
    }
}
