// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.datagram.DatagramEndpoint;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The receiving thread of a port. Nothing that arrives ends it: what a device throws is contained by the endpoint. A
 * broken socket is tried again with a pause, and given up when that lasts for about a minute; then the port stays open,
 * but deaf, until it is closed.
 */
final class Receiver implements Runnable {

    private static final int MOST_FAILURES = 64;
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final PortCore port;
    private final Incoming incoming;

    Receiver(PortCore port, Incoming incoming) {
        this.port = port;
        this.incoming = incoming;
    }

    @Override
    public void run() {
        int failures = 0;
        while (failures < MOST_FAILURES) {
            DatagramEndpoint endpoint = port.endpoint();
            try {
                int received = endpoint.receive(incoming);
                if (received == DatagramEndpoint.CLOSED) {
                    incoming.endOfBurst(); // which nobody ends there any more
                    if (isLast(endpoint)) {
                        return;
                    }
                    continue;
                }
                failures = 0;
                port.deadline().update();
            } catch (IOException | RuntimeException | Error failure) {
                if (endpoint.isClosed()) {
                    if (isLast(endpoint)) {
                        return;
                    }
                    continue;
                }
                failures++;
                port.failed(failure);
                // An interrupt would make the pause no pause.
                boolean interrupted = Thread.interrupted();
                LockSupport.parkNanos(this, PAUSE_NANOS);
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    /** Whether the port did not move to another endpoint when this one was closed. */
    @SuppressWarnings("ReferenceEquality")
    private boolean isLast(DatagramEndpoint endpoint) {
        return endpoint == port.endpoint();
    }
}
