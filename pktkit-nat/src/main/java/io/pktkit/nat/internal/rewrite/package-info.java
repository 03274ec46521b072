// SPDX-License-Identifier: MIT

/** Pure functions of bytes: how a packet is changed once it is known what it becomes. */
@NullMarked
package io.pktkit.nat.internal.rewrite;

import org.jspecify.annotations.NullMarked;
