// SPDX-License-Identifier: MIT

/**
 * The host behind a virtual client: one {@link io.pktkit.vclient.internal.ClientStack} with one lock, and what stands on
 * it. Blocking calls wait on conditions of that lock. Packets are queued under it and delivered after it is released, so
 * no callback of anybody's runs under it.
 */
@NullMarked
package io.pktkit.vclient.internal;

import org.jspecify.annotations.NullMarked;
