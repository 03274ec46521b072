// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import io.pktkit.ovpn.internal.data.DataKey;
import io.pktkit.time.Timers;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Silence: when this end breaks it by a ping, and when that of the client has lasted too long. Owned by its session. */
public final class Keepalive {

    /** The limits of keys are looked at no less often. */
    private static final long HOUSEKEEPING_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** What makes a ping, which the other end drops. */
    private static final ByteBuffer PING = ByteBuffer.wrap(HexFormat.of().parseHex("2a187bf3641eb4cb07ed2d0a981fc748"))
            .asReadOnlyBuffer();

    private final SessionTimes times;
    private final DataPlane dataPlane;

    /** When the session was last looked at. */
    private long lookedAt;

    Keepalive(SessionTimes times, DataPlane dataPlane, long nowNanos) {
        this.times = times;
        this.dataPlane = dataPlane;
        this.lookedAt = nowNanos;
    }

    /** When something is to be looked at. */
    long nextDeadlineNanos() {
        return Timers.earlier(Timers.earlier(pingAt(), timeoutAt()), Timers.after(lookedAt, HOUSEKEEPING_NANOS));
    }

    private long pingAt() {
        long ping = times.pingNanos();
        return ping > 0 ? Timers.after(dataPlane.lastSentNanos(), ping) : Timers.NEVER;
    }

    private long timeoutAt() {
        long silence = times.silenceNanos();
        return silence > 0 ? Timers.after(dataPlane.lastReceivedNanos(), silence) : Timers.NEVER;
    }

    /** Whether the client was silent for so long that it is gone. */
    boolean isClientGone(long nowNanos) {
        return Timers.isDue(timeoutAt(), nowNanos);
    }

    /** A ping if one is due and there is a key for it, or null. */
    byte @Nullable [] pingIfDue(long nowNanos) {
        lookedAt = nowNanos;
        if (!Timers.isDue(pingAt(), nowNanos)) {
            return null;
        }
        ByteBuffer packet = ByteBuffer.allocate(PING.capacity() + DataKey.MAX_OVERHEAD);
        int length = dataPlane.seal(PING, 0, PING.capacity(), packet, 0, nowNanos);
        return length > 0 ? Arrays.copyOf(packet.array(), length) : null;
    }

    /**
     * Tells a ping from a packet.
     *
     * @param payload where the payload is
     * @param offset where it begins
     * @param length its bytes
     * @return whether it is a ping
     */
    public static boolean isPing(ByteBuffer payload, int offset, int length) {
        return length == PING.capacity()
                && payload.getLong(offset) == PING.getLong(0)
                && payload.getLong(offset + 8) == PING.getLong(8);
    }
}
