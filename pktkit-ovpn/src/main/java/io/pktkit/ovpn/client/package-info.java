// SPDX-License-Identifier: MIT

/** What a server knows of its clients, and what it decides about them. Immutable values, for any thread. */
@NullMarked
package io.pktkit.ovpn.client;

import org.jspecify.annotations.NullMarked;
