// SPDX-License-Identifier: MIT

/**
 * What a server decides by, each rule for itself and without threads: whether a stranger is answered ({@link
 * io.pktkit.ovpn.internal.rules.Cookies}, {@link io.pktkit.ovpn.internal.rules.ResetBudget}), whether a token stands for a
 * password, who has which address, whose a packet is, and how large a segment may be.
 */
@NullMarked
package io.pktkit.ovpn.internal.rules;

import org.jspecify.annotations.NullMarked;
