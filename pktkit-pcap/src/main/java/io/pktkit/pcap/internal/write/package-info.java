// SPDX-License-Identifier: MIT

/**
 * From a packet on its way to a block in a file: the ring that the threads of the network fill, the encoders of the two
 * formats, and where whole blocks go. Only the ring is for several threads; the rest is the writing thread's.
 */
@NullMarked
package io.pktkit.pcap.internal.write;

import org.jspecify.annotations.NullMarked;
