// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

/** What an endpoint counts besides its {@link DatagramEndpoint#stats()}. */
public enum DatagramCounter {
    /** Receive calls that brought something. */
    RECEIVE_CALLS,
    /** Datagrams that arrived joined with others. */
    COALESCED,
    /** Errors that a receive call told, most of them ICMP errors about what was sent before. */
    RECEIVE_ERRORS,
    /** Send calls. */
    SEND_CALLS,
    /** Messages that left as a run to be cut. */
    SEGMENTED_SENDS,
    /** Datagrams that left in such runs. */
    SEGMENTS,
    /** Runs that the kernel refused to cut, and that left as single datagrams. */
    SEGMENTATION_FALLBACKS,
    /** Datagrams that were tried again because the first try told the error of an earlier one. */
    ERROR_RETRIES,
    /** Datagrams that left from another address than asked for, because that one was not ours any more. */
    SOURCE_FALLBACKS
}
