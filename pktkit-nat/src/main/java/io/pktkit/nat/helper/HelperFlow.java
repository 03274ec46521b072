// SPDX-License-Identifier: MIT
package io.pktkit.nat.helper;

import io.pktkit.wire.IpAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What an inside host exchanges with one remote endpoint, as a helper sees it. */
public interface HelperFlow {

    /** {@return the protocol number: TCP or UDP} */
    int protocol();

    /** {@return whether the inside host began it} */
    boolean begunInside();

    /** {@return the port of the side that did not begin it} */
    default int servicePort() {
        return begunInside() ? remotePort() : insidePort();
    }

    /** {@return the number of the namespace} */
    int namespace();

    /** {@return the address of the inside host, as it knows it} */
    IpAddress inside();

    /** {@return the port of the inside host, as it knows it} */
    int insidePort();

    /** {@return the address that stands for it outside} */
    IpAddress outside();

    /** {@return the port that stands for it outside} */
    int outsidePort();

    /** {@return the remote's address, as it is outside} */
    IpAddress remote();

    /** {@return the remote's port} */
    int remotePort();

    /** {@return the time} */
    long nowNanos();

    /**
     * Opens a port of the inside host: what comes to that port of {@link #outside()} goes to the host. An endpoint that has
     * a mapping there keeps it, and others of the host may send from there as ever; one that has a mapping at another address
     * cannot be opened.
     *
     * <p>For GRE the port is a Call ID of RFC 2637, 0 included, and a remote must be named: what the host sends to it in
     * such a tunnel passes too.
     *
     * @param protocol TCP, UDP or GRE
     * @param insidePort the host's port, 1 to 65535
     * @param from the only address outside that may come in; null for any
     * @param fromPort the only port of it; 0 for any
     * @param window how long somebody may come in who has not yet
     * @return the outside port; -1 if none could be had
     */
    int open(int protocol, int insidePort, @Nullable IpAddress from, int fromPort, Duration window);

    /**
     * Opens two neighbouring ports, an even one and the next, as media streams want (RFC 3550 section 11).
     *
     * @param protocol UDP, or TCP
     * @param insidePort the host's even port; the next is opened too
     * @param from the only address outside that may come in; null for any
     * @param window how long somebody may come in who has not yet
     * @return the even outside port; -1 if none could be had
     */
    int openPair(int protocol, int insidePort, @Nullable IpAddress from, Duration window);

    /**
     * Takes an opening back: nobody else may come in by it, and if nobody uses it, it ends. What was opened for a port that
     * the host sends from anyway ends with that.
     *
     * <p>For GRE the call with {@link #remote()} is over; one with another remote by the same Call ID is not.
     *
     * @param protocol TCP, UDP or GRE
     * @param insidePort the host's port, or Call ID; one that is not open is fine
     */
    void close(int protocol, int insidePort);

    /**
     * Tells what stands for a port of the inside host now.
     *
     * @param protocol TCP or UDP
     * @param insidePort the host's port
     * @return the port of {@link #outside()}; -1 if there is none
     */
    int outsidePort(int protocol, int insidePort);

    /**
     * Tells which port of the inside host an outside one stands for.
     *
     * @param protocol TCP or UDP
     * @param outsidePort the port of {@link #outside()}
     * @return the host's port; -1 if there is none, or it is another's
     */
    int insidePort(int protocol, int outsidePort);

    /**
     * Asks for flows to come, of a port of the inside host: they are this helper's, without {@link NatHelper#wants}. How
     * many are waited for is bounded; when a host has too many, the oldest is forgotten.
     *
     * @param protocol TCP or UDP
     * @param insidePort the host's port
     * @param begins the {@linkplain #state() state} that they begin with
     * @param window for how long they may begin
     */
    void follow(int protocol, int insidePort, @Nullable Object begins, Duration window);

    /**
     * Asks for flows to come, of the inside host with a remote endpoint.
     *
     * @param protocol TCP or UDP
     * @param remote the remote's IPv4 address, as it is outside
     * @param remotePort its port
     * @param begins the {@linkplain #state() state} that they begin with
     * @param window for how long they may begin
     */
    void follow(int protocol, IpAddress remote, int remotePort, @Nullable Object begins, Duration window);

    /**
     * Tells how the inside host knows an address outside: as it is, or embedded in a prefix (RFC 6052).
     *
     * @param there an address outside
     * @return what the host knows it as; null if it cannot
     */
    @Nullable
    IpAddress toInside(IpAddress there);

    /**
     * Tells which address outside the inside host means, the reverse of {@link #toInside}.
     *
     * @param here an address, as the host knows it
     * @return what it is outside; null if nothing
     */
    @Nullable
    IpAddress toOutside(IpAddress here);

    /** {@return what the helper keeps with the flow} */
    @Nullable
    Object state();

    /**
     * Keeps something with the flow.
     *
     * @param kept anything
     */
    void state(@Nullable Object kept);

    /**
     * Counts what the helper keeps with the flow, against what may be kept for its host, 512 KiB, for its namespace, and in
     * all.
     *
     * @param octets about how much it is, all together
     * @return false if that is too much, and what was counted before still is; less is always fine
     */
    boolean keep(int octets);

    /** Ends the helper's part in the flow: no more payloads, but what was changed is still followed. */
    void leave();
}
