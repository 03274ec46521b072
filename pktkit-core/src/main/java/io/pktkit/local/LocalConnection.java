// SPDX-License-Identifier: MIT
package io.pktkit.local;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One connection of a {@link LocalServer}. Requests may hold secrets, so what is done with is overwritten. */
final class LocalConnection implements AutoCloseable {

    private static final int FIRST = 1024;

    private final SocketChannel channel;
    private final LocalProtocol protocol;
    private byte[] received = new byte[FIRST];
    private int length;

    /** Up to where there is no end of a request. */
    private int searched;

    private byte @Nullable [] answer;
    private int written;
    private long since;
    private boolean ended;

    LocalConnection(SocketChannel channel, LocalProtocol protocol, long now) {
        this.channel = channel;
        this.protocol = protocol;
        this.since = now;
    }

    boolean isIdle(long now, long limit) {
        return now - since > limit;
    }

    /** Reads, answers and writes as much as is possible now; false at the end of the connection. */
    boolean proceed(SelectionKey key, long now) throws IOException {
        if (answer == null && !read(now)) {
            return false;
        }
        while (true) {
            byte[] bytes = answer;
            if (bytes == null) {
                String request = next();
                if (request == null) {
                    break;
                }
                bytes = protocol.answers().apply(request).getBytes(StandardCharsets.UTF_8);
                answer = bytes;
                written = 0;
            }
            int count = channel.write(ByteBuffer.wrap(bytes, written, bytes.length - written));
            if (count > 0) {
                written += count;
                since = now;
            }
            if (written < bytes.length) {
                key.interestOps(SelectionKey.OP_WRITE);
                return true;
            }
            Arrays.fill(bytes, (byte) 0);
            answer = null;
        }
        key.interestOps(SelectionKey.OP_READ);
        return !ended && length <= protocol.maxRequest();
    }

    private boolean read(long now) throws IOException {
        if (length == received.length) {
            byte[] larger = Arrays.copyOf(received, (int) Math.min(2L * length, protocol.maxRequest() + 1L));
            Arrays.fill(received, (byte) 0);
            received = larger;
        }
        int count = channel.read(ByteBuffer.wrap(received, length, received.length - length));
        if (count > 0) {
            length += count;
            since = now;
        }
        // Who has said all that he wants to say may still listen.
        ended |= count < 0;
        return count >= 0 || length > 0;
    }

    /** The next whole request, or null. */
    private @Nullable String next() {
        for (int i = searched; i < length; i++) {
            boolean newline = received[i] == '\n';
            if (newline && (!protocol.blankLine() || i == 0 || received[i - 1] == '\n')) {
                String request = new String(received, 0, i, StandardCharsets.UTF_8);
                System.arraycopy(received, i + 1, received, 0, length - i - 1);
                Arrays.fill(received, length - i - 1, length, (byte) 0);
                length -= i + 1;
                searched = 0;
                return request;
            }
        }
        searched = length;
        return null;
    }

    @Override
    public void close() throws IOException {
        Arrays.fill(received, (byte) 0);
        byte[] rest = answer;
        if (rest != null) {
            Arrays.fill(rest, (byte) 0);
        }
        channel.close();
    }
}
