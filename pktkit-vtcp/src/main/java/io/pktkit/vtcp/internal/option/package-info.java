// SPDX-License-Identifier: MIT

/**
 * The options of the TCP header, as they arrive. {@code ReceivedOptions} is filled anew for each segment, from bytes of
 * which nothing is believed but that they are there; {@code AccEcnOption} is the one layout that is both read and
 * written, so that both ends of it stand together.
 *
 * <p>What an option means is the business of the rooms that use it. Neither holds anything of a connection.
 */
@NullMarked
package io.pktkit.vtcp.internal.option;

import org.jspecify.annotations.NullMarked;
