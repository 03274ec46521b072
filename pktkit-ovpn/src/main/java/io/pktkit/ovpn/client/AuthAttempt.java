// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.client;

import java.util.function.Consumer;

/** A client that wants to come in. Any thread; the first answer counts, and none when the client has gone. */
public interface AuthAttempt {

    /** {@return who it is, as far as it has proved or said} */
    ClientIdentity identity();

    /** {@return the password, a copy to be wiped; empty if the client sent none or has gone, or the attempt is answered} */
    char[] password();

    /** {@return the address that it comes from, with the port} */
    String remoteAddress();

    /** {@return whether it is in already, and renegotiates: what {@link #accept} gives then has no effect} */
    boolean isRenewal();

    /**
     * Lets it in. A client without an address is given one of the pool.
     *
     * @param settings what it is given beside what the server pushes to all, and in place of that where there is one of it:
     *     an address, an MTU, redirect-gateway. Its options come behind those for all: of two of a name a client takes the last
     */
    void accept(ClientSettings settings);

    /** Lets it in with what the server pushes to all. */
    void accept();

    /**
     * Refuses it.
     *
     * @param reason what it is told after AUTH_FAILED; empty for nothing. What begins with {@code TEMP:}, or with hints as in
     *     {@code TEMP[backoff 42,advance no]:}, lets a client try again, where a refusal makes it give up; one that does not
     *     know it (before 2.6) is told to restart, which does the same
     */
    void reject(String reason);

    /**
     * Tells the client that it takes a while, once or more.
     *
     * @param seconds how long at most, up to 900
     * @param info what the client shows or opens, such as {@code WEB_AUTH::https://...} or {@code CR_TEXT:R,E:Code?}; empty
     *     for nothing
     * @param response called with what the client answers to a challenge
     */
    void pending(int seconds, String info, Consumer<String> response);
}
