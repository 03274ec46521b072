// SPDX-License-Identifier: MIT
package io.pktkit.dns.upstream;

import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsName;
import io.pktkit.dns.DnsQuestion;
import io.pktkit.time.Timers;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gets questions answered by servers, as the package describes. Sans-I/O: questions, messages and time go in, actions and one
 * deadline come out. Not for several threads.
 */
final class UpstreamEngine {
    /** Messages that are not the answer to a port that only one server may use: more than late duplicates explain. */
    private static final int MAX_STRAYS = 8;

    private final Random random;
    private final DnsCache cache;
    private final FairShare<Waiting> places;
    private final Map<UpstreamQuestion, Inquiry> inquiries = new HashMap<>();
    private final Map<Long, Attempt> attempts = new HashMap<>();
    private final TreeSet<Due> due = new TreeSet<>(Due::compare);
    private final ArrayDeque<Action> actions = new ArrayDeque<>();
    private final Counts counts = new Counts();
    private DnsClientConfig config;
    private List<ServerState> servers = List.of();
    private long nextToken;
    private int turn;

    UpstreamEngine(DnsClientConfig config, Random random) {
        this.config = config;
        this.random = random;
        this.cache = new DnsCache(config.cacheBytes());
        this.places = new FairShare<>(config.maxWaiting());
    }

    /** What the shell is to do, in this order and with no lock held. */
    sealed interface Action permits Open, Close, Tell {}

    record Open(Attempt attempt) implements Action {}

    record Close(long token) implements Action {}

    record Tell(Consumer<? super DnsOutcome> onOutcome, DnsOutcome outcome) implements Action {}

    @Nullable
    Action nextAction() {
        return actions.poll();
    }

    Counts counts() {
        return counts;
    }

    DnsCache cache() {
        return cache;
    }

    List<DnsServer> servers() {
        return servers.stream().map(state -> state.server).toList();
    }

    int waiting() {
        return places.taken();
    }

    /** Whether what comes to the port of an attempt is still of interest. */
    boolean isUnderWay(long token) {
        return attempts.containsKey(token);
    }

    int exchanges() {
        return attempts.size();
    }

    long nextDeadlineNanos() {
        return due.isEmpty() ? Timers.NEVER : due.first().deadlineNanos;
    }

    /** Replaces servers and settings; what is under way begins anew with those, and nothing is kept of what others said. */
    void setServers(List<DnsServer> wanted, DnsClientConfig settings, long nowNanos) {
        config = settings;
        if (servers().equals(wanted)) {
            return;
        }
        Map<DnsServer, ServerState> known = new HashMap<>();
        servers.forEach(state -> known.put(state.server, state));
        List<ServerState> states = new ArrayList<>();
        for (DnsServer server : wanted) {
            ServerState state = known.get(server);
            states.add(state == null ? new ServerState(server) : state);
        }
        servers = List.copyOf(states);
        cache.clear();
        for (Attempt attempt : List.copyOf(attempts.values())) {
            close(attempt);
        }
        for (Inquiry inquiry : List.copyOf(inquiries.values())) {
            inquiry.restart();
            advance(inquiry, nowNanos);
        }
    }

    /** Asks for an answer; null if it is refused because all places are taken by those with as much right. */
    @Nullable
    Waiting ask(
            UpstreamQuestion question,
            Object principal,
            boolean proven,
            Consumer<? super DnsOutcome> onOutcome,
            long nowNanos) {
        Waiting waiting = new Waiting(principal, onOutcome);
        DnsMessage kept = cache.find(question, nowNanos);
        if (kept != null) {
            counts.cached++;
            actions.add(new Tell(onOutcome, new DnsOutcome(DnsOutcome.Kind.ANSWERED, kept)));
            return waiting;
        }
        if (!takePlace(waiting, proven)) {
            counts.refused++;
            return null;
        }
        Inquiry under = inquiries.get(question);
        if (under != null) {
            counts.merged++;
            waiting.inquiry = under;
            under.waiting.add(waiting);
            return waiting;
        }
        Inquiry inquiry = new Inquiry(nextToken++, question);
        waiting.inquiry = inquiry;
        inquiry.waiting.add(waiting);
        inquiry.deadlineNanos = Timers.after(nowNanos, config.patience());
        inquiries.put(question, inquiry);
        due.add(inquiry);
        turn += config.rotate() ? 1 : 0;
        advance(inquiry, nowNanos);
        return waiting;
    }

