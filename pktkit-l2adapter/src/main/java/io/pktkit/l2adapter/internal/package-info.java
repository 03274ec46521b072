// SPDX-License-Identifier: MIT

/**
 * The parts of the adapter. {@code NeighborCache} and what is below it is a sans-I/O engine owned by {@code LinkLayer},
 * which has the one lock; all the others have no mutable state but volatile fields. Frames leave without a lock: by
 * {@code FrameSender} directly, or through the outbox of {@code LinkLayer} when they were produced under it.
 */
@NullMarked
package io.pktkit.l2adapter.internal;

import org.jspecify.annotations.NullMarked;
