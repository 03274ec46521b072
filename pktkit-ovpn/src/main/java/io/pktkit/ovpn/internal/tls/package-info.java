// SPDX-License-Identifier: MIT

/**
 * TLS as bytes in and bytes out, by BouncyCastle: the JDK's engine cannot export key material before JDK 25. The bulk of
 * the traffic is not here, so its slower ciphers do not matter. Owned by one thread.
 */
@NullMarked
package io.pktkit.ovpn.internal.tls;

import org.jspecify.annotations.NullMarked;
