// SPDX-License-Identifier: MIT

/**
 * What joins devices: pipes between code and a network, cables between two devices, and the loop that attaches those that
 * an acceptor brings.
 *
 * <p>Nothing here has a thread of its own except {@link io.pktkit.link.Serve}. A frame passes on the thread that brought
 * it; links take part in the depth that {@link io.pktkit.device.ForwardingDepth} counts, so that devices linked into a
 * ring lose a frame and not the stack. All types are for any thread.
 */
@NullMarked
package io.pktkit.link;

import org.jspecify.annotations.NullMarked;
