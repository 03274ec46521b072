// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.device.FailureLog;
import io.pktkit.internal.Scratch;
import io.pktkit.internal.ThreadState;
import io.pktkit.time.Timers;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IcmpErrors;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link L3Hub} answers to packets that it does not forward. Silent without a source address, and about all that
 * RFC 1122 section 3.2.2 and RFC 4443 section 2.4 exclude; a limit for each port. Any thread.
 */
final class RouterErrors {

    private static final FailureLog FAILURES = new FailureLog(L3Hub.class, "device that an error went to");

    /** Code 0 in both families: RFC 1812 section 5.2.7.1, RFC 4443 section 3.1. */
    private static final IcmpError NO_ROUTE = IcmpError.destinationUnreachable(0, 0);

    private final Timers timers;
    private final HubStats stats;
    private volatile @Nullable IpAddress source4;
    private volatile @Nullable IpAddress source6;
    private volatile boolean unreachables;

    RouterErrors(Timers timers, HubStats stats) {
        this.timers = timers;
        this.stats = stats;
    }

    void source(IpFamily family, @Nullable IpAddress source) {
        if (family == IpFamily.IPV4) {
            source4 = source;
        } else {
            source6 = source;
        }
    }

    void unreachables(boolean send) {
        unreachables = send;
    }

    void noRoute(ThreadState thread, L3HubPort to, Packet packet) {
        if (unreachables) {
            send(thread, to, packet, NO_ROUTE);
        }
    }

    void send(ThreadState thread, L3HubPort to, Packet packet, IcmpError error) {
        IpAddress source = packet.isIpv4() ? source4 : source6;
        if (source == null) {
            return;
        }
        Scratch scratch = thread.scratch();
        ByteBuffer answer = scratch.buffer(Scratch.ERROR, IcmpErrors.MAX_LENGTH);
        int length = IcmpErrors.write(packet, source, error, answer, 0);
        // The limiter is asked last, so that what must not be answered uses up nothing.
        if (length == 0 || !to.errorLimit().tryAcquire(timers.nowNanos())) {
            return;
        }
        stats.countError(thread);
        try {
            if (!to.send(scratch.packet(Scratch.ERROR).wrap(answer, 0, length))) {
                stats.countRefused(thread);
            }
        } catch (Throwable failure) {
            stats.countRefused(thread);
            FAILURES.record(failure);
        }
    }
}
