// SPDX-License-Identifier: MIT

/**
 * The session of one client as an engine: events and time in, actions and a deadline out.
 *
 * <p><b>Theory of operation.</b> A session begins when a client has proved that it receives at its address: by TCP, or by
 * the cookie of the server's stateless answer. It has up to two keys. A key has a key id, a reliable stream, a TLS handshake
 * of its own, and at the end {@link io.pktkit.ovpn.internal.data.DataKey}s. Key 0 makes the session; each renegotiation
 * makes the next, 1 to 7 and round again, while the one before stays in use as the lame duck, for data alone.
 *
 * <pre>
 *  RESET --acknowledged--&gt; HANDSHAKE --key method 2--&gt; VERDICT --accepted--&gt; ACTIVE --next key--&gt; lame duck
 * </pre>
 *
 * <p>{@link io.pktkit.ovpn.internal.session.OvpnSession} sorts events and packets to who deals with them: {@code
 * Protection} takes off what is around TLS, {@code KeyRing} has the keys, {@code Negotiation} what is said inside TLS,
 * {@code Keepalive} silence, {@code Farewell} the end; {@code Outbox} collects what is to be done. All that is random is from the
 * source in the configuration, so that events and times make the same session again.
 *
 * <p>Whether a client may come in is asked by an action and answered by an event, whenever that is. Data keys are made
 * after the answer and when the cipher is settled, and what a client has proved is locked: a renegotiation with another
 * certificate or user ends the session.
 *
 * <p><b>Threads.</b> A session is owned by one thread. Its {@link io.pktkit.ovpn.internal.session.DataPlane} is for any.
 *
 * <p><b>Bounds.</b> 12 control packets received out of order, one TLS record and 64 messages that were not read, 6 packets
 * sent and not acknowledged, 64 KiB of output of TLS. A client may begin a renegotiation once a second.
 *
 * <p><b>Timers.</b> 2 s doubling to 60 s to repeat a control packet; 60 s for a handshake; 3600 s less up to a tenth for a
 * renegotiation, 3600 s for the lame duck; ping and ping-restart as configured; 5 s for a client to hear that it is
 * refused; 30 s in which a repeated request for a push is not answered.
 */
@NullMarked
package io.pktkit.ovpn.internal.session;

import org.jspecify.annotations.NullMarked;
