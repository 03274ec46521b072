// SPDX-License-Identifier: MIT

/** {@code pktkit ovpn}: the folder of an OpenVPN server, and the server. Thin over {@code pktkit-ovpn}. */
@NullMarked
package io.pktkit.cli.ovpn;

import org.jspecify.annotations.NullMarked;
