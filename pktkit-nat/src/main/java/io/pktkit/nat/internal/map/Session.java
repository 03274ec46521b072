// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import org.jspecify.annotations.Nullable;

/** A mapping's traffic with one remote endpoint: how far its TCP connection is, and when it is forgotten. */
public final class Session extends Timed {

    private final Mapping mapping;
    private final int remote;
    private final int remotePort;
    private final long hash;
    boolean spoken;
    boolean removed;
    TcpState state = TcpState.CLOSED;

    /** How long it lives after a packet, by its state. */
    long lifetime;

    /** What remembers the remote's address under address-dependent filtering; itself a session, of no port. */
    @Nullable
    Session contact;

    /** The next octet that the inside host expects, and would send: for the probe of RFC 6146 section 3.5.2.2. */
    private int insideAck;

    private int insideNext;

    /** What would follow a SYN that might begin another connection and its text, if there was one, from inside and outside. */
    private int insideSyn;

    private int insideSynEnd;
    private int outsideSyn;
    private int outsideSynEnd;
    private boolean insideTries;
    private boolean outsideTries;
    private @Nullable Object user;

    /** What stands for the remote on the inside, for NAT64. */
    private @Nullable Object via;

    @Nullable
    Session previous;

    @Nullable
    Session next;

    Session(Mapping mapping, int remote, int remotePort, long hash) {
        this.mapping = mapping;
        this.remote = remote;
        this.remotePort = remotePort;
        this.hash = hash;
    }

    boolean is(Mapping of, int itsRemote, int itsRemotePort) {
        return of == mapping && itsRemote == remote && itsRemotePort == remotePort;
    }

    /** {@return the mapping} */
    public Mapping mapping() {
        return mapping;
    }

    /** {@return the remote's IPv4 address} */
    public int remote() {
        return remote;
    }

    /** {@return the remote's port; 0 if its protocol has none} */
    public int remotePort() {
        return remotePort;
    }

    /** {@return whether the inside host has sent anything in it} */
    public boolean isSpoken() {
        return spoken;
    }

    /** {@return whether it is gone} */
    public boolean isRemoved() {
        return removed;
    }

    /** {@return how far the TCP connection is} */
    public TcpState state() {
        return state;
    }

    /**
     * Notes where the inside host is in both streams.
     *
     * @param next the sequence number that follows what it sent
     * @param ack what it acknowledged
     */
    public void insideAt(int next, int ack) {
        insideNext = next;
        insideAck = ack;
    }

    /** {@return the sequence number that follows what the inside host sent last} */
    public int insideNext() {
        return insideNext;
    }

    /** {@return what the inside host acknowledged last} */
    public int insideAck() {
        return insideAck;
    }

    /**
     * Notes a SYN on the ports of a connection that seems open. Its sender may have lost that and begin another, or somebody
     * may have forged it: the other end knows, and {@linkplain #isTriedAt acknowledges} only the former.
     *
     * @param inside whether it came from inside
     * @param next the sequence number that follows it
     * @param end the one that follows its text, which is {@code next} if it has none
     */
    public void tried(boolean inside, int next, int end) {
        if (inside) {
            insideSyn = next;
            insideSynEnd = end;
            insideTries = true;
        } else {
            outsideSyn = next;
            outsideSynEnd = end;
            outsideTries = true;
        }
    }

    /** Forgets SYNs that were {@linkplain #tried noted}. */
    public void settled() {
        insideTries = false;
        outsideTries = false;
    }

    /**
     * Tells whether a SYN was noted that an acknowledgment is of. Of its text that may take anything or nothing (RFC 9293
     * section 3.10.7.2, RFC 7413 section 3).
     *
     * @param inside whether the SYN came from inside
     * @param acknowledged what is acknowledged
     * @return whether it is that
     */
    public boolean isTriedAt(boolean inside, int acknowledged) {
        return inside
                ? insideTries && isWithin(acknowledged, insideSyn, insideSynEnd)
                : outsideTries && isWithin(acknowledged, outsideSyn, outsideSynEnd);
    }

    private static boolean isWithin(int number, int from, int to) {
        return Integer.compareUnsigned(number - from, to - from) <= 0;
    }

    /** {@return what stands for the remote on the inside: the session's own, else the mapping's; null for NAT44} */
    public @Nullable Object via() {
        return via == null ? mapping.via() : via;
    }

    /**
     * Notes what stands for the remote on the inside.
     *
     * @param prefix what the host used
     */
    @SuppressWarnings("ReferenceEquality") // spares a write, and is right without
    public void via(Object prefix) {
        if (via != prefix) {
            via = prefix;
        }
    }

    /** {@return what the owner of the core keeps with it} */
    public @Nullable Object user() {
        return user;
    }

    /**
     * Keeps something with it.
     *
     * @param kept anything
     */
    public void user(@Nullable Object kept) {
        user = kept;
    }

    long hash() {
        return hash;
    }
}
