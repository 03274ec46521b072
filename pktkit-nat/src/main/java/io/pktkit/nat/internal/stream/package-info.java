// SPDX-License-Identifier: MIT

/** What becomes of the numbers of a TCP stream whose text was changed on the way. */
@NullMarked
package io.pktkit.nat.internal.stream;

import org.jspecify.annotations.NullMarked;
