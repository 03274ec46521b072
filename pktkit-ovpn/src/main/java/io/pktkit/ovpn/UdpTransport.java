// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.datagram.DatagramBatch;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.FixedPath;
import io.pktkit.ovpn.internal.data.DataKey;
import io.pktkit.ovpn.internal.session.DataPlane;
import io.pktkit.wire.IpPrefix;
import java.nio.ByteBuffer;

/** A path of a UDP port. It changes when the client floats. */
final class UdpTransport implements Transport {

    private final DatagramEndpoint endpoint;
    private volatile FixedPath path;

    UdpTransport(DatagramEndpoint endpoint, FixedPath path) {
        this.endpoint = endpoint;
        this.path = path;
    }

    DatagramEndpoint endpoint() {
        return endpoint;
    }

    FixedPath path() {
        return path;
    }

    void move(FixedPath to) {
        path = to;
    }

    @Override
    public boolean send(byte[] packet) {
        return endpoint.send(ByteBuffer.wrap(packet), 0, packet.length, path);
    }

    @Override
    public boolean sendData(DataPlane plane, ByteBuffer from, int offset, int length, int trafficClass, long nowNanos) {
        DatagramBatch batch = endpoint.batch();
        int at = batch == null ? -1 : batch.reserve(length + DataKey.MAX_OVERHEAD, path, trafficClass);
        if (batch == null || at < 0) {
            return false;
        }
        int sealed = plane.seal(from, offset, length, batch.buffer(), at, nowNanos);
        if (sealed < 0) {
            batch.cancel();
            return false;
        }
        return batch.commit(sealed);
    }

    @Override
    public Object address() {
        return path;
    }

    @Override
    public Object source() {
        return sourceOf(path);
    }

    static Object sourceOf(FixedPath path) {
        // An IPv6 host has at least a /64 to choose addresses of.
        return IpPrefix.of(path.remoteAddress(), path.isIpv4() ? 32 : 64).network();
    }

    @Override
    public String remoteAddress() {
        FixedPath now = path;
        String address = now.remoteAddress().toString();
        return (now.isIpv4() ? address : "[" + address + "]") + ":" + now.remotePort();
    }

    @Override
    public void attach(ClientLink link) {
        // A packet finds its session by the table.
    }

    @Override
    public void close() {
        // There is no connection.
    }
}
