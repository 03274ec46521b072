// SPDX-License-Identifier: MIT
package io.pktkit.impair;

/** Which way something passes between a device and its network. */
public enum Direction {
    /** Into the device: what the network sends. */
    SEND,
    /** Out of the device: what the network receives. */
    RECEIVE
}
