// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.datagram.Datagram;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.DatagramHandler;
import io.pktkit.datagram.FixedPath;
import io.pktkit.ovpn.internal.wire.Opcode;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The receiving thread of a UDP port: data goes all the way on it, control packets go to the control thread. Nothing that
 * arrives ends it. A broken socket is tried again with a pause, and given up when that lasts for about a minute.
 */
final class UdpReceiver implements Runnable, DatagramHandler {

    private static final int MOST_FAILURES = 64;
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A client that moves more often than this waits. */
    private static final long FLOAT_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** The longest control packet: tls-mtu may be raised, up to here. */
    private static final int MAX_CONTROL = 2048;

    private static final int DATA_V2_HEADER = 4;

    private final ServerCore core;
    private final DatagramEndpoint endpoint;
    private final DataReceiver data;

    UdpReceiver(ServerCore core, DatagramEndpoint endpoint) {
        this.core = core;
        this.endpoint = endpoint;
        this.data = new DataReceiver(core);
    }

    @Override
    public void onDatagram(Datagram datagram) {
        int length = datagram.length();
        int opcode = length == 0 ? 0 : Opcode.of(datagram.buffer().get(datagram.offset()));
        if (datagram.remotePort() == 0) {
            core.drop(OvpnDrop.MALFORMED);
        } else if (opcode == Opcode.DATA_V2 && length > DATA_V2_HEADER) {
            int peerId = datagram.buffer().getInt(datagram.offset()) & 0xff_ffff;
            onData(datagram, overUdp(core.table().byPeerId(peerId)));
        } else if (opcode == Opcode.DATA_V1) {
            onData(datagram, core.table().inAt(FixedPath.copyOf(datagram)));
        } else if (Opcode.isControl(opcode) && length <= MAX_CONTROL) {
            FixedPath path = FixedPath.copyOf(datagram);
            byte[] bytes = datagram.toBytes();
            boolean isReset =
                    opcode == Opcode.CONTROL_HARD_RESET_CLIENT_V2 || opcode == Opcode.CONTROL_HARD_RESET_CLIENT_V3;
            if (!core.worker().offer(() -> core.onControl(endpoint, path, bytes), isReset)) {
                core.drop(OvpnDrop.QUEUE_FULL);
            }
        } else {
            core.drop(OvpnDrop.MALFORMED);
        }
    }

    /** A client of TCP has its data by its connection alone, on the thread of which it is taken apart. */
    private static @Nullable ClientLink overUdp(@Nullable ClientLink link) {
        return link != null && link.transport() instanceof UdpTransport ? link : null;
    }

    @Override
    public void endOfBurst() {
        data.endOfBurst();
    }

    private void onData(Datagram datagram, @Nullable ClientLink link) {
        if (!data.receive(link, datagram.buffer(), datagram.offset(), datagram.length()) || link == null) {
            return;
        }
        // Only what is authentic moves a client, and only under a peer id.
        if (link.transport() instanceof UdpTransport udp && !udp.path().samePath(datagram) && !link.moving) {
            if (core.nowNanos() - link.movedAt < FLOAT_INTERVAL_NANOS) {
                core.drop(OvpnDrop.FLOAT_REFUSED);
                return;
            }
            link.moving = true;
            FixedPath to = FixedPath.copyOf(datagram);
            core.worker().post(() -> core.onFloat(link, udp, to));
        }
    }

    @Override
    public void run() {
        int failures = 0;
        while (failures < MOST_FAILURES) {
            try {
                if (endpoint.receive(this) == DatagramEndpoint.CLOSED) {
                    return;
                }
                failures = 0;
            } catch (IOException | RuntimeException | Error failure) {
                if (endpoint.isClosed()) {
                    return;
                }
                failures++;
                core.failed(failure);
                // An interrupt would make the pause no pause.
                boolean interrupted = Thread.interrupted();
                LockSupport.parkNanos(this, PAUSE_NANOS);
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
