// SPDX-License-Identifier: MIT

/**
 * Stateless DHCPv6 (RFC 8415): the answer to an information request. The addresses of guests are of their own making, by router
 * advertisements; see {@link io.pktkit.dhcp.ra}.
 */
@NullMarked
package io.pktkit.dhcp.v6;

import org.jspecify.annotations.NullMarked;
