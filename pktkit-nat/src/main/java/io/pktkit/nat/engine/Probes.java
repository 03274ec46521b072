// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import io.pktkit.nat.internal.map.Mapping;
import io.pktkit.nat.internal.map.Session;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpHeader;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Asks an inside host whether a connection that has long been idle is still there (RFC 6146 section 3.5.2.2): an
 * acknowledgment of an octet that the host has had already, which it answers if it knows the connection, or resets.
 */
final class Probes {

    /** Probes that wait for a call that sends something; of more the others are left out. */
    private static final int MOST_WAITING = 64;

    /** Where the probes of the present call go; null in one that sends nothing, such as a look at the mappings. */
    private @Nullable NatOutput into;

    private final ArrayDeque<Session> waiting = new ArrayDeque<>(0);

    /** Since when the oldest waits. */
    private long since;

    /** A call begins that sends, if it does: an output is its caller's again when the call is over. */
    void begin(NatOutput output) {
        into = output;
        for (Session session = waiting.poll(); session != null; session = waiting.poll()) {
            if (!session.isRemoved()) {
                write(session, output);
            }
        }
    }

    void end() {
        into = null;
    }

    /** When to be called with an output. */
    long nextDeadlineNanos() {
        return waiting.isEmpty() ? Timers.NEVER : since;
    }

    void send(Session session, long now) {
        NatOutput output = into;
        if (output != null) {
            write(session, output);
        } else if (waiting.size() < MOST_WAITING) {
            since = waiting.isEmpty() ? now : since;
            waiting.add(session);
        }
    }

    private static void write(Session session, NatOutput output) {
        Mapping mapping = session.mapping();
        NatLink link = NatInside.linkOf(mapping);
        if (link == null) {
            return;
        }
        IpAddress remote = IpAddress.ofIpv4(session.remote());
        IpAddress host = IpAddress.ofIpv4((int) mapping.low());
        if (mapping.isIpv6()) {
            if (!(session.via() instanceof Prefix64 prefix)) {
                return;
            }
            remote = prefix.embed(remote);
            host = IpAddress.ofIpv6(mapping.high(), mapping.low());
        }
        int header = IpHeader.length(host.family());
        int length = header + TcpSegment.MIN_HEADER_LENGTH;
        ByteBuffer bytes = output.begin(length);
        IpHeader.write(
                bytes,
                0,
                remote,
                host,
                IpProtocol.TCP,
                TcpSegment.MIN_HEADER_LENGTH,
                IpHeader.DEFAULT_HOP_LIMIT,
                0,
                0,
                true);
        bytes.putShort(header, (short) session.remotePort());
        bytes.putShort(header + 2, (short) mapping.port());
        bytes.putInt(header + 4, session.insideAck() - 1);
        bytes.putInt(header + 8, session.insideNext());
        bytes.putInt(header + 12, TcpSegment.MIN_HEADER_LENGTH << 26 | TcpSegment.ACK << 16 | 1024);
        bytes.putInt(header + 16, 0);
        output.commit(link, length).recomputeTransportChecksum();
    }
}
