// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.helping;

import io.pktkit.nat.helper.HelperFlow;
import io.pktkit.nat.helper.NatHelper;
import io.pktkit.nat.internal.map.Endpoint;
import io.pktkit.nat.internal.map.Kind;
import io.pktkit.nat.internal.map.Mapping;
import io.pktkit.nat.internal.map.MappingCore;
import io.pktkit.nat.internal.map.MappingMaker;
import io.pktkit.nat.internal.map.Session;
import io.pktkit.nat.internal.map.TcpState;
import io.pktkit.nat.internal.stream.StreamEdits;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.TcpSegment;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A session that a helper looks at, and what was changed in its two streams. */
public final class HelpedFlow implements HelperFlow {

    final Session session;
    final NatHelper helper;

    /** What the inside host sends, and what the remote does. */
    final StreamEdits outward = new StreamEdits();

    final StreamEdits inward = new StreamEdits();
    boolean left;

    /** What of it is counted as kept, and what of that is the helper's. */
    private int counted;

    private int helpers;

    private final MappingCore core;
    private final MappingMaker maker;
    private final GreCalls greCalls;
    private final Followed followed;
    private final Kept kept;
    private final boolean begunInside;
    private final Endpoint endpoint = new Endpoint();
    private @Nullable Object begins;
    private @Nullable Object state;
    private long now;

    HelpedFlow(
            MappingCore core,
            MappingMaker maker,
            GreCalls greCalls,
            Followed followed,
            Kept kept,
            Session session,
            NatHelper helper,
            boolean begunInside,
            long now) {
        this.core = core;
        this.maker = maker;
        this.followed = followed;
        this.kept = kept;
        this.greCalls = greCalls;
        this.session = session;
        this.helper = helper;
        this.begunInside = begunInside;
        this.now = now;
    }

    /**
     * Tells what a helper follows a session with.
     *
     * @param session a session, or null
     * @return it; null if no helper does
     */
    public static @Nullable HelpedFlow of(@Nullable Session session) {
        return session != null && session.user() instanceof HelpedFlow flow ? flow : null;
    }

    /** {@return what was changed in the stream that the inside host sends} */
    public StreamEdits outward() {
        return outward;
    }

    /** {@return what was changed in the stream that the remote sends} */
    public StreamEdits inward() {
        return inward;
    }

    /**
     * A SYN begins a stream that is not known yet, a connection anew, or is the answer to one that does. Any other is a stray
     * or forged, and its receiver will tell (RFC 5961 section 4).
     *
     * @return whether it is the beginning of its stream
     */
    boolean begins(TcpSegment syn, StreamEdits own, StreamEdits other) {
        int at = syn.sequenceNumber() + 1 + syn.payloadLength();
        boolean anew = session.state() == TcpState.INSIDE_SYN || session.state() == TcpState.OUTSIDE_SYN;
        boolean answers = syn.has(TcpSegment.ACK) && other.isBegunAt(syn.acknowledgmentNumber());
        if (own.isBegun() && !own.isBegunAt(at) && !anew && !answers) {
            return false;
        }
        if (own.begin(at) && anew) {
            other.clear();
            forget();
        }
        return true;
    }

    /**
     * Another connection has begun in place of one that its ends had lost: a SYN that seemed a stray was acknowledged.
     *
     * @param inside whether the inside host answered it
     * @param at behind the answer, as sent
     * @param answered what it acknowledges, behind the SYN and what was taken of its text
     */
    public void beginAnew(boolean inside, int at, int answered) {
        StreamEdits own = inside ? outward : inward;
        StreamEdits other = inside ? inward : outward;
        if (own.isBegunAt(at) && other.isBegunAt(answered)) {
            return; // both came again
        }
        own.clear();
        own.begin(at);
        other.clear();
        other.begin(answered);
        forget();
    }

