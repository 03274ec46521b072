// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.datagram;

import io.pktkit.nativeio.MessageVector;
import io.pktkit.nativeio.NativeIoException;
import io.pktkit.nativeio.Poller;
import io.pktkit.nativeio.UdpSocket;

/** The system calls of the data path and of its trial, apart so that tests can let them fail. */
class UdpCalls {

    /** As {@link UdpSocket#send}. */
    int send(UdpSocket socket, MessageVector messages, int first, int count) {
        return socket.send(messages, first, count);
    }

    /** As {@link UdpSocket#receive}. */
    int receive(UdpSocket socket, MessageVector messages, int count) {
        return socket.receive(messages, count);
    }

    /** As {@link Poller#await(int)}, for what a trial has sent. */
    int await(Poller poller, int millis) throws NativeIoException {
        return poller.await(millis);
    }
}
