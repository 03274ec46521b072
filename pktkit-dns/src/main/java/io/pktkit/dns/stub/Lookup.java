// SPDX-License-Identifier: MIT
package io.pktkit.dns.stub;

import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsName;
import io.pktkit.dns.DnsQuestion;
import io.pktkit.dns.DnsType;
import io.pktkit.dns.upstream.DnsClient;
import io.pktkit.dns.upstream.DnsOutcome;
import io.pktkit.dns.upstream.UpstreamQuestion;
import io.pktkit.time.Cancellable;
import io.pktkit.time.Timers;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The questions of one lookup, asked side by side and each followed through its aliases. Used by one thread, once. */
final class Lookup {
    /**
     * How long an answer for one family waits for that of the other. RFC 8305 section 3 has 50 ms for a resolver that can
     * still use a late answer; ours returns one list, so it is more patient.
     */
    static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final DnsClient client;
    private final List<Chase> all = new ArrayList<>(2);

    /** Filled by whoever brings outcomes. */
    private final Queue<Arrived> arrived = new ConcurrentLinkedQueue<>();

    private DnsOutcome.@Nullable Kind worst;

    private record Arrived(Chase chase, DnsOutcome outcome) {}

    Lookup(DnsClient client) {
        this.client = client;
    }

    /** Adds a question; its answer can be had from the result once {@link #run} is over. */
    Chase add(DnsName name, int type) {
        Chase chase = new Chase(name, type);
        all.add(chase);
        return chase;
    }

    /** What kept an answer from coming, if anything. */
    DnsOutcome.@Nullable Kind worst() {
        return worst;
    }

    /** Asks until all is answered, or one family's addresses are there and the other's had their time. */
    void run(long deadlineNanos) throws InterruptedIOException {
        try {
            for (Chase chase : all) {
                if (chase.answer == null) {
                    ask(chase);
                }
            }
            long until = deadlineNanos;
            boolean hurried = false;
            while (isWaiting()) {
                client.await(() -> !arrived.isEmpty(), until);
                Arrived next = arrived.poll();
                if (next == null) {
                    return; // the time is over
                }
                take(next.chase, next.outcome);
                if (!hurried && hasRecords()) {
                    hurried = true;
                    until = Timers.earlier(until, Timers.after(client.nowNanos(), PATIENCE_NANOS));
                }
            }
        } finally {
            all.forEach(Chase::giveUp);
        }
    }

    private boolean isWaiting() {
        return all.stream().anyMatch(chase -> chase.asking != null);
    }

    private boolean hasRecords() {
        return all.stream().anyMatch(chase -> chase.answer != null && chase.answer.kind() == DnsAnswer.Kind.RECORDS);
    }

    private void ask(Chase chase) {
        DnsQuestion question = new DnsQuestion(chase.current, chase.type, DnsType.CLASS_IN);
        // Nobody but this host asks here, so all its threads are one principal, and none of them can be forged.
        Cancellable asking = client.ask(
                UpstreamQuestion.of(question), client, true, outcome -> arrived.add(new Arrived(chase, outcome)));
        chase.asking = asking;
        if (asking == null) {
            worst = DnsOutcome.Kind.DROPPED;
        }
    }

    private void take(Chase chase, DnsOutcome outcome) {
        chase.asking = null;
        DnsMessage message = outcome.message();
        if (outcome.kind() != DnsOutcome.Kind.ANSWERED || message == null) {
            worst = outcome.kind();
            return;
        }
        DnsAnswer answer = DnsAnswer.of(new DnsQuestion(chase.current, chase.type, DnsType.CLASS_IN), message);
        if (answer.kind() == DnsAnswer.Kind.NO_SUCH_NAME) {
            // RFC 8020: a name that does not exist has no records of any type.
            for (Chase other : all) {
                if (other.answer == null && other.current.equals(chase.current)) {
                    other.answer = answer;
                    other.giveUp();
                }
            }
        }
        if (answer.kind() == DnsAnswer.Kind.ALIAS && ++chase.aliases <= DnsAnswer.MAX_ALIASES) {
            chase.current = answer.next();
            ask(chase);
        } else if (answer.kind() == DnsAnswer.Kind.ALIAS) {
            chase.answer = new DnsAnswer(DnsAnswer.Kind.ENDLESS, List.of(), answer.next());
        } else {
            chase.answer = answer;
        }
    }

    /** One question, followed through its aliases. */
    static final class Chase {
        private final int type;
        private DnsName current;
        private int aliases;
        private @Nullable Cancellable asking;
        private @Nullable DnsAnswer answer;

        private Chase(DnsName name, int type) {
            this.current = name;
            this.type = type;
        }

        /** What came of it; null if no server could tell. */
        @Nullable
        DnsAnswer answer() {
            return answer;
        }

        private void giveUp() {
            if (asking != null) {
                asking.cancel();
                asking = null;
            }
        }
    }
}
