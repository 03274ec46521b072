// SPDX-License-Identifier: MIT

/**
 * What a process keeps for itself on its host: files and sockets that nobody but their owner uses. For our own modules.
 *
 * <p>{@link io.pktkit.local.PrivateFiles} writes files of mode 0600 into directories of mode 0700, whole or not at all, and
 * says so when one is open to others. {@link io.pktkit.local.LocalServer} answers requests of text on a Unix socket of mode
 * 0600, which is never there with another mode, not even for a moment.
 *
 * <p><b>Bounds of a server.</b> 16 connections; a request of a given length; an answer that is not read, or a request that
 * is not finished, for 30 s ends its connection. Who is slow holds up nobody else; the one thread that answers is held up
 * by who answers, on purpose: requests are carried out one after the other.
 */
@NullMarked
package io.pktkit.local;

import org.jspecify.annotations.NullMarked;
