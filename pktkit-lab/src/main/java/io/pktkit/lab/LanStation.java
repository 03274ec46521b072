// SPDX-License-Identifier: MIT
package io.pktkit.lab;

import io.pktkit.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * A guest that does without DHCP, see {@link Lan#connectStatic}.
 *
 * @param name what it is called in the network's domain, null for nothing
 * @param address its address
 * @param isolated whether it exchanges nothing with other isolated guests; all others it reaches
 */
public record LanStation(@Nullable String name, IpAddress address, boolean isolated) {}
