// SPDX-License-Identifier: MIT
package io.pktkit.nat.observe;

import java.io.IOException;

/** A forward, or a mapping that was asked for, could not be made. */
public final class NatForwardException extends IOException {

    private static final long serialVersionUID = 1;

    /** Why it could not be made. */
    public enum Reason {
        /** The outside port is forwarded to somebody else. */
        FORWARDED_TO_ANOTHER,
        /** The outside port is in use by a mapping or an opening of somebody else. */
        PORT_IN_USE,
        /** The inside endpoint has a forward on another outside port. */
        ENDPOINT_HAS_FORWARD,
        /** The outside address is not ours, belongs to one host alone, or is not the one that the host has. */
        NOT_OUR_ADDRESS,
        /** The host, or who shares a limit with it, has as many as it may. */
        LIMIT,
        /** There is no free port. */
        NO_PORT
    }

    /** Why. */
    private final Reason reason;

    /**
     * Says that a mapping could not be made.
     *
     * @param reason why
     * @param message the reason and who it is about
     */
    public NatForwardException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** {@return why} */
    public Reason reason() {
        return reason;
    }
}
