// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.datagram;

import io.pktkit.datagram.Datagram;
import io.pktkit.datagram.DatagramCounter;
import io.pktkit.device.DropReason;
import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.MessageVector;
import io.pktkit.nativeio.NativeIoException;
import io.pktkit.nativeio.Poller;
import io.pktkit.nativeio.UdpSocket;
import java.nio.ByteBuffer;

/**
 * Takes messages from the sockets and splits what was joined. Owned by the thread that receives.
 *
 * <p>A busy socket is read without asking first whether it has something; one that was empty the last time is looked at
 * when the busy ones have nothing, and now and then all the same.
 */
final class Receiver {

    /** The longest message: a run that the kernel joined counts as one IP packet. */
    private static final int JOINED = 65_535;

    private static final int MESSAGES = 32;

    /** Readings of a busy socket between two looks at one that was empty. */
    private static final int PATIENCE = 8;

    /** Errors in a row after which a socket counts as broken; a call that finds nothing shows that it is not. */
    private static final int MAX_ERRORS = 64;

    private final LinuxEndpoint endpoint;
    private final UdpSocket[] sockets;
    private final boolean[] busy;
    private final UdpCalls calls;
    private final int largest;
    private final int room;
    private final ByteBuffer memory;
    private final MessageVector messages;
    private final Datagram datagram = new Datagram();
    private int turn;
    private final int[] errors;

    Receiver(LinuxEndpoint endpoint, UdpSocket[] sockets, int largest, boolean joined, UdpCalls calls) {
        this.endpoint = endpoint;
        this.sockets = sockets;
        this.largest = largest;
        this.calls = calls;
        busy = new boolean[sockets.length];
        errors = new int[sockets.length];
        room = joined ? JOINED : largest;
        memory = ByteBuffer.allocateDirect(MESSAGES * room);
        messages = new MessageVector(memory, MESSAGES);
        prepare(MESSAGES);
    }

    /** Takes over what a wait found. The sockets are the first of what it waited for. */
    void polled(Poller poller) {
        for (int i = 0; i < busy.length; i++) {
            busy[i] = poller.events(i) != 0;
        }
    }

    /** One reading of the busy sockets or, if they have nothing, of the others. Answers how many were delivered. */
    int drain() throws NativeIoException {
        turn++;
        boolean all = turn % PATIENCE == 0;
        int taken = 0;
        int looked = 0;
        for (int i = 0; i < sockets.length; i++) {
            if (busy[i] || all) {
                looked |= 1 << i;
                taken += read(i);
            }
        }
        for (int i = 0; i < sockets.length && taken == 0; i++) {
            if ((looked & (1 << i)) == 0) {
                taken += read(i);
            }
        }
        return taken;
    }

    private int read(int index) throws NativeIoException {
        int count = calls.receive(sockets[index], messages, MESSAGES);
        busy[index] = count > 0;
        if (count <= 0) {
            failed(index, -count);
            return 0;
        }
        errors[index] = 0;
        endpoint.add(DatagramCounter.RECEIVE_CALLS, 1);
        int taken = 0;
        try {
            for (int i = 0; i < count; i++) {
                taken += split(i);
            }
        } finally {
            prepare(count);
        }
        return taken;
    }

    private void failed(int index, int errno) throws NativeIoException {
        if (errno == 0 || errno == Errno.EAGAIN || endpoint.isClosed()) {
            errors[index] = 0;
            return;
        }
        endpoint.add(DatagramCounter.RECEIVE_ERRORS, 1);
        if (++errors[index] > MAX_ERRORS) {
            throw new NativeIoException("recvmmsg", errno, "the socket is broken: close the endpoint and open another");
        }
    }

    /** Delivers the datagrams that a message consists of; each has the addresses of the message. */
    private int split(int index) {
        if (!messages.readIncoming(index, datagram)) {
            endpoint.stats().receiveDropped(DropReason.TRUNCATED);
            return 0;
        }
        int length = messages.length(index);
        int size = messages.segmentSize(index);
        int start = index * room;
        if (size <= 0 || size >= length) {
            return deliver(start, length);
        }
        int taken = 0;
        int pieces = 0;
        for (int at = 0; at < length; at += size) {
            taken += deliver(start + at, Math.min(size, length - at));
            pieces++;
        }
        endpoint.add(DatagramCounter.COALESCED, pieces);
        return taken;
    }

    private int deliver(int offset, int length) {
        if (length > largest) {
            endpoint.stats().receiveDropped(DropReason.TRUNCATED);
            return 0;
        }
        return endpoint.take(datagram.payload(memory, offset, length));
    }

    private void prepare(int count) {
        for (int i = 0; i < count; i++) {
            messages.setIncoming(i, i * room, room);
        }
    }
}
