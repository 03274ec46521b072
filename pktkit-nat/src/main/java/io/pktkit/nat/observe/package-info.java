// SPDX-License-Identifier: MIT

/**
 * What the owner of a NAT is told: which mappings there are and come and go, why one could not be made, and why a packet went no
 * further. Values, and the interface of who listens.
 */
@NullMarked
package io.pktkit.nat.observe;

import org.jspecify.annotations.NullMarked;
