// SPDX-License-Identifier: MIT
package io.pktkit.lab.wg;

import io.pktkit.wg.WgPublicKey;
import io.pktkit.wire.IpAddress;
import java.nio.file.Path;

/**
 * A WireGuard peer that is a guest of a LAN.
 *
 * @param name what it is called, also in the LAN's domain
 * @param publicKey its key
 * @param address its address on the LAN
 * @param file where its configuration is, if it was not deleted
 */
@SuppressWarnings("exports") // who uses this requires io.pktkit.wg, which nobody else needs
public record LanPeer(String name, WgPublicKey publicKey, IpAddress address, Path file) {}
