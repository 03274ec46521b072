// SPDX-License-Identifier: MIT
package io.pktkit.vclient.internal;

import io.pktkit.time.Timers;
import io.pktkit.vclient.dns.DnsTransport;
import io.pktkit.wire.IpAddress;
import java.io.DataInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketOptions;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** DNS over the virtual network: a fresh UDP socket on a random port for each turn to a server. */
final class StackDnsTransport implements DnsTransport {
    private static final int DNS_PORT = 53;

    private final ClientStack stack;

    StackDnsTransport(ClientStack stack) {
        this.stack = stack;
    }

    @Override
    public Channel open(IpAddress server) throws IOException {
        UdpEndpoint endpoint = UdpEndpoint.open(stack, null, 0);
        endpoint.connect(server, DNS_PORT);
        return new UdpChannel(endpoint);
    }

    @Override
    public byte[] exchangeOverTcp(IpAddress server, byte[] query, long deadlineNanos) throws IOException {
        StreamSocketImpl socket = new StreamSocketImpl(stack);
        try {
            socket.connect(new InetSocketAddress(server.toInetAddress(), DNS_PORT), deadlineNanos);
            // Length and message in one write: some servers want them in one segment (RFC 7766 section 8).
            ByteBuffer framed = ByteBuffer.allocate(2 + query.length);
            framed.putShort((short) query.length).put(query);
            socket.getOutputStream().write(framed.array());
            DataInputStream in = new DataInputStream(new UntilDeadline(socket, deadlineNanos));
            byte[] answer = new byte[in.readUnsignedShort()];
            in.readFully(answer);
            return answer;
        } finally {
            socket.close();
        }
    }

    @Override
    public long nowNanos() {
        return stack.nowNanos();
    }

    /** Gives each read what is left of the time. */
    private final class UntilDeadline extends FilterInputStream {
        private final StreamSocketImpl socket;
        private final long deadlineNanos;

        UntilDeadline(StreamSocketImpl socket, long deadlineNanos) throws IOException {
            super(socket.getInputStream());
            this.socket = socket;
            this.deadlineNanos = deadlineNanos;
        }

        @Override
        public int read() throws IOException {
            limit();
            return super.read();
        }

        @Override
        public int read(byte[] target, int from, int length) throws IOException {
            limit();
            return super.read(target, from, length);
        }

        private void limit() throws IOException {
            long now = nowNanos();
            if (Timers.isDue(deadlineNanos, now)) {
                throw new SocketTimeoutException("DNS over TCP timed out");
            }
            long millis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - now) + 1;
            socket.setOption(SocketOptions.SO_TIMEOUT, (int) Math.min(millis, Integer.MAX_VALUE));
        }
    }

    private record UdpChannel(UdpEndpoint endpoint) implements Channel {
        @Override
        public void send(byte[] query) throws IOException {
            endpoint.send(null, 0, ByteBuffer.wrap(query));
        }

        @Override
        public byte @Nullable [] receive(long deadlineNanos) throws IOException {
            UdpEndpoint.Received received = endpoint.receive(deadlineNanos);
            return received == null ? null : received.payload();
        }

        @Override
        public void close() {
            endpoint.close();
        }
    }
}
