// SPDX-License-Identifier: MIT
package io.pktkit.impair;

/** Which way something passes an impaired device. */
public enum Direction {
    /** From {@code send} into the wrapped device. */
    SEND,
    /** From the wrapped device to the handler. */
    RECEIVE
}
