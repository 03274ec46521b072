// SPDX-License-Identifier: MIT
package io.pktkit.dns.stub;

import java.net.UnknownHostException;

/** A name could not be resolved. Says why, since a name that does not exist and a silent server want different remedies. */
public final class DnsLookupException extends UnknownHostException {

    private static final long serialVersionUID = 1L;

    /** Why a lookup failed. */
    public enum Reason {
        /** The text is no name that may be asked for; nothing was sent. */
        INVALID_NAME,
        /** No server is configured; nothing was sent. */
        NO_SERVER,
        /** The name does not exist (NXDOMAIN). */
        NO_SUCH_NAME,
        /** The name exists and has no record of the type (NODATA). */
        NO_RECORD,
        /** Every server answered that it could not find out, or the aliases never ended. */
        SERVER_FAILED,
        /** No server gave an answer to believe in time. */
        TIMED_OUT
    }

    /** Serialized with the exception. */
    private final Reason reason;

    /**
     * Describes a failed lookup.
     *
     * @param reason why it failed
     * @param message what was asked, of whom, and what came of it
     */
    public DnsLookupException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** {@return why the lookup failed} */
    public Reason reason() {
        return reason;
    }
}
