// SPDX-License-Identifier: MIT

/**
 * The mapping core: who inside has which address and port outside, with which remotes, until when. It knows numbers only,
 * neither packets nor families beyond the width of an address, so that NAT44 and NAT64 share it.
 *
 * <p>Everything is a {@link io.pktkit.nat.internal.map.Mapping}: what a host began, a forward, what a helper opened. They
 * differ in who keeps them, until when, and who may come in. A mapping's remotes are its {@link
 * io.pktkit.nat.internal.map.Session sessions}; those that the inside host has spoken to keep it alive, others do not.
 *
 * <p>Owned by one thread at a time: the engine's. Each decision compares its own deadline with the time, so nothing lives a
 * nanosecond too long; the heap only finds what nobody asks for any more.
 */
@NullMarked
package io.pktkit.nat.internal.map;

import org.jspecify.annotations.NullMarked;
