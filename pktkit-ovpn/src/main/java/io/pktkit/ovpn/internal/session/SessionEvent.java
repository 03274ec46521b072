// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import io.pktkit.ovpn.client.ClientSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What happens to a session. */
public sealed interface SessionEvent {

    /**
     * A packet of the control channel came.
     *
     * @param bytes the packet as it came, not to be changed any more
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on, not compared
    record Packet(byte[] bytes) implements SessionEvent {}

    /** A deadline has come. */
    record Tick() implements SessionEvent {}

    /**
     * The client may come in.
     *
     * @param attempt of {@link SessionAction.Authenticate}
     * @param settings what it is given; only those of the first answer count
     * @param authToken what it is to send in place of its password from now on; null if that stays
     */
    record Accept(
            long attempt, ClientSettings settings, @Nullable String authToken) implements SessionEvent {}

    /**
     * The client may not come in.
     *
     * @param attempt of {@link SessionAction.Authenticate}
     * @param reason what the client is told; empty for nothing
     */
    record Reject(long attempt, String reason) implements SessionEvent {}

    /**
     * The answer takes a while.
     *
     * @param attempt of {@link SessionAction.Authenticate}
     * @param seconds how long at most
     * @param info what the client is told, such as {@code WEB_AUTH::https://...}; empty for nothing
     */
    record Pending(long attempt, int seconds, String info) implements SessionEvent {}

    /**
     * What was pushed changes; nothing happens with a client that cannot do that.
     *
     * @param options as pushed, or with a minus before their key to take them back
     */
    record Update(List<String> options) implements SessionEvent {}

    /** The client said in the data channel that it leaves. */
    record ExitNotified() implements SessionEvent {}

    /**
     * The session is to end.
     *
     * @param message what the client is told, such as RESTART or HALT; empty for nothing
     */
    record Close(String message) implements SessionEvent {}

    /** The session ends at once, also one that has begun to: there is no room for it, or no way to its client any more. */
    record End() implements SessionEvent {}
}
