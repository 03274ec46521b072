// SPDX-License-Identifier: MIT

/** What the RFCs for routers say of addresses. */
@NullMarked
package io.pktkit.nat.internal.address;

import org.jspecify.annotations.NullMarked;
