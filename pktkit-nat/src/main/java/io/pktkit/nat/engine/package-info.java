// SPDX-License-Identifier: MIT

/**
 * NAT of packets, as the kernels do it, without thread, clock or device: bytes and the time in, bytes and one deadline out.
 *
 * <p>A {@link io.pktkit.nat.engine.NatEngine} has IPv4 addresses outside and namespaces inside. Who puts it between devices, as
 * {@code io.pktkit.nat} does, gives it packets and the time under a lock of its own.
 *
 * <p><b>Mappings.</b> An inside endpoint has one outside endpoint whatever it sends to (endpoint-independent mapping, RFC
 * 4787 REQ-1), on the address that its host is paired with. Who may come in, {@link io.pktkit.nat.policy.Filtering} says for
 * each protocol. A host keeps its port where that is free; else one is drawn at random, of the same parity, and privileged
 * if its own was. A freed port rests for two minutes before another host gets it.
 *
 * <p><b>Sessions.</b> A mapping remembers the remotes that it has exchanged packets with. Those that the inside host has
 * spoken to keep it alive; strangers never do. TCP follows RFC 6146 section 3.5.2.2 in each session. Past a limit of
 * sessions packets pass, but nothing is remembered of them, and errors about them are dropped; so do those of strangers to
 * a host with an outside address of its own, past what mappings they may cause.
 *
 * <p><b>NAT64.</b> A packet of an IPv6 host to a {@linkplain io.pktkit.nat.policy.Prefix64 prefix} that stands for IPv4 has a mapping
 * like any other, whose inside address is longer; only the headers are written for the other family (RFC 6146, RFC 7915). A
 * remote comes back from the prefix that the host used for it.
 *
 * <p><b>What is changed.</b> One end's address and port, the hop limit, the checksums that cover them (RFC 1624), and the
 * identification of what may be fragmented (RFC 6864). The packet is copied once, into the output; what was lent is never
 * written.
 *
 * <p><b>Fragments</b> are translated one by one behind their first; those that come before it are kept for a while.
 *
 * <p><b>Errors.</b> ICMP errors pass both ways, with what they quote, if they are about a session that there is. The NAT's
 * own come from its address on the side that they go to, at most a hundred a second for each namespace and the outside.
 * What is refused for a limit or for want of ports is answered as administratively prohibited (RFC 5508 REQ-8; RFC 6888
 * REQ-11 would have host unreachable, which tells the sender less).
 *
 * <p><b>Helpers.</b> Application layer gateways see the payloads of the flows that they want, see {@link
 * io.pktkit.nat.helper}. What they open is a mapping that lets in whom they name; when the inside host speaks from it, it is
 * one like any other.
 *
 * <p><b>Bounds</b> are in {@link io.pktkit.nat.policy.NatLimits}: of all, of a namespace, of a host. Refusal takes the same
 * few steps however full the tables are, and nothing that is used is removed to make room. <b>Timers</b> are in {@link
 * io.pktkit.nat.policy.NatTimeouts}; each holds to the nanosecond, whether or not a timer was run.
 *
 * <p><b>Threads.</b> An engine is used by one thread at a time. Everything else says so itself.
 */
@NullMarked
package io.pktkit.nat.engine;

import org.jspecify.annotations.NullMarked;
