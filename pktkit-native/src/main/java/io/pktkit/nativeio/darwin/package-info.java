// SPDX-License-Identifier: MIT

/**
 * The utun interfaces of macOS: sockets of its kernel control, whose other end is an interface. Written by Apple's headers,
 * {@code sys/kern_control.h} and {@code net/if_utun.h}; never run on a Mac.
 */
@NullMarked
package io.pktkit.nativeio.darwin;

import org.jspecify.annotations.NullMarked;
