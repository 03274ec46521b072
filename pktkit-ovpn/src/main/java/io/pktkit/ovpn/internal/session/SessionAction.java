// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import io.pktkit.ovpn.client.ClientIdentity;
import io.pktkit.ovpn.client.ClientSettings;

/** What a session wants done, in order. */
public sealed interface SessionAction {

    /**
     * Send a packet to the client.
     *
     * @param packet the packet, owned by who sends it
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on, not compared
    record Send(byte[] packet) implements SessionAction {}

    /**
     * Find out whether the client may come in, and answer by an event.
     *
     * @param attempt names this question
     * @param identity who it is
     * @param password in UTF-8, to be wiped; empty if there is none
     * @param renewal whether it is in already, and renegotiates
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on, not compared
    record Authenticate(long attempt, ClientIdentity identity, byte[] password, boolean renewal)
            implements SessionAction {}

    /**
     * The client is in; its traffic flows from now on.
     *
     * @param settings what it was given
     */
    record Connected(ClientSettings settings) implements SessionAction {}

    /**
     * The client answers a challenge.
     *
     * @param text what it says
     */
    record ChallengeResponse(String text) implements SessionAction {}

    /**
     * The session is over; no further event matters.
     *
     * @param cause why
     * @param detail more for the log; empty if there is none
     */
    record Closed(CloseCause cause, String detail) implements SessionAction {}
}
