// SPDX-License-Identifier: MIT

/** {@code pktkit nat}: a router with NAT between two TAP interfaces, and what a running one is asked and told. */
@NullMarked
package io.pktkit.cli.nat;

import org.jspecify.annotations.NullMarked;
