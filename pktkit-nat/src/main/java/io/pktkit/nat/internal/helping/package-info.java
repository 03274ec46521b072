// SPDX-License-Identifier: MIT

/**
 * How helpers take part in flows: which of them sees which session, what it may ask of the NAT, what it is shown of a packet,
 * and what its changes do to the streams. What they are written against is {@code io.pktkit.nat.helper}.
 *
 * <p>Works on the translated copy of a packet and on the mappings; where packets come from and go to it does not know, but for
 * a {@link io.pktkit.nat.internal.helping.WayBack}.
 */
@NullMarked
package io.pktkit.nat.internal.helping;

import org.jspecify.annotations.NullMarked;
