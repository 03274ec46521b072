// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import io.pktkit.ovpn.internal.tls.TlsSettings;
import io.pktkit.ovpn.key.DataCipher;
import java.util.List;

/**
 * What all sessions of a server have in common.
 *
 * @param tls certificate and key
 * @param ciphers of the data channel, the best first
 * @param tap whether clients have tap devices
 * @param tcp whether they come over TCP
 * @param mtu of the tunnel
 * @param times how long things take
 */
public record SessionConfig(
        TlsSettings tls, List<DataCipher> ciphers, boolean tap, boolean tcp, int mtu, SessionTimes times) {}
