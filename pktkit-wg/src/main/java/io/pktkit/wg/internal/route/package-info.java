// SPDX-License-Identifier: MIT

/**
 * Cryptokey routing: which peer an address belongs to. Tables are immutable and replaced on change, so lookups take no
 * lock.
 */
@NullMarked
package io.pktkit.wg.internal.route;

import org.jspecify.annotations.NullMarked;