    private boolean takePlace(Waiting waiting, boolean proven) {
        if (!places.hasRoom()) {
            Waiting victim = places.victim(waiting.principal, proven);
            if (victim == null) {
                return false;
            }
            counts.evicted++;
            actions.add(new Tell(victim.onOutcome, DnsOutcome.of(DnsOutcome.Kind.DROPPED)));
            cancel(victim);
        }
        places.add(waiting.principal, proven, waiting);
        return true;
    }

    /** Gives up waiting; nobody is told. */
    void cancel(Waiting waiting) {
        Inquiry inquiry = waiting.inquiry;
        if (inquiry == null) {
            return;
        }
        waiting.inquiry = null;
        places.remove(waiting.principal, waiting);
        inquiry.waiting.remove(waiting);
        if (inquiry.waiting.isEmpty()) {
            end(inquiry);
        }
    }

    /** Ends everything. */
    void close() {
        for (Inquiry inquiry : List.copyOf(inquiries.values())) {
            finish(inquiry, DnsOutcome.of(DnsOutcome.Kind.CLOSED));
        }
        for (Attempt attempt : List.copyOf(attempts.values())) {
            close(attempt);
        }
        servers = List.of();
        cache.clear();
    }

    void onTick(long nowNanos) {
        while (!due.isEmpty() && Timers.isDue(due.first().deadlineNanos, nowNanos)) {
            Due first = due.first();
            if (first instanceof Attempt attempt) {
                onMiss(attempt, nowNanos);
            } else if (first instanceof Inquiry inquiry) {
                finish(inquiry, failure(inquiry));
            }
        }
    }

    private void onMiss(Attempt attempt, long nowNanos) {
        due.remove(attempt);
        attempt.late = true;
        counts.timeouts++;
        switch (attempt.purpose) {
            case ASK, PROBE, WITHOUT_EDNS -> attempt.server.onMiss(nowNanos);
            case CASE_OVER_TCP -> {
                retry(attempt, DnsProtocol.UDP, Attempt.Purpose.LOWER_CASE, nowNanos);
                return;
            }
            default -> {} // its UDP works, or it would not have come to this
        }
        if (attempt.inquiry.done) {
            close(attempt);
        } else {
            settle(attempt.inquiry, nowNanos);
        }
    }

    /** A message has come to the port of an attempt, from the server that was asked. */
    void onMessage(long token, byte[] octets, long nowNanos) {
        Attempt attempt = attempts.get(token);
        if (attempt == null) {
            return;
        }
        DnsMessage message = DnsMessage.parse(octets);
        Verdict verdict = Verdict.of(attempt, message);
        if (message == null || verdict == Verdict.FOREIGN) {
            onStray(attempt, nowNanos);
            return;
        }
        Inquiry inquiry = attempt.inquiry;
        switch (verdict) {
            case FOLDED -> {
                counts.folded++;
                retry(attempt, DnsProtocol.TCP, Attempt.Purpose.CASE_OVER_TCP, nowNanos);
            }
            case NO_EDNS -> retry(attempt, attempt.protocol, Attempt.Purpose.WITHOUT_EDNS, nowNanos);
            case TRUNCATED -> {
                inquiry.fallback = message.withQuestion(inquiry.question.question());
                if (attempt.protocol == DnsProtocol.TCP) {
                    onFailure(attempt, nowNanos); // there is no excuse to cut there
                } else {
                    counts.truncated++;
                    attempt.server.onAnswer(message.edns() != null);
                    retry(attempt, DnsProtocol.TCP, Attempt.Purpose.OVER_TCP, nowNanos);
                }
            }
            case FAILED -> {
                if (inquiry.fallback == null) {
                    inquiry.fallback = message.withQuestion(inquiry.question.question());
                }
                attempt.server.onFailure(nowNanos);
                onFailure(attempt, nowNanos);
            }
            default -> onAnswer(attempt, message, nowNanos);
        }
    }

    private void onAnswer(Attempt attempt, DnsMessage message, long nowNanos) {
        ServerState server = attempt.server;
        DnsQuestion echoed = message.questions().get(0);
        if (attempt.purpose == Attempt.Purpose.LOWER_CASE || !echoed.name().equalsExactly(attempt.asked.name())) {
            server.onFolding(nowNanos);
        }
        if (!attempt.edns && !server.knowsEdns() && attempt.protocol == DnsProtocol.UDP) {
            server.onPlain(nowNanos);
        }
        server.onAnswer(attempt.edns && message.edns() != null);
        Inquiry inquiry = attempt.inquiry;
        DnsMessage answer = message.withQuestion(inquiry.question.question());
        if (!inquiry.done) {
            cache.put(inquiry.question, answer, nowNanos);
        }
        close(attempt);
        if (!inquiry.done) {
            counts.answered++;
            finish(inquiry, new DnsOutcome(DnsOutcome.Kind.ANSWERED, answer));
        }
    }

