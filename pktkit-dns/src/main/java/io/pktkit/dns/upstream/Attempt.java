// SPDX-License-Identifier: MIT
package io.pktkit.dns.upstream;

import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsQuestion;
import io.pktkit.dns.Edns;
import java.util.List;

/**
 * A question on its way to one server, with a port, an identifier and a spelling of its own. It listens on after its time, until
 * the question is answered or other attempts need the port. Owned by the engine.
 */
final class Attempt extends Due {
    final Inquiry inquiry;
    final ServerState server;
    final DnsProtocol protocol;
    final int id;
    final DnsQuestion asked;

    /** Whether EDNS is spoken. */
    final boolean edns;

    /** Why this one is made, which decides what its outcome says about the server. */
    final Purpose purpose;

    /** Its time is over; an answer is still welcome. */
    boolean late;

    /** Messages to its port that are not its answer. */
    int strays;

    enum Purpose {
        /** To get an answer. */
        ASK,
        /** To see whether a server that was given up is back, beside one that works. */
        PROBE,
        /** The server did not understand EDNS. */
        WITHOUT_EDNS,
        /** The answer was cut, or somebody is guessing: over TCP nobody off the path has a say. */
        OVER_TCP,
        /** The answer had another case than the question: to see over TCP whether that is how the server is. */
        CASE_OVER_TCP,
        /** The server changes the case of names and speaks no TCP: in lower case, what is left is port and identifier. */
        LOWER_CASE
    }

    Attempt(
            long token,
            Inquiry inquiry,
            ServerState server,
            DnsProtocol protocol,
            int id,
            DnsQuestion asked,
            boolean edns,
            Purpose purpose) {
        super(token);
        this.inquiry = inquiry;
        this.server = server;
        this.protocol = protocol;
        this.id = id;
        this.asked = asked;
        this.edns = edns;
        this.purpose = purpose;
    }

    byte[] query() {
        UpstreamQuestion key = inquiry.question;
        int flags = DnsMessage.RD | (key.checkingDisabled() ? DnsMessage.CD : 0);
        Edns spoken = edns ? new Edns(Edns.RECOMMENDED_PAYLOAD_SIZE, 0, 0, key.dnssecOk()) : null;
        return new DnsMessage(id, flags, List.of(asked), List.of(), List.of(), List.of(), spoken)
                .toBytes(Edns.PLAIN_PAYLOAD_SIZE);
    }
}
