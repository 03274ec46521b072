// SPDX-License-Identifier: MIT

/**
 * Captures: what passes devices, recorded for Wireshark, tcpdump and the like, and read again.
 *
 * <p><b>How it works.</b> A {@link io.pktkit.pcap.Capture} puts taps between devices and their networks, at run time. A tap
 * copies what passes into a ring of memory, under a short lock, and passes it on at once; one thread of the capture takes it
 * from there, encodes it and writes it. A packet is recorded before it passes, so that what it leads to comes after it in the
 * file, and whether it was dropped on the way is noted on it when it has passed.
 *
 * <pre>
 *   device ──▶ tap ──▶ network        any thread: copy, pass on, note the outcome
 *               │
 *               ▼
 *             ring ──▶ encoder ──▶ batch of whole blocks ──▶ file, ring of files, pipe, stream      the capture's thread
 * </pre>
 *
 * <p><b>What it costs.</b> A link pays for the filter and the copy. It is never made to wait: when the ring is full, or the disk
 * is, packets are missing in the capture and counted, for each tap and in the file ({@code epb_dropcount} and the interface's
 * statistics). Nothing that goes wrong with a capture reaches a packet.
 *
 * <p><b>Whole blocks.</b> A file grows by batches of whole blocks, and a batch that could not be written entirely is taken back, so
 * a full disk leaves a file that any program reads; recording goes on when there is room again, a second later at the
 * earliest. What a killed process leaves ends with the last batch, or within it: readers stop there. A stream whose reader
 * is gone ends the capture.
 *
 * <p><b>Formats.</b> pcapng has an interface for each tap, with nanoseconds, the direction seen from the network (in: out of the
 * device), how the link addressed a packet, unfinished checksums and super-segments, the reason why one was dropped as a
 * comment, names, and counts at the end of a tap. Of what came in, that reason is the latest on its way, also of one copy of a flood. The classic format has one kind of packets and their times. Secrets for
 * decryption are never written.
 *
 * <p><b>Limits.</b> 4096 taps at once; 262 144 bytes of a packet; 1024 names; a filter of 4096 characters; room on the way, 8 MiB
 * unless it is set. Files may be bounded, and be a ring. A record waits for its outcome for 100 ms at most. A close waits two
 * seconds for a reader that does not read. {@link io.pktkit.pcap.CaptureReader} takes any bytes and holds one block of 16 MiB and
 * names of 4 Mi characters at most.
 *
 * <p><b>Privacy.</b> Files are made for their owner alone (mode 0600): a capture holds what guests said to each other.
 */
@NullMarked
package io.pktkit.pcap;

import org.jspecify.annotations.NullMarked;
