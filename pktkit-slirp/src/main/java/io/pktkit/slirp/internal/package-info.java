// SPDX-License-Identifier: MIT

/**
 * The workings of slirp. State is owned either by the lock of a {@link io.pktkit.slirp.internal.Namespace} or by the thread of the
 * {@link io.pktkit.slirp.internal.SelectorLoop}; each class says which. The loop may take a namespace's lock, briefly and never two;
 * under a namespace's lock nothing waits for the loop.
 */
@NullMarked
package io.pktkit.slirp.internal;

import org.jspecify.annotations.NullMarked;
