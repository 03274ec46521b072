// SPDX-License-Identifier: MIT
package io.pktkit.dns.upstream;

import io.pktkit.dns.DnsMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A question under way, for all who ask it, to be given up at its deadline. Owned by the engine. */
final class Inquiry extends Due {
    final UpstreamQuestion question;
    final Set<Waiting> waiting = new LinkedHashSet<>(2);

    /** What is sent and listens, the oldest first. */
    final List<Attempt> attempts = new ArrayList<>(2);

    /** How many times each server was asked. */
    private final Map<ServerState, Integer> tries = new HashMap<>(4);

    /** Who has said for certain that it cannot help. */
    private final Set<ServerState> exhausted = new HashSet<>(4);

    /** The best there is to say if nobody answers. */
    @Nullable
    DnsMessage fallback;

    /** Somebody was seen to guess at it: from then on it goes over TCP, at which nobody can. */
    boolean guessedAt;

    /** Nobody waits any more; only a probe may still be out. */
    boolean done;

    /** Whether any server was heard or seen to be absent, rather than silent. */
    boolean heard;

    Inquiry(long token, UpstreamQuestion question) {
        super(token);
        this.question = question;
    }

    int tries(ServerState server) {
        return tries.getOrDefault(server, 0);
    }

    void onTry(ServerState server) {
        tries.merge(server, 1, Integer::sum);
    }

    boolean isExhausted(ServerState server) {
        return exhausted.contains(server);
    }

    void exhaust(ServerState server) {
        exhausted.add(server);
    }

    /** All begins anew, with other servers. */
    void restart() {
        tries.clear();
        exhausted.clear();
        fallback = null;
        heard = false;
    }

    /** Whether something is under way that may still move on by itself. */
    boolean isBusy() {
        for (Attempt attempt : attempts) {
            if (!attempt.late && attempt.purpose != Attempt.Purpose.PROBE) {
                return true;
            }
        }
        return false;
    }
}
