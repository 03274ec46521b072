// SPDX-License-Identifier: MIT
package io.pktkit.lab.internal;

import io.pktkit.slirp.UdpRequest;
import io.pktkit.slirp.UdpService;
import io.pktkit.vclient.dns.DnsMessage;
import io.pktkit.vclient.dns.DnsResponseCode;
import java.nio.ByteBuffer;

/**
 * The name server that guests see: answers for the network's own names, and passes everything else to the host's name
 * servers. Any thread.
 */
public final class DnsForwarder implements UdpService {
    private final NameTable names;
    private final DnsRelay relay;

    /**
     * Creates a forwarder.
     *
     * @param names the network's own names
     * @param relay what passes other queries on; stays the caller's to close
     */
    public DnsForwarder(NameTable names, DnsRelay relay) {
        this.names = names;
        this.relay = relay;
    }

    @Override
    public void onDatagram(UdpRequest request) {
        ByteBuffer payload = request.payload();
        DnsMessage query = DnsMessage.parse(payload, payload.position(), payload.remaining());
        if (query == null || query.isResponse()) {
            return; // an answer to a non-query would let two servers talk to each other for ever
        }
        if (query.opcode() != 0 || query.question() == null) {
            int code = query.opcode() != 0 ? DnsResponseCode.NOTIMP : DnsResponseCode.FORMERR;
            reply(request, query, DnsMessage.failure(query, code));
            return;
        }
        DnsMessage answer = names.answer(query);
        if (answer != null) {
            reply(request, query, answer);
        } else if (!relay.relay(request)) {
            reply(request, query, DnsMessage.failure(query, DnsResponseCode.SERVFAIL));
        }
    }

    private static void reply(UdpRequest request, DnsMessage query, DnsMessage answer) {
        request.reply(ByteBuffer.wrap(answer.toBytes(query.udpLimit())));
    }
}