    /** Whether a segment refuses a connection that was tried in place of the one whose numbers are changed. */
    boolean isRefusal(TcpSegment tcp, boolean outward) {
        return tcp.has(TcpSegment.RST)
                && tcp.has(TcpSegment.ACK)
                && session.isTriedAt(!outward, tcp.acknowledgmentNumber());
    }

    /** What is known of a connection that is no more. */
    private void forget() {
        left = false;
        helpers = 0;
        state = begins;
    }

    /** The state that it begins with, whenever it does. */
    void begins(@Nullable Object known) {
        begins = known;
        state = known;
    }

    /** Counts the text that is kept, held back or to be repeated, and what the helper keeps. */
    void count() {
        count(outward.textLength() + inward.textLength() + helpers);
    }

    void uncount() {
        count(0);
    }

    private void count(int octets) {
        if (octets != counted) {
            kept.add(session.mapping().host(), octets - counted);
            counted = octets;
        }
    }

    void now(long nanos) {
        now = nanos;
    }

    @Override
    public int protocol() {
        return session.mapping().kind() == Kind.TCP ? IpProtocol.TCP : IpProtocol.UDP;
    }

    @Override
    public boolean begunInside() {
        return begunInside;
    }

    @Override
    public int namespace() {
        return session.mapping().host().tenant().id();
    }

    @Override
    public IpAddress inside() {
        Mapping mapping = session.mapping();
        return IpAddress.of(mapping.isIpv6() ? IpFamily.IPV6 : IpFamily.IPV4, mapping.high(), mapping.low());
    }

    @Override
    public int insidePort() {
        return session.mapping().port();
    }

    @Override
    public IpAddress outside() {
        return IpAddress.ofIpv4(session.mapping().outside().address());
    }

    @Override
    public int outsidePort() {
        return session.mapping().outsidePort();
    }

    @Override
    public IpAddress remote() {
        return IpAddress.ofIpv4(session.remote());
    }

    @Override
    public int remotePort() {
        return session.remotePort();
    }

    @Override
    public long nowNanos() {
        return now;
    }

    @Override
    public int open(int protocol, int insidePort, @Nullable IpAddress from, int fromPort, Duration window) {
        checkOpening(protocol, insidePort, from, fromPort);
        Mapping opened = place(protocol, insidePort, -1, window);
        if (opened == null) {
            return -1;
        }
        admit(opened, from, fromPort, window);
        if (protocol == IpProtocol.GRE && from != null) {
            greCalls.add(opened, from.toIpv4Bits());
        }
        return opened.outsidePort();
    }

    @Override
    public int openPair(int protocol, int insidePort, @Nullable IpAddress from, Duration window) {
        checkOpening(protocol, insidePort, from, 0);
        if ((insidePort & 1) != 0) {
            throw new IllegalArgumentException("insidePort must be even: insidePort=" + insidePort);
        }
        Mapping even = place(protocol, insidePort, -1, window);
        if (even == null || (even.outsidePort() & 1) != 0) {
            return -1;
        }
        Mapping odd = place(protocol, insidePort + 1, even.outsidePort() + 1, window);
        if (odd == null || even.isRemoved()) { // it may have made room for the other
            Mapping alone = odd == null ? even : odd;
            if (alone.origin() == Mapping.Origin.EXPECTED) {
                core.remove(alone, now);
            }
            return -1;
        }
        admit(even, from, 0, window);
        admit(odd, from, 0, window);
        return even.outsidePort();
    }

    @Override
    public void close(int protocol, int insidePort) {
        Mapping mapping = mapping(protocol, insidePort);
        boolean call = protocol == IpProtocol.GRE;
        if (mapping != null && (!call || greCalls.close(mapping, session.remote()))) {
            maker.shut(mapping, now);
        }
        followed.remove(session, protocol, insidePort);
    }

    private @Nullable Mapping mapping(int protocol, int insidePort) {
        Mapping own = session.mapping();
        return core.findInside(own.host().tenant(), Kind.of(protocol), own.high(), own.low(), insidePort, now);
    }

