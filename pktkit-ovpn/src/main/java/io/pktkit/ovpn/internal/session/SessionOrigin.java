// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import io.pktkit.ovpn.internal.wrap.ControlWrap;
import io.pktkit.ovpn.key.StaticKey;
import org.jspecify.annotations.Nullable;

/**
 * How a session began.
 *
 * @param sessionId ours, not 0
 * @param remoteSessionId the client's, not 0
 * @param peerId what the client marks its packets with, 0 to 0xFFFFFE
 * @param wrap what protects the control channel, of this session alone
 * @param wrapKey the key of it, for dynamic tls-crypt; null without one
 * @param resetSent whether our reset was sent by the stateless answer; its packet id of the wrap was 1
 * @param unixSeconds the time of day
 */
public record SessionOrigin(
        long sessionId,
        long remoteSessionId,
        int peerId,
        ControlWrap wrap,
        @Nullable StaticKey wrapKey,
        boolean resetSent,
        int unixSeconds) {}
