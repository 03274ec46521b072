// SPDX-License-Identifier: MIT
package io.pktkit.dns.host;

import io.pktkit.dns.DnsFrames;
import io.pktkit.dns.upstream.DnsServer;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** A query over TCP, on a connection of its own. */
final class StreamExchange extends HostExchange {
    private final ByteBuffer out;
    private final DnsFrames frames = new DnsFrames();

    StreamExchange(HostDnsTransport transport, DnsServer server, byte[] query, Runnable onArrival) {
        super(transport, server, query, onArrival);
        this.out = ByteBuffer.wrap(DnsFrames.frame(query));
    }

    @Override
    SelectableChannel begin(Selector selector) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            channel.configureBlocking(false);
            boolean connected = channel.connect(socketAddress());
            channel.register(selector, connected ? SelectionKey.OP_WRITE : SelectionKey.OP_CONNECT, this);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    void onReady(SelectionKey key, ByteBuffer buffer) throws IOException {
        SocketChannel channel = (SocketChannel) key.channel();
        if (key.isConnectable() && channel.finishConnect()) {
            key.interestOps(SelectionKey.OP_WRITE);
        }
        if (key.isWritable()) {
            channel.write(out);
            if (!out.hasRemaining()) {
                key.interestOps(SelectionKey.OP_READ);
            }
        }
        if (key.isReadable()) {
            buffer.clear();
            if (channel.read(buffer) < 0) {
                throw new EOFException("the server closed the connection");
            }
            frames.add(buffer.flip());
            for (byte[] message = frames.next(); message != null; message = frames.next()) {
                arrived(message);
            }
        }
    }
}
