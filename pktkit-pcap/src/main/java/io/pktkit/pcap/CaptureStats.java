// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

/**
 * What happened to the packets that passed a tap, or all taps of a capture.
 *
 * @param seen how many passed
 * @param taken how many of them the filter took
 * @param crowdedOut how many of those found no room on their way to the file
 * @param unwritten how many of those could not be written: the disk was full, the file as long as it may be, or the reader gone
 */
public record CaptureStats(long seen, long taken, long crowdedOut, long unwritten) {

    CaptureStats plus(CaptureStats other) {
        return new CaptureStats(
                seen + other.seen, taken + other.taken, crowdedOut + other.crowdedOut, unwritten + other.unwritten);
    }
}
