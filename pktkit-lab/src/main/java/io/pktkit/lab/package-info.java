// SPDX-License-Identifier: MIT

/**
 * A virtual network described once and brought up, observed and taken down as a whole.
 *
 * <p>The other modules are the parts; here they are put together the way a user means when saying "a LAN with DHCP and
 * NAT". A {@link io.pktkit.lab.Lan} owns all that it made, and closing it closes all of that; what the user attached stays
 * the user's.
 */
@NullMarked
package io.pktkit.lab;

import org.jspecify.annotations.NullMarked;
