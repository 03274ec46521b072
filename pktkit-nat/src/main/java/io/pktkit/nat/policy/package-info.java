// SPDX-License-Identifier: MIT

/**
 * What the owner of a NAT decides: its addresses, whom it lets in, how long it remembers, how much it holds. Immutable values, of
 * which {@link io.pktkit.nat.policy.NatConfig} is the whole.
 */
@NullMarked
package io.pktkit.nat.policy;

import org.jspecify.annotations.NullMarked;
