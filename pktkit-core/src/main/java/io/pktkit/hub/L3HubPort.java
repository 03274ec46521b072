// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.device.Attachment;
import io.pktkit.device.L3Device;
import io.pktkit.wire.Packet;
import io.pktkit.wire.RateLimiter;

/** A device's place on an {@link L3Hub}. Any thread; what is changed here holds for packets that come in from then on. */
public final class L3HubPort implements Attachment {

    private static final int ERRORS_PER_SECOND = 100;
    private static final int ERROR_BURST = 50;

    private final L3Hub hub;
    private final L3Device device;

    /** Each port has its own, so that one that provokes errors does not use up those of the others. */
    private final RateLimiter errorLimit = new RateLimiter(ERRORS_PER_SECOND, ERROR_BURST);

    private volatile boolean reversePathCheck;
    private volatile boolean closed;

    L3HubPort(L3Hub hub, L3Device device) {
        this.hub = hub;
        this.device = device;
    }

    /** {@return the device that is attached here} */
    public L3Device device() {
        return device;
    }

    /** {@return whether packets from here must have a source that is reached over here} */
    public boolean hasReversePathCheck() {
        return reversePathCheck;
    }

    /**
     * Drops what comes from here with a source that the hub would not send back to here: the strict check of RFC 3704
     * section 2.2, against forged addresses. Packets to a group may have no source yet, or a link-local one.
     *
     * @param check whether to check; a new port does not
     */
    public void setReversePathCheck(boolean check) {
        reversePathCheck = check;
    }

    /** Detaches the device, which stays open; if the default route led here, there is none any more. Idempotent. */
    @Override
    public void close() {
        hub.disconnect(this);
    }

    boolean isClosed() {
        return closed;
    }

    /** Under the hub's lock. */
    void markClosed() {
        closed = true;
    }

    RateLimiter errorLimit() {
        return errorLimit;
    }

    void onPacket(Packet packet) {
        hub.receive(this, packet);
    }
}
