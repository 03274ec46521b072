// SPDX-License-Identifier: MIT
/**
 * What an XDP program captures: which addresses, protocols and ports, and what becomes of the rest. Pure descriptions;
 * {@code io.pktkit.afxdp} carries them out.
 */
@NullMarked
package io.pktkit.afxdp.capture;

import org.jspecify.annotations.NullMarked;
