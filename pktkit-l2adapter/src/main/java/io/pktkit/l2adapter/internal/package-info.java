// SPDX-License-Identifier: MIT

/**
 * The parts of the adapter. {@code NeighborCache} and what is below it is a sans-I/O engine owned by {@code LinkLayer},
 * which has the one lock; all the others have no mutable state but volatile fields. Frames leave without a lock: by
 * {@code FrameSender} directly, or through the outbox of {@code LinkLayer} when they were produced under it.
 *
 * <p><b>Whom the neighbour cache believes.</b> A MAC address that an answer to our own request gave or confirmed is
 * <em>proven</em>. An unasked claim may add a neighbour that wants something of us, or end the waiting for one that is
 * being asked for; it never changes a MAC address that is known, and says nothing about the gateway. RFC 826 and RFC 4861
 * let it, which is what cache poisoning lives on. Nor does it count what a neighbour was before it became the gateway:
 * even a proven address may have been planted and then only ever probed where it was planted. So who becomes the gateway
 * is asked for afresh, at everybody, and until it answers its packets wait.
 *
 * <p><b>Who moved.</b> A claim that differs from a known address makes the entry <em>contested</em>. A contested
 * neighbour that is in use is verified. One that is proven is challenged: asked at its old MAC address, three times
 * within a second. If it answers, it stays, and is verified again 5 seconds later at the soonest. If it is silent,
 * everybody is asked, and only an answer to that counts. So a guest that got another MAC address is found again after a
 * second, and who claims the address of a living guest gets nothing. Of one that is not proven nobody knows which claim
 * was the true one, so everybody is asked at once. Claims alone cost no request, since only a neighbour that is sent to is
 * verified; all verifications of a cache together are limited, and beyond the limit the slow way has to do: DELAY, PROBE,
 * then everybody. The three requests within a second keep the one a second of RFC 1122 section 2.3.2.1 on average.
 *
 * <p><b>No advice from above.</b> RFC 4861 section 7.3.1 lets an upper layer confirm a neighbour, and we do not ask for
 * it. The host behind is often a router or a translator that sees no progress of its own; what a packet looks like proves
 * nothing to who does not keep the connection; and it would save one request and its answer in 35 seconds of use, while
 * packets pass without a lock in any case.
 *
 * <p><b>Routers.</b> There is no Default Router List: gateways are configured, by the user or by DHCP. So the Router flag
 * of an advertisement is not looked at. RFC 4861 section 7.2.5 takes a router that became a host off that list; of a
 * configured gateway this would let one forged flag take everybody's way out, and nothing would bring it back. Linux too
 * keeps a static route then, and drops only those that Router Advertisements gave.
 */
@NullMarked
package io.pktkit.l2adapter.internal;

import org.jspecify.annotations.NullMarked;
