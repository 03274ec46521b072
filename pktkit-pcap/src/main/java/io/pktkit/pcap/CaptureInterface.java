// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

/**
 * An interface of a capture that is read.
 *
 * @param name its name; empty if it has none
 * @param linkType the number of its link type, of which {@link LinkType} names those that pktkit writes
 * @param snapLength bytes of each packet at most; 0 for no limit
 */
public record CaptureInterface(String name, int linkType, long snapLength) {}
