// SPDX-License-Identifier: MIT
package io.pktkit.afxdp;

/**
 * What the kernel counts of the sockets of a device, since it was opened: frames that it had for them and could not give, and
 * descriptors that it refused.
 *
 * @param receiveDropped frames that found no room in a chunk, or were dropped for another reason
 * @param receiveInvalid descriptors of the FILL ring that were refused; any is a defect of ours
 * @param sendInvalid descriptors of the TX ring that were refused; any is a defect of ours
 * @param ringFull frames that found the RX ring full: this program is too slow
 * @param fillEmpty frames that found no chunk to be received into: this program is too slow
 * @param sendEmpty times that the kernel looked for something to send and there was nothing
 */
public record AfXdpStatistics(
        long receiveDropped, long receiveInvalid, long sendInvalid, long ringFull, long fillEmpty, long sendEmpty) {}
