// SPDX-License-Identifier: MIT

/**
 * How a running instance is asked and told: a Unix socket of mode 0600 in its state directory of mode 0700, and one JSON
 * object a line each way.
 *
 * <pre>
 *  {"verb":"wg add","arguments":{"name":"phone"}}
 *  {"ok":true,"result":{"name":"phone","address":"10.0.2.254"}}
 *  {"ok":false,"error":"there is a peer of this name already: name=phone"}
 * </pre>
 *
 * <p>Whatever can be asked registers its verbs at the {@link io.pktkit.lab.control.ControlServer}; the command asks with a
 * {@link io.pktkit.lab.control.ControlClient}. Objects are maps of strings to strings, numbers, booleans, lists and maps.
 *
 * <p><b>Threads.</b> Verbs are carried out by the socket's thread, one after the other. <b>Bounds.</b> A request of 64 KiB,
 * nested 16 deep; an answer of 16 MiB.
 */
@NullMarked
package io.pktkit.lab.control;

import org.jspecify.annotations.NullMarked;
