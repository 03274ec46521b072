// SPDX-License-Identifier: MIT

/**
 * The primitives, none of them home-made: ChaCha20-Poly1305 from the JCA, BLAKE2s, X25519 and the ChaCha core from
 * BouncyCastle. What is here only arranges them: HMAC and HKDF over BLAKE2s, and XChaCha20-Poly1305.
 *
 * <p>Nothing here is shared between threads but immutable keys; ciphers are kept one a thread.
 */
@NullMarked
package io.pktkit.wg.internal.crypto;

import org.jspecify.annotations.NullMarked;