    @Override
    public int outsidePort(int protocol, int insidePort) {
        Mapping mapping = mapping(protocol, insidePort);
        return mapping == null || mapping.outside() != session.mapping().outside() ? -1 : mapping.outsidePort();
    }

    @Override
    public int insidePort(int protocol, int outsidePort) {
        Mapping own = session.mapping();
        Mapping mapping = core.findOutside(own.outside(), Kind.of(protocol), outsidePort, now);
        if (mapping == null) {
            return -1;
        }
        boolean same = mapping.host().tenant() == own.host().tenant()
                && mapping.high() == own.high()
                && mapping.low() == own.low();
        return same ? mapping.port() : -1;
    }

    @Override
    public void follow(int protocol, int insidePort, @Nullable Object begins, Duration window) {
        followed.add(session, protocol, insidePort, 0, 0, helper, begins, Timers.after(now, window), now);
    }

    @Override
    public void follow(int protocol, IpAddress remote, int remotePort, @Nullable Object begins, Duration window) {
        int address = remote.toIpv4Bits();
        followed.add(session, protocol, 0, address, remotePort, helper, begins, Timers.after(now, window), now);
    }

    @Override
    public @Nullable IpAddress toInside(IpAddress there) {
        if (!session.mapping().isIpv6()) {
            return there.isIpv4() ? there : null;
        }
        return there.isIpv4() && session.via() instanceof Prefix64 prefix ? prefix.embed(there) : null;
    }

    @Override
    public @Nullable IpAddress toOutside(IpAddress here) {
        if (!session.mapping().isIpv6()) {
            return here.isIpv4() ? here : null;
        }
        boolean embedded =
                here.isIpv6() && session.via() instanceof Prefix64 prefix && prefix.contains(here.high(), here.low());
        return embedded && session.via() instanceof Prefix64 prefix ? prefix.extract(here) : null;
    }

    private static void checkOpening(int protocol, int insidePort, @Nullable IpAddress from, int fromPort) {
        boolean gre = protocol == IpProtocol.GRE && from != null;
        boolean sensible = (gre || protocol == IpProtocol.TCP || protocol == IpProtocol.UDP)
                && (gre ? insidePort >= 0 : insidePort > 0)
                && insidePort <= 65_535
                && fromPort >= 0
                && fromPort <= 65_535
                && (from == null || from.isIpv4());
        if (!sensible) {
            throw new IllegalArgumentException(
                    "an opening needs TCP, UDP or GRE, ports, and an IPv4 remote or none: protocol=" + protocol
                            + " insidePort=" + insidePort + " from=" + from + " fromPort=" + fromPort);
        }
    }

    /** Makes an opening at {@link #outside()}, which the helper tells others, even if the host is paired with another address. */
    private @Nullable Mapping place(int protocol, int insidePort, int outsidePort, Duration window) {
        Mapping own = session.mapping();
        endpoint.set(Kind.of(protocol), own.isIpv6(), own.high(), own.low(), insidePort);
        Mapping made = maker.place(
                own.host().tenant(),
                endpoint,
                own.outside(),
                outsidePort,
                Mapping.Origin.EXPECTED,
                Timers.after(now, window),
                own.link(),
                now);
        Object via = session.via();
        if (made != null && via != null) {
            made.via(via);
        }
        return made;
    }

    private void admit(Mapping opened, @Nullable IpAddress from, int fromPort, Duration window) {
        core.sessions().admit(opened, from == null ? 0 : from.toIpv4Bits(), fromPort, Timers.after(now, window), now);
    }

    @Override
    public @Nullable Object state() {
        return state;
    }

    @Override
    public void state(@Nullable Object kept) {
        state = kept;
    }

    @Override
    public boolean keep(int octets) {
        int more = octets - helpers;
        if (octets < 0) {
            throw new IllegalArgumentException("octets must not be negative: octets=" + octets);
        }
        if (more > 0 && more > kept.room(session.mapping().host())) {
            return false;
        }
        helpers = octets;
        count();
        return true;
    }

    @Override
    public void leave() {
        left = true;
    }
}
