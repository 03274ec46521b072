// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a peer has done so far, as {@code wg show} tells it.
 *
 * @param receivedBytes bytes of authentic datagrams that were received, headers and handshakes included
 * @param sentBytes bytes of datagrams that were sent, likewise
 * @param lastHandshake when a session was last established, null if never
 * @param endpoint where it is, null if not known
 */
public record WgPeerStats(
        long receivedBytes,
        long sentBytes,
        @Nullable Instant lastHandshake,
        @Nullable WgEndpoint endpoint) {}
