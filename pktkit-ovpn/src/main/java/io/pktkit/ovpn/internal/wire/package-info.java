// SPDX-License-Identifier: MIT

/** Packets of OpenVPN as bytes: opcodes, the body of a control packet, and what bytes need everywhere. No state. */
@NullMarked
package io.pktkit.ovpn.internal.wire;

import org.jspecify.annotations.NullMarked;
