// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.datagram.DatagramPath;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/** A peer's endpoint as the path of a datagram. A view for one thread, pointed at one endpoint after the other. */
final class EndpointPath implements DatagramPath {

    private IpAddress remote = IpAddress.ofIpv4(0);
    private @Nullable IpAddress local;
    private int scope;
    private int port;

    EndpointPath of(WgEndpoint endpoint) {
        remote = endpoint.address();
        local = endpoint.localAddress();
        scope = remote.isIpv6() ? endpoint.localInterface() : 0;
        port = endpoint.port();
        return this;
    }

    @Override
    public boolean isIpv4() {
        return remote.isIpv4();
    }

    @Override
    public long remoteHigh() {
        return remote.high();
    }

    @Override
    public long remoteLow() {
        return remote.low();
    }

    @Override
    public int remoteScope() {
        return scope;
    }

    @Override
    public int remotePort() {
        return port;
    }

    @Override
    public long localHigh() {
        return local == null ? 0 : local.high();
    }

    @Override
    public long localLow() {
        return local == null ? 0 : local.low();
    }
}
