// SPDX-License-Identifier: MIT

/** What an IP host does to packets, with no state that others see. Owned like the host, by its owner's lock. */
@NullMarked
package io.pktkit.iphost.internal;

import org.jspecify.annotations.NullMarked;
