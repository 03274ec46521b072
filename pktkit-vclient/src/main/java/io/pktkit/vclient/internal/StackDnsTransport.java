// SPDX-License-Identifier: MIT
package io.pktkit.vclient.internal;

import io.pktkit.dns.DnsFrames;
import io.pktkit.dns.upstream.DnsProtocol;
import io.pktkit.dns.upstream.DnsServer;
import io.pktkit.dns.upstream.DnsTransport;
import io.pktkit.iphost.UdpPort;
import io.pktkit.iphost.socket.HostShell;
import io.pktkit.vtcp.TcpFailure;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.vtcp.host.TcpEvents;
import io.pktkit.wire.IpAddress;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** DNS over the virtual network: a UDP port of its own, random and connected, or a connection, for each query. */
public final class StackDnsTransport implements DnsTransport {
    private static final int READ_BUFFER = 4 << 10;

    private final HostShell shell;

    /**
     * A transport.
     *
     * @param shell the host over whose network is asked
     */
    public StackDnsTransport(HostShell shell) {
        this.shell = shell;
    }

    @Override
    public Exchange open(DnsServer server, DnsProtocol protocol, byte[] query, Runnable onArrival) throws IOException {
        shell.enter();
        try {
            shell.host().checkOpen();
            return protocol == DnsProtocol.UDP
                    ? new Datagrams(server, query, onArrival)
                    : new Stream(server, query, onArrival);
        } finally {
            shell.leave();
        }
    }

    /** Made under the lock. */
    private final class Datagrams implements Exchange {
        private final UdpPort port;

        Datagrams(DnsServer server, byte[] query, Runnable onArrival) throws IOException {
            port = shell.host().udp().open(null, 0, () -> shell.afterwards(onArrival));
            try {
                port.connect(server.address(), server.port());
                port.send(null, 0, ByteBuffer.wrap(query), shell.nowNanos());
            } catch (IOException e) {
                port.close();
                throw e;
            }
        }

        @Override
        public byte @Nullable [] poll() throws IOException {
            shell.enter();
            try {
                int length = port.queue().nextLength();
                if (length < 0) {
                    port.throwFailure();
                    return null;
                }
                byte[] message = new byte[length];
                port.queue().poll(ByteBuffer.wrap(message));
                return message;
            } finally {
                shell.leave();
            }
        }

        @Override
        public void close() {
            shell.enter();
            try {
                port.close();
            } finally {
                shell.leave();
            }
        }
    }

    /** Made under the lock. */
    private final class Stream implements Exchange, TcpEvents {
        private final Runnable onArrival;
        private final HostConnection connection;
        private final DnsFrames frames = new DnsFrames();
        private final ByteBuffer buffer = ByteBuffer.allocate(READ_BUFFER);
        private boolean closed;

        Stream(DnsServer server, byte[] query, Runnable onArrival) throws IOException {
            this.onArrival = onArrival;
            IpAddress remote = server.address();
            long now = shell.nowNanos();
            connection = shell.host()
                    .tcp()
                    .connect(null, shell.host().sourceFor(remote), 0, remote, server.port(), this, now);
            connection.write(ByteBuffer.wrap(DnsFrames.frame(query)), now); // shorter than any send buffer
        }

        @Override
        public void onReadable(HostConnection source, long nowNanos) {
            shell.afterwards(onArrival);
        }

        @Override
        public void onClosed(HostConnection source, long nowNanos) {
            shell.afterwards(onArrival);
        }

        @Override
        public byte @Nullable [] poll() throws IOException {
            shell.enter();
            try {
                byte[] message = frames.next();
                while (message == null) {
                    int read = connection.read(buffer.clear(), shell.nowNanos());
                    if (read <= 0) {
                        checkAlive(read);
                        return null;
                    }
                    frames.add(buffer.flip());
                    message = frames.next();
                }
                return message;
            } finally {
                shell.leave();
            }
        }

        private void checkAlive(int read) throws IOException {
            TcpFailure failure = connection.failure();
            if (failure != null) {
                throw new ConnectException("the connection to the DNS server failed: " + failure);
            }
            if (read < 0 || connection.isOver()) {
                throw new EOFException("the DNS server closed the connection");
            }
        }

        @Override
        public void close() {
            shell.enter();
            try {
                if (!closed) {
                    closed = true;
                    connection.release(shell.nowNanos());
                }
            } finally {
                shell.leave();
            }
        }
    }
}
