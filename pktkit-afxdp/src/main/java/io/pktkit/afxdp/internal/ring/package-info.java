// SPDX-License-Identifier: MIT
/**
 * The rings that an AF_XDP socket shares with the kernel: one side writes entries and moves a producer's cursor, the other
 * reads them and moves a consumer's. Pure: a ring is a direct buffer, wherever that came from.
 *
 * <p>Cursors are 32-bit numbers that wrap around; their difference is what matters, and an entry's place is the cursor modulo
 * the size, a power of two. What the other side wrote is read with acquire, what it is to read is published with release,
 * so that an entry is there before its cursor says so. Each ring object is one side, and one thread's at a time.
 */
@NullMarked
package io.pktkit.afxdp.internal.ring;

import org.jspecify.annotations.NullMarked;
