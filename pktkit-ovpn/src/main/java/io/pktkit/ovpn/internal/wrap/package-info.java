// SPDX-License-Identifier: MIT

/**
 * What protects the packets of the control channel before and around TLS: nothing, tls-auth, tls-crypt. A wrap is keys and
 * a form; the packet ids are of the session that uses it. Owned by one thread.
 */
@NullMarked
package io.pktkit.ovpn.internal.wrap;

import org.jspecify.annotations.NullMarked;
