// SPDX-License-Identifier: MIT
package io.pktkit.lab.nat;

import io.pktkit.iphost.socket.VirtualServerSocket;
import io.pktkit.lab.internal.Closers;
import io.pktkit.lab.internal.LanNameServer;
import io.pktkit.nat.service.NatHost;
import io.pktkit.nat.service.NatService;
import io.pktkit.nat.service.NatUdp;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** The name server at a NAT's own addresses inside. */
final class NatNames implements NatService {

    private static final int PORT = 53;
    private static final int MAX_QUERY = 4096;

    private final LanNameServer server;

    NatNames(LanNameServer server) {
        this.server = server;
    }

    @Override
    public AutoCloseable start(NatHost host) throws IOException {
        Closers open = new Closers();
        try {
            open(host, open);
        } catch (IOException | RuntimeException | Error refused) {
            open.closeAfter(refused);
            throw refused;
        }
        return open;
    }

    private void open(NatHost host, Closers open) throws IOException {
        open.add(NatUdp.open(
                host,
                null,
                PORT,
                MAX_QUERY,
                (port, query, from, fromPort) -> host.shell()
                        // Without the lock of the host, which others wait for.
                        .afterwards(() -> server.ask(
                                ByteBuffer.wrap(query).asReadOnlyBuffer(),
                                host.namespace(),
                                from,
                                response -> port.send(from, fromPort, response)))));
        for (IpFamily family : IpFamily.values()) {
            IpPrefix own = host.prefix(family);
            if (own.isSet()) {
                VirtualServerSocket listener = open.add(new VirtualServerSocket(host.shell()));
                listener.bind(new InetSocketAddress(own.address().toInetAddress(), PORT));
                open.add(server.serve(listener));
            }
        }
    }
}
