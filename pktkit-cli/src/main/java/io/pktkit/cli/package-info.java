// SPDX-License-Identifier: MIT

/** The {@code pktkit} command: options in, {@link io.pktkit.lab} to work, lines of text out. */
@NullMarked
package io.pktkit.cli;

import org.jspecify.annotations.NullMarked;
