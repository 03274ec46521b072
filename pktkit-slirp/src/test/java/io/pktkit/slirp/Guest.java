// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import io.pktkit.device.Outbox;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.vtcp.host.PacketSink;
import io.pktkit.vtcp.host.TcpHost;
import io.pktkit.vtcp.host.TcpHostConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;

/** A guest with a TCP of its own, behind one device. What is not TCP ends up in {@link #inbox}. */
final class Guest implements AutoCloseable {
    final IpAddress address;
    final GuestDevice device = new GuestDevice(this::onPacket);
    final BlockingQueue<ByteBuffer> inbox = new LinkedBlockingQueue<>();
    final SlirpAttachment attachment;
    final ReentrantLock lock = new ReentrantLock();

    private final Timers timers;
    private final Outbox outbox = new Outbox();
    private final TcpHost tcp;
    private final Alarm alarm;

    /** When set, TCP is not processed but collected with the rest. */
    volatile boolean raw;

    Guest(Slirp slirp, String address, Timers timers, int mtu) throws IOException {
        this(slirp, address, timers, TcpConfig.builder().mtu(mtu).noDelay(true).build());
    }

    Guest(Slirp slirp, String address, Timers timers, TcpConfig config) throws IOException {
        this.address = IpAddress.parse(address);
        this.timers = timers;
        tcp = new TcpHost(TcpHostConfig.of(config), IsnSource.random(), PacketSink.of(outbox, device::offloads));
        alarm = timers.newAlarm(() -> locked(tcp::onTick));
        attachment = slirp.connect(device);
    }

    GuestSocket open(IpAddress destination, int port) throws IOException {
        return open(new GuestSocket(this), destination, port);
    }

    <S extends GuestSocket> S open(S socket, IpAddress destination, int port) throws IOException {
        IOException[] failure = new IOException[1];
        locked(now -> {
            try {
                HostConnection connection = tcp.connect(null, address, 0, destination, port, socket, now);
                socket.bind(connection);
            } catch (IOException e) {
                failure[0] = e;
            }
        });
        if (failure[0] != null) {
            throw failure[0];
        }
        return socket;
    }

    /** A connection whose handshake is complete. */
    GuestSocket connect(IpAddress destination, int port) throws IOException {
        GuestSocket socket = open(destination, port);
        socket.awaitEstablished();
        return socket;
    }

    void send(ByteBuffer packet) {
        device.fromGuest(new Packet().wrap(packet, 0, packet.limit()));
    }

    void sendUdp(int sourcePort, IpAddress destination, int port, byte[] payload) {
        send(PacketBuilder.udp(address, sourcePort, destination, port, ByteBuffer.wrap(payload)));
    }

    /** The next packet that is not for the guest's TCP. */
    Packet receive() throws InterruptedException {
        return new Packet().wrap(inbox.take());
    }

    void locked(LongConsumer action) {
        lock.lock();
        try {
            action.accept(timers.nowNanos());
            alarm.arm(tcp.nextDeadlineNanos());
        } finally {
            lock.unlock();
        }
        outbox.drainPackets(device::fromGuest);
    }

    private void onPacket(Packet packet) {
        if (packet.protocol() == IpProtocol.TCP && !raw) {
            locked(now -> tcp.onPacket(packet, now));
        } else {
            inbox.add(ByteBuffer.wrap(packet.toBytes()));
        }
    }

    @Override
    public void close() {
        attachment.close();
        alarm.close();
        outbox.close();
    }
}
