// SPDX-License-Identifier: MIT
package io.pktkit.impair;

/**
 * What happened to the messages, frames or packets, of one direction so far. All counts are of one instant.
 *
 * @param offered what came in; a super-segment that is cut counts as its pieces
 * @param passed what left, duplicates included, whether or not it was wanted there
 * @param lost what was lost by chance, or delayed beyond what a clock can tell
 * @param cut what met a partition, in the queue or when it came
 * @param overflowed what found the queue full
 * @param duplicated the copies that were made
 * @param duplicatesRefused the copies that were not made because the queue was full
 * @param corrupted what had a bit flipped
 * @param reordered what was held back
 * @param marked the ECN-capable packets that got a CE mark
 * @param queuedPackets what is in the queue now
 * @param queuedBytes the memory of what is in the queue now, see {@link Impairment#queue}
 */
public record LinkStats(
        long offered,
        long passed,
        long lost,
        long cut,
        long overflowed,
        long duplicated,
        long duplicatesRefused,
        long corrupted,
        long reordered,
        long marked,
        int queuedPackets,
        long queuedBytes) {}
