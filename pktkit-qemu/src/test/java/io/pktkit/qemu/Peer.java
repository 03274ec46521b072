// SPDX-License-Identifier: MIT
package io.pktkit.qemu;

import io.pktkit.wire.Frame;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** The other end of the socket, by blocking calls: what QEMU is to a device. */
final class Peer implements AutoCloseable {

    static final int WAIT_SECONDS = 30;

    private final SocketChannel channel;

    Peer(SocketChannel channel) {
        this.channel = channel;
    }

    static Peer connect(QemuAddress address) throws IOException {
        return new Peer(SocketChannel.open(address.resolve()));
    }

    /** A frame whose payload is a number, to be told from others. */
    static byte[] frame(int length, int number) {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        bytes.put(5, (byte) 2).put(6, (byte) 2).put(11, (byte) 1).putShort(12, (short) 0x88B5);
        if (length >= 18) {
            bytes.putInt(14, number);
        }
        return bytes.array();
    }

    static Frame view(byte[] frame) {
        return new Frame().wrap(ByteBuffer.wrap(frame), 0, frame.length);
    }

    void send(byte[] frame) throws IOException {
        write(ByteBuffer.allocate(4 + frame.length)
                .putInt(frame.length)
                .put(frame)
                .array());
    }

    void write(byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    byte[] receive() throws IOException {
        int length = ByteBuffer.wrap(read(4)).getInt();
        return read(length);
    }

    private byte[] read(int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException();
            }
        }
        return buffer.array();
    }

    /** Waits for the end; what comes before it is dropped. */
    boolean isHungUpOn() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        try {
            while (channel.read(buffer.clear()) >= 0) {}
        } catch (IOException reset) {
            return true;
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
