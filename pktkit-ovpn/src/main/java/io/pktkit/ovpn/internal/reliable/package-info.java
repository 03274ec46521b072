// SPDX-License-Identifier: MIT

/**
 * The reliable layer of the control channel: packet ids from 0 for each key, windows of 6 to send and 12 to receive,
 * retransmission with doubling time-outs, and at once when three later packets were acknowledged. Owned by one thread.
 */
@NullMarked
package io.pktkit.ovpn.internal.reliable;

import org.jspecify.annotations.NullMarked;
