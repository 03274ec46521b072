// SPDX-License-Identifier: MIT

/**
 * A host inside a virtual network, for code of this process: sockets, name lookup, HTTP, without any right of the
 * operating system.
 *
 * <p>{@link io.pktkit.vclient.VirtualClient} is a layer-3 device; connected to a hub, adapter or tunnel it is one more host
 * there. It has no thread of its own: work is done by who calls, by who delivers a packet, and by the shared timer. All its
 * objects may be used from any thread. Blocking calls wait without holding anything of anybody else, end at their timeout,
 * when their socket or client is closed (with an error), and when their thread is interrupted (with an {@link
 * java.io.InterruptedIOException}, the interrupt still set).
 *
 * <p>Sockets must be closed, as those of the JDK; closing the client ends them all. A closed client sends nothing more, so
 * its peers learn of it as of a pulled plug.
 */
@NullMarked
package io.pktkit.vclient;

import org.jspecify.annotations.NullMarked;
