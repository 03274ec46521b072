// SPDX-License-Identifier: MIT

/**
 * The DHCP wire format and the decisions of the server. Nothing here locks: each object belongs to the client or server that
 * made it and is used under its lock, except {@link io.pktkit.dhcp.internal.Deliveries}, which says so itself.
 */
@NullMarked
package io.pktkit.dhcp.internal;

import org.jspecify.annotations.NullMarked;
