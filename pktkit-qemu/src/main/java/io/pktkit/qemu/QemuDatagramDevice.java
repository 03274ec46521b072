// SPDX-License-Identifier: MIT
package io.pktkit.qemu;

import io.pktkit.datagram.Datagram;
import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.DatagramPath;
import io.pktkit.datagram.Datagrams;
import io.pktkit.datagram.FixedPath;
import io.pktkit.device.AbstractL2Device;
import io.pktkit.device.DropReason;
import io.pktkit.internal.Daemons;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A guest whose frames come as UDP datagrams, one each: QEMU's {@code -netdev dgram} with two addresses of {@code inet}. Nothing
 * is connected, so QEMU and this program come and go as they like, and frames get lost as on any wire. What comes from another
 * address than QEMU's is dropped and counted, which keeps out nobody who can forge addresses: use it on loopback.
 *
 * <p>A Unix socket is no choice here, since the JDK has none for datagrams.
 */
public final class QemuDatagramDevice extends AbstractL2Device {

    private final DatagramEndpoint endpoint;
    private final FixedPath peer;
    private final Thread thread;

    /** The receiving thread's. */
    private final Frame received = new Frame();

    private QemuDatagramDevice(DatagramEndpoint endpoint, FixedPath peer, QemuConfig config) {
        super(MacAddress.randomLocal());
        this.endpoint = endpoint;
        this.peer = peer;
        this.thread = Daemons.thread("pktkit-qemu-udp-" + endpoint.port(), this::run);
        changeMtu(config.mtu());
    }

    /**
     * Binds a port and begins to receive.
     *
     * @param local an address of this machine
     * @param localPort where QEMU sends to; 0 lets the system choose
     * @param remote where QEMU is bound
     * @param remotePort where QEMU is bound
     * @param config its limits
     * @return the device
     * @throws IOException if the port cannot be had
     */
    public static QemuDatagramDevice open(
            IpAddress local, int localPort, IpAddress remote, int remotePort, QemuConfig config) throws IOException {
        FixedPath peer = FixedPath.to(remote, remotePort); // first, as it may refuse
        DatagramEndpoint endpoint = Datagrams.open(
                DatagramConfig.builder().address(local).port(localPort).build());
        try {
            QemuDatagramDevice device = new QemuDatagramDevice(endpoint, peer, config);
            device.thread.start();
            return device;
        } catch (RuntimeException | Error failure) {
            endpoint.close();
            throw failure;
        }
    }

    /** {@return the port that it is bound to} */
    public int port() {
        return endpoint.port();
    }

    @Override
    public boolean send(Frame frame) {
        DropReason reason = refused(frame);
        if (reason == null) {
            stats().sent(frame.length());
            return true;
        }
        stats().sendDropped(reason);
        return false;
    }

    private @Nullable DropReason refused(Frame frame) {
        int length = frame.length();
        if (length < Frame.HEADER_LENGTH) {
            return DropReason.TRUNCATED;
        }
        if (length > DatagramConfig.MAX_PAYLOAD) {
            return DropReason.TOO_BIG;
        }
        if (frame.isUnfinished()) {
            return DropReason.UNSUPPORTED;
        }
        if (isClosed()) {
            return DropReason.CLOSED;
        }
        return endpoint.send(frame.buffer(), frame.offset(), length, peer) ? null : DropReason.IO_ERROR;
    }

    private void run() {
        try {
            int handled;
            do {
                handled = endpoint.receive(this::arrived);
            } while (handled != DatagramEndpoint.CLOSED);
        } catch (IOException broken) {
            stats().error();
            close();
        }
    }

    private void arrived(Datagram datagram) {
        if (!isPeer(datagram)) {
            stats().receiveDropped(DropReason.FILTERED);
        } else if (datagram.length() < Frame.HEADER_LENGTH) {
            stats().receiveDropped(DropReason.TRUNCATED);
        } else {
            deliver(received.wrap(datagram.buffer(), datagram.offset(), datagram.length()));
        }
    }

    private boolean isPeer(DatagramPath path) {
        return path.remotePort() == peer.remotePort()
                && path.remoteLow() == peer.remoteLow()
                && path.remoteHigh() == peer.remoteHigh()
                && path.isIpv4() == peer.isIpv4();
    }

    @Override
    protected void onClose() {
        endpoint.close();
        awaitEnd(thread);
    }

    @Override
    public String toString() {
        return "QemuDatagramDevice[" + peer + "]";
    }
}
