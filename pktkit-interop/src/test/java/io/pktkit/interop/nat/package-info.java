// SPDX-License-Identifier: MIT
/**
 * Our NAT between Linux hosts. Each is a network namespace whose card is a TUN device of this process: a client inside, in
 * 10.77.0.0/24 and fd77::/64, a server outside, in 198.51.100.0/24.
 */
@NullMarked
package io.pktkit.interop.nat;

import org.jspecify.annotations.NullMarked;
