// SPDX-License-Identifier: MIT
/**
 * AF_XDP sockets at work: each has memory of its own, half of it chunks to receive into and half to send from, four rings,
 * and a thread that receives.
 *
 * <p>A chunk is always in one place: with the kernel (in the FILL ring, or being written, or in the RX ring), or lent to a
 * handler; or free (in our stack), or with the kernel to be sent (in the TX ring, or on its way, or in the COMPLETION
 * ring). Each ring has as many entries as either half has chunks, so that none can overflow, and what was taken out of
 * one always has its place in the next.
 *
 * <p>What is freed when is told in {@code io.pktkit.afxdp}.
 */
@NullMarked
package io.pktkit.afxdp.internal.socket;

import org.jspecify.annotations.NullMarked;