    /** Somebody guesses, or a server sends junk. After a few times chance is no explanation, and TCP is asked instead. */
    private void onStray(Attempt attempt, long nowNanos) {
        counts.strays++;
        if (attempt.protocol == DnsProtocol.TCP) {
            onFailure(attempt, nowNanos);
        } else if (++attempt.strays >= MAX_STRAYS) {
            counts.attacks++;
            attempt.inquiry.guessedAt = true;
            retry(attempt, DnsProtocol.TCP, Attempt.Purpose.OVER_TCP, nowNanos);
        }
    }

    /** The way to a server is broken: nobody listens, the connection ended, there was no socket. */
    void onBroken(long token, long nowNanos) {
        Attempt attempt = attempts.get(token);
        if (attempt == null) {
            return;
        }
        if (attempt.purpose == Attempt.Purpose.CASE_OVER_TCP) {
            retry(attempt, DnsProtocol.UDP, Attempt.Purpose.LOWER_CASE, nowNanos);
            return;
        }
        if (attempt.purpose != Attempt.Purpose.OVER_TCP) {
            attempt.server.onUnreachable(nowNanos);
        }
        onFailure(attempt, nowNanos);
    }

    private void onFailure(Attempt attempt, long nowNanos) {
        Inquiry inquiry = attempt.inquiry;
        inquiry.heard = true;
        inquiry.exhaust(attempt.server);
        close(attempt);
        if (!inquiry.done) {
            counts.failures++;
            settle(inquiry, nowNanos);
        }
    }

    /** The same server again, in another way. */
    private void retry(Attempt attempt, DnsProtocol protocol, Attempt.Purpose purpose, long nowNanos) {
        close(attempt);
        Inquiry inquiry = attempt.inquiry;
        if (inquiry.done) {
            attempt.server.onAnswer(false); // a probe: whatever it says, it is back
            return;
        }
        boolean again =
                inquiry.attempts.stream().anyMatch(other -> other.server == attempt.server && other.purpose == purpose);
        if (again || (protocol == attempt.protocol && purpose == attempt.purpose)) {
            settle(inquiry, nowNanos);
        } else {
            boolean edns = attempt.edns && purpose != Attempt.Purpose.WITHOUT_EDNS;
            open(inquiry, attempt.server, protocol, edns, purpose, nowNanos);
        }
    }

    private void settle(Inquiry inquiry, long nowNanos) {
        if (!inquiry.isBusy()) {
            advance(inquiry, nowNanos);
        }
    }

    /** Turns to the next server, if one is left. */
    private void advance(Inquiry inquiry, long nowNanos) {
        ServerState server = choose(inquiry);
        if (server == null) {
            if (servers.isEmpty()) {
                finish(inquiry, DnsOutcome.of(DnsOutcome.Kind.NO_SERVER));
            } else if (!hasHope(inquiry)) {
                finish(inquiry, failure(inquiry));
            }
            return;
        }
        inquiry.onTry(server);
        boolean edns = !server.isPlain(nowNanos)
                && (inquiry.tries(server) == 1 || server.knowsEdns() || inquiry.question.dnssecOk());
        if (inquiry.guessedAt) {
            open(inquiry, server, DnsProtocol.TCP, edns, Attempt.Purpose.OVER_TCP, nowNanos);
            return;
        }
        DnsProtocol protocol = config.tcpOnly() ? DnsProtocol.TCP : DnsProtocol.UDP;
        open(inquiry, server, protocol, edns, Attempt.Purpose.ASK, nowNanos);
        if (!server.isDemoted()) {
            probe(inquiry, protocol, nowNanos);
        }
    }

    /** Late answers are worth waiting for, unless all that is missing is the word of servers that were given up. */
    private static boolean hasHope(Inquiry inquiry) {
        for (Attempt attempt : inquiry.attempts) {
            if (!inquiry.heard || !attempt.server.isDemoted()) {
                return true;
            }
        }
        return false;
    }

    /** With the ports that the question has left: a probe that took one from it would make it wait. */
    private void probe(Inquiry inquiry, DnsProtocol protocol, long nowNanos) {
        for (ServerState other : servers) {
            if (inquiry.attempts.size() >= DnsClientConfig.MAX_EXCHANGES) {
                return; // the next question tries the others
            }
            if (other.wantsProbe(nowNanos) && inquiry.tries(other) == 0) {
                other.onProbe();
                inquiry.onTry(other);
                open(inquiry, other, protocol, !other.isPlain(nowNanos), Attempt.Purpose.PROBE, nowNanos);
            }
        }
    }

