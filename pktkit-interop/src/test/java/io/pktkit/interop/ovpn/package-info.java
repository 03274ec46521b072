// SPDX-License-Identifier: MIT
/**
 * Our OpenVPN server with stock clients. Each is Debian's {@code openvpn} in a network namespace of its own, at the far end
 * of a wire to the host, with the file that our PKI wrote for it; our server runs in this process, and gives each client a
 * virtual client to talk to. Outside, wires have networks of 198.18.0.0/15; inside, we are 10.8.0.1 and fd08::1.
 */
@NullMarked
package io.pktkit.interop.ovpn;

import org.jspecify.annotations.NullMarked;
