// SPDX-License-Identifier: MIT
package io.pktkit.vclient.dns;

import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The questions of one lookup, asked side by side of one server after the other until each is answered. Used by one
 * thread, once.
 */
final class DnsExchange {
    /**
     * How long an answer for one family waits for that of the other. RFC 8305 section 3 has 50 ms for a resolver that can
     * still use a late answer; ours returns one list, so it is more patient.
     */
    static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final DnsTransport transport;
    private final Random random;
    private final List<Pending> all = new ArrayList<>();
    private boolean serverFailed;
    private boolean anyRecords;

    DnsExchange(DnsTransport transport, Random random) {
        this.transport = transport;
        this.random = random;
    }

    /** Adds a question; its answer can be had from the result once {@link #run} is over. */
    Pending add(DnsName name, int type) {
        Pending pending = new Pending(name, type);
        all.add(pending);
        return pending;
    }

    /** Whether a server said that it could not find out, which tells that servers are there. */
    boolean serverFailed() {
        return serverFailed;
    }

    /**
     * Asks servers in turn until all is answered, the attempts are used up or the deadline has come.
     *
     * @param servers whom to ask, the preferred one first
     * @param attempts how many times in all to turn to a server
     * @param attemptNanos how long to wait for each
     * @return the index of the last server that answered anything of use, or -1
     */
    int run(List<IpAddress> servers, int attempts, long attemptNanos, long deadlineNanos) throws IOException {
        int useful = -1;
        for (int i = 0; i < attempts && !isDone(); i++) {
            long now = transport.nowNanos();
            if (deadlineNanos - now <= 0) {
                break;
            }
            // The later attempts keep an even share of what time is left.
            long share = Math.max(1, (deadlineNanos - now) / (attempts - i));
            long until = now + Math.min(attemptNanos, share);
            if (attempt(servers.get(i % servers.size()), until, deadlineNanos)) {
                useful = i % servers.size();
            }
        }
        return useful;
    }

    /** Whether nothing more is worth asking: one family's addresses are enough to go on with. */
    private boolean isDone() {
        return anyRecords || all.stream().allMatch(pending -> pending.answer != null);
    }

    private boolean attempt(IpAddress server, long untilNanos, long deadlineNanos) throws IOException {
        boolean useful = false;
        try (DnsTransport.Channel channel = transport.open(server)) {
            for (Pending pending : all) {
                pending.failedHere = false;
                send(channel, pending);
            }
            long until = untilNanos;
            while (isWaiting()) {
                byte[] octets = channel.receive(until);
                if (octets == null) {
                    break;
                }
                Pending answered = receive(channel, server, octets, deadlineNanos);
                useful |= answered != null && !answered.failedHere;
                if (anyRecords) {
                    until = earlier(until, transport.nowNanos() + PATIENCE_NANOS);
                }
            }
        } catch (PortUnreachableException | NoRouteToHostException e) {
            serverFailed = true; // nobody listens there: the next server is asked at once
        }
        return useful;
    }

    private boolean isWaiting() {
        return all.stream().anyMatch(pending -> pending.answer == null && !pending.failedHere);
    }

    private void send(DnsTransport.Channel channel, Pending pending) throws IOException {
        if (pending.answer != null) {
            return;
        }
        int id;
        do {
            id = random.nextInt(1 << 16);
        } while (isIdTaken(id));
        pending.id = id;
        pending.asked = new DnsQuestion(pending.current.withRandomCase(random), pending.type, DnsType.CLASS_IN);
        channel.send(pending.query());
    }

    private boolean isIdTaken(int id) {
        return all.stream().anyMatch(other -> other.asked != null && other.id == id);
    }

    /** Handles a datagram; gives the question that it answered, if any. */
    private @Nullable Pending receive(DnsTransport.Channel channel, IpAddress server, byte[] octets, long deadlineNanos)
            throws IOException {
        DnsMessage response = DnsMessage.parse(octets);
        if (response == null) {
            return null;
        }
        for (Pending pending : all) {
            DnsQuestion asked = pending.asked;
            if (pending.answer != null || pending.failedHere || asked == null) {
                continue;
            }
            DnsAnswer answer = DnsAnswer.of(pending.id, asked, response);
            if (answer.kind() == DnsAnswer.Kind.TRUNCATED) {
                answer = askOverTcp(pending, asked, server, deadlineNanos);
            }
            if (answer.kind() != DnsAnswer.Kind.UNRELATED) {
                take(channel, pending, answer);
                return pending;
            }
        }
        return null;
    }

    private DnsAnswer askOverTcp(Pending pending, DnsQuestion asked, IpAddress server, long deadlineNanos) {
        DnsAnswer failed = DnsAnswer.of(DnsAnswer.Kind.SERVER_FAILED, asked.name(), 0);
        try {
            DnsMessage response = DnsMessage.parse(transport.exchangeOverTcp(server, pending.query(), deadlineNanos));
            DnsAnswer answer = response == null ? failed : DnsAnswer.of(pending.id, asked, response);
            // Over TCP there is no second answer to wait for, and no excuse to cut one.
            boolean unusable = answer.kind() == DnsAnswer.Kind.UNRELATED || answer.kind() == DnsAnswer.Kind.TRUNCATED;
            return unusable ? failed : answer;
        } catch (IOException e) {
            return failed; // as good as a server that could not find out
        }
    }

    private void take(DnsTransport.Channel channel, Pending pending, DnsAnswer answer) throws IOException {
        switch (answer.kind()) {
            case ALIAS -> {
                pending.shortestTtl = Math.min(pending.shortestTtl, answer.ttlSeconds());
                pending.current = answer.next();
                if (++pending.aliases > DnsAnswer.MAX_ALIASES) {
                    pending.failedHere = true;
                    serverFailed = true;
                } else {
                    send(channel, pending);
                }
            }
            case SERVER_FAILED -> {
                pending.failedHere = true;
                serverFailed = true;
            }
            case NO_SUCH_NAME -> {
                // RFC 8020: a name that does not exist has no records of any type.
                for (Pending other : all) {
                    if (other.answer == null && other.current.equals(pending.current)) {
                        other.finish(answer);
                    }
                }
                pending.finish(answer);
            }
            default -> {
                pending.finish(answer);
                anyRecords |= answer.kind() == DnsAnswer.Kind.RECORDS;
            }
        }
    }

    private static long earlier(long a, long b) {
        return a - b < 0 ? a : b;
    }

    /** One question, followed through its aliases. */
    static final class Pending {
        final int type;
        private DnsName current;
        private @Nullable DnsQuestion asked;
        private @Nullable DnsAnswer answer;
        private int id;
        private int aliases;
        private long shortestTtl = DnsRecord.MAX_TTL_SECONDS;
        private boolean failedHere;

        private Pending(DnsName name, int type) {
            this.current = name;
            this.type = type;
        }

        /** What came of it; null if no server could tell. */
        @Nullable
        DnsAnswer answer() {
            return answer;
        }

        private byte[] query() {
            DnsQuestion question = asked;
            DnsName name = question == null ? current : question.name();
            return DnsMessage.query(id, name, type).toBytes(Edns.PLAIN_PAYLOAD_SIZE);
        }

        private void finish(DnsAnswer found) {
            answer = new DnsAnswer(
                    found.kind(), found.records(), found.next(), Math.min(shortestTtl, found.ttlSeconds()));
        }
    }
}
