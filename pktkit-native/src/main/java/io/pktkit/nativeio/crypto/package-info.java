// SPDX-License-Identifier: MIT

/**
 * ChaCha20-Poly1305 and X25519 of the system's libcrypto, for tunnels that want them.
 *
 * <p>The library is found in the directories of the system, by an absolute path, so that no environment variable can put
 * another one in its place; or where the caller says. It is proved by the known answers of RFC 8439 and RFC 7748 before it is
 * used.
 *
 * <p><b>Ownership and threads.</b> A key may be used by any threads at once. Each thread has one cipher context of the
 * library, which is freed when the thread has ended and its locals were collected; it holds a copy of the last key that
 * the thread used until then. Keys are in memory outside of the heap and overwritten by {@code wipe}; private keys of X25519 are the library's. Buffers are
 * worked on in place; an address is kept only with the buffer that it is of, to be compared before it is used. There is
 * no timer, and no bound but one context and 256 bytes a thread, what keys of X25519 take until they are wiped, and 64 KiB more for one that uses buffers on the heap.
 */
@NullMarked
package io.pktkit.nativeio.crypto;

import org.jspecify.annotations.NullMarked;
