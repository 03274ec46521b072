// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.iphost.DatagramQueue;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Payloads of datagrams, one behind the other, between a lock and a socket: taken under the one and sent to the other, or received from
 * the other and handed over under the one. Owned by one thread at a time.
 */
final class PayloadBatch {
    /** Datagrams for which a lock is taken once. */
    static final int MAX_DATAGRAMS = 64;

    /** Of the longest payload, with a byte to spare. */
    static final int MAX_PAYLOAD = 1 << 16;

    /** 64 that fill Ethernet's frames, and the longest one. */
    private static final int CAPACITY = MAX_PAYLOAD + (128 << 10);

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(CAPACITY);
    private final ByteBuffer view = buffer.duplicate();
    private final int[] ends = new int[MAX_DATAGRAMS];
    private final @Nullable Endpoint[] remotes = new Endpoint[MAX_DATAGRAMS];
    private int size;

    /** Where they go, when it is the one place for all of them. */
    @Nullable
    UdpRoute route;

    /** Forgets what is held. */
    void clear() {
        buffer.clear();
        Arrays.fill(remotes, 0, size, null);
        size = 0;
        route = null;
    }

    /** Where the next payload is to be written, from the position on. */
    ByteBuffer buffer() {
        return buffer;
    }

    boolean hasRoom(int length) {
        return size < MAX_DATAGRAMS && buffer.remaining() >= length;
    }

    /** Takes what is next in a queue; there must be room. */
    void take(DatagramQueue queue) {
        queue.poll(buffer);
        add(null);
    }

    /** Ends the payload that was written. */
    void add(@Nullable Endpoint remote) {
        remotes[size] = remote;
        ends[size++] = buffer.position();
    }

    /** Drops what was written behind the last payload. */
    void revert() {
        buffer.position(size == 0 ? 0 : ends[size - 1]);
    }

    int size() {
        return size;
    }

    @Nullable
    Endpoint remote(int index) {
        return remotes[index];
    }

    int length(int index) {
        return ends[index] - start(index);
    }

    /** The payload of one, as a view that is reused. */
    ByteBuffer payload(int index) {
        return payloads(index, index + 1);
    }

    /** Those from one to before another, as a view that is reused. */
    ByteBuffer payloads(int from, int to) {
        return view.limit(ends[to - 1]).position(start(from));
    }

    /** The end of the run that begins with one: neighbours of one remote and one length, of which the last may be shorter. */
    int endOfRun(int from) {
        Endpoint remote = remotes[from];
        int length = length(from);
        int next = from + 1;
        while (remote != null && length > 0 && next < size && remote.equals(remotes[next])) {
            int its = length(next);
            if (its == 0 || its > length || ends[next] - start(from) >= MAX_PAYLOAD - 64) {
                break;
            }
            next++;
            if (its < length) {
                break;
            }
        }
        return next;
    }

    /** The end of those that begin with one and go to one remote, however long they are. */
    int endOfRemote(int from) {
        Endpoint remote = remotes[from];
        int next = from + 1;
        while (remote != null && next < size && remote.equals(remotes[next])) {
            next++;
        }
        return next;
    }

    private int start(int index) {
        return index == 0 ? 0 : ends[index - 1];
    }
}
