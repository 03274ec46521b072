// SPDX-License-Identifier: MIT
/**
 * A packet socket on one end of a veth pair, in a network namespace, with a Linux host on the other end in another: what it
 * receives against what tcpdump receives on the same interface.
 */
@NullMarked
package io.pktkit.interop.afpacket;

import org.jspecify.annotations.NullMarked;
