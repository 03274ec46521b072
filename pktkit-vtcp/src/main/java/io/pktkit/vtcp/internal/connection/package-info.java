// SPDX-License-Identifier: MIT

/**
 * What every room may know of the connection that it serves: the time, how far it is, what was negotiated, and the
 * counters. Each room above declares a view of its own that adds the parts it works with, and extends the view of the
 * room below it where it needs as much; no room knows the block that implements them all.
 *
 * <p>Views cost nothing: there is one implementation of each, so that calls through them are bound and inlined, and no
 * object stands between a part and the connection. What is written by one room and read by many is a plain object
 * here, {@code Agreed} and {@code Counters}, rather than a method for each field.
 *
 * <p>All of it belongs to the owner of the connection and is not thread-safe.
 */
@NullMarked
package io.pktkit.vtcp.internal.connection;

import org.jspecify.annotations.NullMarked;
