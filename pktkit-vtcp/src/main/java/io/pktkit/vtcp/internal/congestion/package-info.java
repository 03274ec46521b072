// SPDX-License-Identifier: MIT

/**
 * Congestion control: one interface and its implementations. They are told of acknowledgments and losses and answer
 * with a window; what is lost, and when to resend, is decided elsewhere. Owned by one connection, not thread-safe.
 */
@NullMarked
package io.pktkit.vtcp.internal.congestion;

import org.jspecify.annotations.NullMarked;
