// SPDX-License-Identifier: MIT
package io.pktkit.link;

import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.device.FailureLog;
import io.pktkit.device.Receiver;
import io.pktkit.internal.CallbackGate;
import io.pktkit.internal.ThreadState;
import io.pktkit.wire.Pdu;
import org.jspecify.annotations.Nullable;

/** The code at the far side of a pipe: gets what was sent into it until the pipe is closed. Any thread. */
final class FarSide<P extends Pdu> extends CallbackGate {

    private static final FailureLog FAILURES = new FailureLog(FarSide.class, "far side of a pipe");

    private final DeviceStats stats;
    private final @Nullable Receiver<P> receiver;

    FarSide(DeviceStats stats, @Nullable Receiver<P> receiver) {
        this.stats = stats;
        this.receiver = receiver;
    }

    boolean send(P pdu) {
        int length = pdu.length();
        DropReason reason = hand(pdu);
        if (reason != null) {
            stats.sendDropped(reason);
            return false;
        }
        stats.sent(length);
        return true;
    }

    private @Nullable DropReason hand(P pdu) {
        ThreadState thread = ThreadState.current();
        if (!enter(thread)) {
            return DropReason.CLOSED;
        }
        try {
            if (receiver == null) {
                return DropReason.NO_HANDLER;
            }
            receiver.receive(pdu);
            return null;
        } catch (Throwable failure) {
            stats.error();
            FAILURES.record(failure);
            return DropReason.HANDLER_FAILED;
        } finally {
            exit(thread);
        }
    }
}
