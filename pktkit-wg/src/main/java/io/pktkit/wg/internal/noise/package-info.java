// SPDX-License-Identifier: MIT

/**
 * The handshake Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s as WireGuard uses it: what is computed, without peers, tables,
 * times or limits. Every Diffie-Hellman result that is zero ends the handshake.
 *
 * <p>Keys are immutable and for any thread; a handshake belongs to whoever runs it.
 */
@NullMarked
package io.pktkit.wg.internal.noise;

import org.jspecify.annotations.NullMarked;
