// SPDX-License-Identifier: MIT
/**
 * Our WireGuard against stock ones. Each peer is a {@code wireguard-go} in a network namespace of its own, at the far end of a
 * wire to the host, configured and asked by {@code wg}; our end is a port of this process with a virtual client behind its
 * device. Outside, wires have networks of 198.18.0.0/15 and fd18::/16; inside, we are 10.77.0.1 and fd77::1 unless told
 * otherwise.
 */
@NullMarked
package io.pktkit.interop.wg;

import org.jspecify.annotations.NullMarked;
