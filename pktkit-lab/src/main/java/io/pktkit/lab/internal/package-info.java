// SPDX-License-Identifier: MIT

/** The name server of a LAN, and what holds its parts together. */
@NullMarked
package io.pktkit.lab.internal;

import org.jspecify.annotations.NullMarked;
