// SPDX-License-Identifier: MIT

/**
 * The system calls that pktkit's devices need, on 64-bit Linux; those of a TUN device on macOS too.
 *
 * <p>Two rules keep a native call from touching what is no longer ours. A descriptor is counted: {@link
 * io.pktkit.nativeio.NativeFd} closes it when the last call on it has returned, so that its number is never reused under a
 * running call. Memory is always a direct {@code ByteBuffer}, checked against its limit and kept reachable during the
 * call; no address is stored, except in a {@link io.pktkit.nativeio.MessageVector}, which owns the memory that it names.
 *
 * <p>Calls on the data path answer with a count or a negated errno and allocate nothing. Everything else throws a {@link
 * io.pktkit.nativeio.NativeIoException}, which names the call, the errno and what to do about it. The C library is bound
 * on first use, so that merely having this module on the path is harmless on other systems. JNA makes the calls, but those
 * on the data path where the JDK has the foreign function API and it may be used.
 */
@NullMarked
package io.pktkit.nativeio;

import org.jspecify.annotations.NullMarked;
