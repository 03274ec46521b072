// SPDX-License-Identifier: MIT
package io.pktkit.dns.upstream;

/**
 * What a {@link DnsClient} holds and has counted.
 *
 * @param waiting who waits for answers now
 * @param sleeping threads that sleep in {@link DnsClient#await} now
 * @param exchanges ports that are open now
 * @param cachedAnswers answers that are kept now
 * @param queries queries sent to servers
 * @param answered questions that servers answered
 * @param fromCache questions answered without asking
 * @param merged questions that joined the same one under way
 * @param timeouts tries that a server was silent to
 * @param failures tries that a server, or the way to it, failed
 * @param truncated answers that were cut and asked for again over TCP
 * @param folded answers that had another case than their question
 * @param strays messages that were not the answer to the port that they came to
 * @param attacks ports given up for TCP because of too many of those
 * @param refused questions not taken because all places were
 * @param evicted questions given up for those of others
 */
public record DnsCounters(
        int waiting,
        int sleeping,
        int exchanges,
        int cachedAnswers,
        long queries,
        long answered,
        long fromCache,
        long merged,
        long timeouts,
        long failures,
        long truncated,
        long folded,
        long strays,
        long attacks,
        long refused,
        long evicted) {
    static DnsCounters of(UpstreamEngine engine, int sleeping) {
        UpstreamEngine.Counts counts = engine.counts();
        return new DnsCounters(
                engine.waiting(),
                sleeping,
                engine.exchanges(),
                engine.cache().size(),
                counts.sent,
                counts.answered,
                counts.cached,
                counts.merged,
                counts.timeouts,
                counts.failures,
                counts.truncated,
                counts.folded,
                counts.strays,
                counts.attacks,
                counts.refused,
                counts.evicted);
    }
}
