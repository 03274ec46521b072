// SPDX-License-Identifier: MIT
package io.pktkit.dns.host;

import io.pktkit.dns.upstream.DnsServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Random;

/** A query over UDP, from a port of its own that is connected to the server, so that the kernel drops what others send. */
final class DatagramExchange extends HostExchange {
    /** RFC 5452 section 9.2 wants a range as large as practicable; below are the ports that services bind to. */
    private static final int FIRST_PORT = 20_000;

    private static final int PORTS = 65_536 - FIRST_PORT;
    private static final int MAX_TRIES = 16;

    /** Read at a time; whoever sends more waits for others. */
    private static final int MAX_READS = 32;

    private final Random random;

    DatagramExchange(HostDnsTransport transport, DnsServer server, byte[] query, Runnable onArrival, Random random) {
        super(transport, server, query, onArrival);
        this.random = random;
    }

    @Override
    SelectableChannel begin(Selector selector) throws IOException {
        boolean ipv4 = server.address().isIpv4();
        DatagramChannel channel =
                DatagramChannel.open(ipv4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
        try {
            channel.configureBlocking(false);
            bind(channel);
            channel.connect(socketAddress());
            channel.write(ByteBuffer.wrap(query)); // a full buffer drops it, as any router may; there are further tries
            channel.register(selector, SelectionKey.OP_READ, this);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private void bind(DatagramChannel channel) throws IOException {
        for (int i = 1; ; i++) {
            try {
                channel.bind(new InetSocketAddress(FIRST_PORT + random.nextInt(PORTS)));
                return;
            } catch (BindException e) {
                if (i == MAX_TRIES) {
                    throw e;
                }
            }
        }
    }

    @Override
    void onReady(SelectionKey key, ByteBuffer buffer) throws IOException {
        DatagramChannel channel = (DatagramChannel) key.channel();
        for (int i = 0; i < MAX_READS; i++) {
            buffer.clear();
            int length = channel.read(buffer);
            if (length <= 0 && buffer.position() == 0) {
                return;
            }
            byte[] message = new byte[length];
            buffer.flip().get(message);
            if (!arrived(message)) {
                return; // it was the answer, and the port is closed
            }
        }
    }
}
