// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.Outbox;
import io.pktkit.time.Alarm;
import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.vtcp.host.PacketSink;
import io.pktkit.vtcp.host.TcpHost;
import io.pktkit.vtcp.host.TcpHostConfig;
import io.pktkit.vtcp.host.TcpListener;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The bare TCP of one IP endpoint on a device: for what sockets do not show, such as sequence numbers and TCP_INFO. */
final class EngineHost extends AbstractL3Device {
    private final Timers timers = SystemTimers.shared();
    private final Alarm alarm = timers.newAlarm(this::onAlarm);
    private final Outbox outbox = new Outbox();
    private final TcpHost tcp;

    EngineHost(TcpConfig config, IsnSource isn) {
        tcp = new TcpHost(TcpHostConfig.of(config), isn, PacketSink.of(outbox));
    }

    /** Opens a connection for a transfer, which takes it from there. */
    void connect(IpAddress remote, int port, EngineTransfer transfer) throws IOException {
        connect(null, remote, port, transfer);
    }

    /** The same with settings of its own. */
    void connect(@Nullable TcpConfig settings, IpAddress remote, int port, EngineTransfer transfer) throws IOException {
        synchronized (tcp) {
            IpAddress local = prefix(remote.family()).address();
            transfer.begin(tcp.connect(settings, local, 0, remote, port, transfer, timers.nowNanos()));
            arm();
        }
        emit();
    }

    /** Like {@link #connect}, with the first bytes of the transfer, of which some may go with the SYN. */
    void connectWithData(IpAddress remote, int port, EngineTransfer transfer) throws IOException {
        synchronized (tcp) {
            IpAddress local = prefix(remote.family()).address();
            ByteBuffer first = transfer.firstBytes();
            transfer.begin(tcp.connect(null, local, 0, remote, port, first, transfer, timers.nowNanos()));
            arm();
        }
        emit();
    }

    /** Gives the next connection to a port to a transfer. */
    void accept(int port, EngineTransfer transfer) throws IOException {
        synchronized (tcp) {
            TcpListener[] listener = new TcpListener[1];
            listener[0] = tcp.listen(null, null, port, TcpListener.Options.DEFAULT, () -> {
                HostConnection connection = listener[0].accept();
                if (connection != null) {
                    connection.setEvents(transfer);
                    transfer.begin(connection);
                    transfer.onEstablished(connection, timers.nowNanos());
                }
            });
        }
    }

    TcpInfo info(EngineTransfer transfer) {
        synchronized (tcp) {
            return transfer.connection().info();
        }
    }

    @Override
    public boolean send(Packet packet) {
        IpAddress destination = packet.destination();
        if (!destination.equals(prefix(destination.family()).address())) {
            return false;
        }
        synchronized (tcp) {
            if (packet.protocol() == IpProtocol.TCP) {
                tcp.onPacket(packet, timers.nowNanos());
            } else {
                tcp.onIcmpError(packet, timers.nowNanos());
            }
            arm();
        }
        emit();
        return true;
    }

    private void onAlarm() {
        synchronized (tcp) {
            tcp.onTick(timers.nowNanos());
            arm();
        }
        emit();
    }

    private void arm() {
        alarm.arm(tcp.nextDeadlineNanos());
    }

    private void emit() {
        outbox.drainPackets(this::deliver);
    }

    @Override
    protected void onClose() {
        alarm.close();
        synchronized (tcp) {
            tcp.close(timers.nowNanos());
        }
        outbox.close();
    }
}
