// SPDX-License-Identifier: MIT

/**
 * Keys of the control channel that are in files: those of tls-auth and tls-crypt, and of tls-crypt-v2 that of the server
 * and those of clients. All are immutable and hold secrets, which {@code toString} does not tell. Any thread.
 */
@NullMarked
package io.pktkit.ovpn.key;

import org.jspecify.annotations.NullMarked;
