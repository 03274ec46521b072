// SPDX-License-Identifier: MIT
/**
 * Our Ethernet side against Linux: DHCP server and client, ARP and Neighbor Discovery. Each test has a network namespace with
 * a TAP device in it, whose other end is a switch of ours in this process; those of guests that attack each other have one
 * for each guest. Lease times are real and of a few seconds; tests
 * wait for events, on their own thread, and never for an amount of time.
 */
@NullMarked
package io.pktkit.interop.lan;

import org.jspecify.annotations.NullMarked;
