// SPDX-License-Identifier: MIT

/**
 * Application layer gateways. Each is off until it is added to a configuration, works with the client inside and with the
 * server inside, and is written against {@code io.pktkit.nat.helper} alone.
 */
@NullMarked
package io.pktkit.nat.alg;

import org.jspecify.annotations.NullMarked;
