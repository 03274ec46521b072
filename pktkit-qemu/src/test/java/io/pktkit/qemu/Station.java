// SPDX-License-Identifier: MIT
package io.pktkit.qemu;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.pktkit.device.Receiver;
import io.pktkit.wire.Frame;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Keeps what it receives. */
final class Station implements Receiver<Frame> {

    private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();

    @Override
    public void receive(Frame frame) {
        received.add(frame.toBytes());
    }

    byte[] next() throws InterruptedException {
        byte[] frame = received.poll(Peer.WAIT_SECONDS, TimeUnit.SECONDS);
        assertNotNull(frame, "no frame came");
        return frame;
    }

    int waiting() {
        return received.size();
    }
}
