// SPDX-License-Identifier: MIT

/** The wire formats: what the bytes of a frame or packet mean. */
@NullMarked
package io.pktkit.wire;

import org.jspecify.annotations.NullMarked;