    /** Who was asked least, those that work first, in the order that was set. */
    private @Nullable ServerState choose(Inquiry inquiry) {
        ServerState best = null;
        int bestRank = Integer.MAX_VALUE;
        for (int i = 0; i < servers.size(); i++) {
            ServerState server = servers.get(Math.floorMod(turn + i, servers.size()));
            int tries = inquiry.tries(server);
            int rounds = server.isDemoted() && inquiry.heard ? 1 : config.rounds();
            int rank = 2 * tries + (server.isDemoted() ? 1 : 0);
            if (tries < rounds && !inquiry.isExhausted(server) && rank < bestRank) {
                best = server;
                bestRank = rank;
            }
        }
        return best;
    }

    private void open(
            Inquiry inquiry,
            ServerState server,
            DnsProtocol protocol,
            boolean edns,
            Attempt.Purpose purpose,
            long nowNanos) {
        if (inquiry.attempts.size() >= DnsClientConfig.MAX_EXCHANGES) {
            close(dispensable(inquiry));
        }
        DnsQuestion question = inquiry.question.question();
        boolean lower = purpose == Attempt.Purpose.LOWER_CASE || server.foldsCase(nowNanos);
        DnsName name = question.name();
        DnsName spelled = lower ? name.toLowerCase() : name.withRandomCase(random);
        Attempt attempt = new Attempt(
                nextToken++,
                inquiry,
                server,
                protocol,
                random.nextInt(1 << 16),
                new DnsQuestion(spelled, question.type(), question.dnsClass()),
                edns,
                purpose);
        // Each round is twice as patient; a handshake takes a round trip more.
        int doublings = Math.max(0, inquiry.tries(server) - 1) + (protocol == DnsProtocol.TCP ? 1 : 0);
        attempt.deadlineNanos = Timers.after(nowNanos, Timers.toNanos(config.tryTime()) << doublings);
        attempts.put(attempt.token, attempt);
        inquiry.attempts.add(attempt);
        due.add(attempt);
        counts.sent++;
        actions.add(new Open(attempt));
    }

    /** A probe before what was asked for its answer, and a datagram before a connection, whose answer is lost only with it. */
    private static Attempt dispensable(Inquiry inquiry) {
        Attempt oldest = inquiry.attempts.get(0);
        for (Attempt attempt : inquiry.attempts) {
            if (attempt.purpose == Attempt.Purpose.PROBE) {
                return attempt;
            }
            if (oldest.protocol != DnsProtocol.UDP && attempt.protocol == DnsProtocol.UDP) {
                oldest = attempt;
            }
        }
        return oldest;
    }

    private void close(Attempt attempt) {
        if (attempts.remove(attempt.token) != null) {
            due.remove(attempt);
            attempt.inquiry.attempts.remove(attempt);
            if (attempt.purpose == Attempt.Purpose.PROBE) {
                attempt.server.onProbeOver();
            }
            actions.add(new Close(attempt.token));
        }
    }

    private static DnsOutcome failure(Inquiry inquiry) {
        DnsOutcome.Kind kind = inquiry.heard ? DnsOutcome.Kind.FAILED : DnsOutcome.Kind.TIMED_OUT;
        return new DnsOutcome(kind, inquiry.fallback);
    }

    private void finish(Inquiry inquiry, DnsOutcome outcome) {
        for (Waiting waiting : inquiry.waiting) {
            waiting.inquiry = null;
            places.remove(waiting.principal, waiting);
            actions.add(new Tell(waiting.onOutcome, outcome));
        }
        inquiry.waiting.clear();
        end(inquiry);
    }

    /** A probe stays out until its time is over, for its outcome is about the server. */
    private void end(Inquiry inquiry) {
        inquiry.done = true;
        inquiries.remove(inquiry.question);
        due.remove(inquiry);
        for (Attempt attempt : List.copyOf(inquiry.attempts)) {
            if (attempt.purpose != Attempt.Purpose.PROBE || attempt.late) {
                close(attempt);
            }
        }
    }

    /** What happened so far. */
    static final class Counts {
        long sent;
        long answered;
        long cached;
        long merged;
        long timeouts;
        long failures;
        long truncated;
        long folded;
        long strays;
        long attacks;
        long refused;
        long evicted;
    }
}
