// SPDX-License-Identifier: MIT

/**
 * The workings of slirp: what an IP host of {@code pktkit-iphost} hands over as a gateway, and the sockets that carry it on. State is owned
 * either by the lock of a {@link io.pktkit.slirp.internal.Namespace}, which is that of its host, or by the thread of the {@link
 * io.pktkit.slirp.internal.SelectorLoop}; each class says which. The loop may take a namespace's lock, briefly and never two; under a
 * namespace's lock nothing waits for the loop.
 */
@NullMarked
package io.pktkit.slirp.internal;

import org.jspecify.annotations.NullMarked;
