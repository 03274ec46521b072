// SPDX-License-Identifier: MIT
/**
 * Our captures in the hands of tshark, capinfos and tcpdump: files in order, of a full disk, of a process that was killed, and
 * live; and beside what tcpdump recorded of the same interface, and what it takes by the same filter.
 */
@NullMarked
package io.pktkit.interop.pcap;

import org.jspecify.annotations.NullMarked;
