// SPDX-License-Identifier: MIT
package io.pktkit.dns.server;

import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsName;
import io.pktkit.dns.DnsQuestion;
import io.pktkit.dns.DnsResponseCode;
import io.pktkit.dns.DnsType;
import io.pktkit.dns.upstream.DnsClient;
import io.pktkit.dns.upstream.DnsOutcome;
import io.pktkit.dns.upstream.DnsProtocol;
import io.pktkit.dns.upstream.UpstreamQuestion;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The name server that guests see: answers for the network's own names, and passes everything else to recursive servers. Never
 * blocks. Any thread.
 */
public final class DnsForwarder {
    private final NameTable names;
    private final DnsClient client;
    private final RebindingGuard guard;
    private final @Nullable Dns64 dns64;
    private final LongAdder local = new LongAdder();
    private final LongAdder forwarded = new LongAdder();
    private final LongAdder answered = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder ignored = new LongAdder();
    private final LongAdder rebinding = new LongAdder();

    /**
     * Creates a forwarder.
     *
     * @param names the network's own names
     * @param client asks for the others; stays the caller's to close
     * @param guard looks at the addresses in their answers, not at those of {@code names}
     */
    public DnsForwarder(NameTable names, DnsClient client, RebindingGuard guard) {
        this(names, client, guard, null);
    }

    /**
     * Creates a forwarder, of a network that reaches IPv4 by a NAT64.
     *
     * @param names the network's own names, for which no addresses are made
     * @param client asks for the others; stays the caller's to close
     * @param guard looks at the addresses in their answers, before others are made of them
     * @param dns64 makes addresses, or null
     */
    public DnsForwarder(NameTable names, DnsClient client, RebindingGuard guard, @Nullable Dns64 dns64) {
        this.dns64 = dns64;
        this.names = names;
        this.client = client;
        this.guard = guard;
    }

    /**
     * Takes a query. It is answered at once, later, or, if too many are under way or it is no query, not at all: an asker who
     * hears nothing asks again, while one who is told SERVFAIL gives up.
     *
     * @param request the query; may be kept until it is answered
     */
    public void onRequest(DnsRequest request) {
        ByteBuffer octets = request.message();
        DnsMessage query = DnsMessage.parse(octets, octets.position(), octets.remaining());
        if (query == null) {
            DnsMessage refusal = DnsMessage.refusal(octets, octets.position(), octets.remaining());
            if (refusal == null) {
                ignored.increment();
            } else {
                refused.increment();
                request.reply(refusal.toBytes(DnsMessage.MAX_LENGTH));
            }
            return;
        }
        if (query.isResponse()) {
            ignored.increment(); // an answer to a non-query would let two servers talk to each other for ever
            return;
        }
        DnsQuestion question = query.question();
        int refusal = refusal(query, question);
        if (question == null || refusal != DnsResponseCode.NOERROR) {
            refused.increment();
            reply(request, query, DnsMessage.failure(query, refusal));
            return;
        }
        DnsMessage own = names.answer(query);
        DnsMessage known = own == null ? SpecialNames.answer(query, question) : own;
        if (known == null && dns64 != null) {
            known = dns64.known(query, question);
        }
        if (known != null) {
            local.increment();
            reply(request, query, known);
        } else {
            forward(request, query, question);
        }
    }

    /** Why a query is refused, NOERROR if it is not. The version of EDNS goes before all else, for its meaning is not known. */
    private static int refusal(DnsMessage query, @Nullable DnsQuestion question) {
        if (query.edns() != null && query.edns().version() != 0) {
            return DnsResponseCode.BADVERS; // RFC 6891 section 6.1.3
        }
        if (query.opcode() != 0) {
            return DnsResponseCode.NOTIMP;
        }
        if (question == null || question.type() == DnsType.OPT) {
            return DnsResponseCode.FORMERR; // RFC 9619: exactly one
        }
        boolean transfer = question.type() == DnsType.AXFR || question.type() == DnsType.IXFR;
        return transfer || question.dnsClass() != DnsType.CLASS_IN ? DnsResponseCode.REFUSED : DnsResponseCode.NOERROR;
    }

