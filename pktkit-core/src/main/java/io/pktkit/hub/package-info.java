// SPDX-License-Identifier: MIT

/**
 * Hubs: {@link io.pktkit.hub.L2Hub} is an Ethernet switch with VLANs, {@link io.pktkit.hub.L3Hub} a router.
 *
 * <p><b>Threads.</b> A frame is forwarded on the thread that brought it, to completion, and any number of threads may
 * do so at once. Looking up takes no lock; learning, connecting and configuring do, and none of it is held while a
 * device is called. Ports may come and go at any time, also from within a handler. A frame that is under way while a
 * port is closed may still reach it.
 *
 * <p><b>Ownership.</b> A hub neither keeps nor changes what it is lent. Where the bytes must differ, as for a VLAN tag or
 * a hop limit, it sends a copy that is in a reused buffer of the thread and of the depth. Devices stay the caller's:
 * closing a hub or a port closes no device.
 *
 * <p><b>Failure.</b> A device that refuses a frame or throws costs itself that frame, and no other port. Each message
 * that comes in ends as exactly one of forwarded, flooded or dropped for a {@link io.pktkit.device.DropReason}, see
 * {@link io.pktkit.hub.HubStats}.
 */
@NullMarked
package io.pktkit.hub;

import org.jspecify.annotations.NullMarked;
