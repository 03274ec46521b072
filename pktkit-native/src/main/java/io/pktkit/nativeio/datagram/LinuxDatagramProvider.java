// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.datagram;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.DatagramProvider;
import io.pktkit.nativeio.KernelVersion;
import io.pktkit.nativeio.NativePlatform;
import java.io.IOException;

/** Opens endpoints with the calls of Linux that move many datagrams. Any thread. */
public final class LinuxDatagramProvider implements DatagramProvider {

    private final UdpCalls calls;
    private final KernelVersion kernel;

    /** Called by the service loader. */
    public LinuxDatagramProvider() {
        this(new UdpCalls(), KernelVersion.running());
    }

    LinuxDatagramProvider(UdpCalls calls, KernelVersion kernel) {
        this.calls = calls;
        this.kernel = kernel;
    }

    @Override
    public String name() {
        return "linux";
    }

    @Override
    public int priority() {
        return 100;
    }

    @Override
    public boolean isAvailable() {
        try {
            NativePlatform.require("a datagram endpoint");
            return true;
        } catch (IOException otherSystem) {
            return false;
        }
    }

    @Override
    public DatagramEndpoint open(DatagramConfig config) throws IOException {
        NativePlatform.require("a datagram endpoint");
        Offloads offloads = Offloads.choose(config.offload(), kernel, calls);
        Sockets sockets = Sockets.bind(config);
        try {
            return new LinuxEndpoint(config, sockets, offloads, calls);
        } catch (IOException | RuntimeException failure) {
            sockets.close();
            throw failure;
        }
    }
}
