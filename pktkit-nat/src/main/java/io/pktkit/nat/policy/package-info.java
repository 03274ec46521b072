// SPDX-License-Identifier: MIT

/** What the owner of a NAT decides: whom it lets in, how long it remembers, how much it holds. Immutable values. */
@NullMarked
package io.pktkit.nat.policy;

import org.jspecify.annotations.NullMarked;