    private void forward(DnsRequest request, DnsMessage query, DnsQuestion question) {
        forwarded.increment();
        Dns64 rule = dns64;
        DnsName standsFor = rule == null ? null : rule.standsFor(question);
        Consumer<DnsOutcome> then;
        DnsQuestion asked = question;
        if (standsFor != null) {
            asked = new DnsQuestion(standsFor, DnsType.PTR, DnsType.CLASS_IN);
            then = outcome -> onReverse(request, query, question, standsFor, outcome);
        } else if (rule != null && Dns64.mayServe(query, question)) {
            then = outcome -> onIpv6(rule, request, query, question, outcome);
        } else {
            then = outcome -> onOutcome(request, query, question, outcome);
        }
        if (!ask(request, query, asked, then)) {
            dropped.increment();
        }
    }

    private boolean ask(DnsRequest request, DnsMessage query, DnsQuestion question, Consumer<DnsOutcome> then) {
        return client.ask(UpstreamQuestion.of(query, question), request.principal(), request.isProven(), then) != null;
    }

    private void onReverse(
            DnsRequest request, DnsMessage query, DnsQuestion question, DnsName standsFor, DnsOutcome outcome) {
        DnsMessage message = outcome.message();
        if (outcome.kind() == DnsOutcome.Kind.ANSWERED && message != null) {
            answered.increment();
            reply(request, query, Dns64.aliased(query, question, standsFor, message));
        } else {
            onOutcome(request, query, question, outcome);
        }
    }

    /** What there is is passed on; where there is nothing, or nobody knows, it is looked for by IPv4 (RFC 6147 section 5.1). */
    private void onIpv6(Dns64 rule, DnsRequest request, DnsMessage query, DnsQuestion question, DnsOutcome outcome) {
        boolean gone = outcome.kind() == DnsOutcome.Kind.DROPPED || outcome.kind() == DnsOutcome.Kind.CLOSED;
        DnsMessage said = outcome.message();
        DnsMessage clean = said == null || outcome.kind() != DnsOutcome.Kind.ANSWERED
                ? null
                : Dns64.clean(guarded(question, said));
        if (gone || (clean != null && Dns64.isFinal(clean))) {
            onOutcome(request, query, question, clean == null ? outcome : new DnsOutcome(outcome.kind(), clean));
            return;
        }
        DnsQuestion ipv4 = new DnsQuestion(question.name(), DnsType.A, DnsType.CLASS_IN);
        boolean asked = ask(request, query, ipv4, found -> {
            DnsMessage message = found.kind() == DnsOutcome.Kind.ANSWERED ? found.message() : null;
            DnsMessage made = message == null ? null : rule.synthesize(query, clean, guarded(ipv4, message));
            if (made != null) {
                answered.increment();
                reply(request, query, made);
            } else {
                onOutcome(request, query, question, clean == null ? outcome : new DnsOutcome(outcome.kind(), clean));
            }
        });
        if (!asked) {
            dropped.increment();
        }
    }

    private void onOutcome(DnsRequest request, DnsMessage query, DnsQuestion question, DnsOutcome outcome) {
        DnsMessage message = outcome.message();
        switch (outcome.kind()) {
            case DROPPED, CLOSED -> dropped.increment();
            case ANSWERED -> {
                answered.increment();
                if (message != null) {
                    reply(request, query, guarded(question, message).asResponseTo(query));
                }
            }
            default -> {
                failed.increment();
                // A cut answer is better than none: the asker may get it whole, or be content with it.
                DnsMessage best = message != null && message.isTruncated()
                        ? guarded(question, message).asResponseTo(query)
                        : DnsMessage.failure(query, DnsResponseCode.SERVFAIL);
                reply(request, query, best);
            }
        }
    }

    private DnsMessage guarded(DnsQuestion question, DnsMessage message) {
        DnsMessage clean = guard.apply(question.name(), message);
        if (clean.answers().size() + clean.additionals().size()
                < message.answers().size() + message.additionals().size()) {
            rebinding.increment();
        }
        return clean;
    }

    private static void reply(DnsRequest request, DnsMessage query, DnsMessage answer) {
        boolean datagram = request.protocol() == DnsProtocol.UDP;
        request.reply(answer.toBytes(datagram ? query.udpLimit() : DnsMessage.MAX_LENGTH));
    }

    /** {@return what it has counted} */
    public ForwarderCounters counters() {
        return new ForwarderCounters(
                local.sum(),
                forwarded.sum(),
                answered.sum(),
                failed.sum(),
                dropped.sum(),
                refused.sum(),
                ignored.sum(),
                rebinding.sum());
    }
}
