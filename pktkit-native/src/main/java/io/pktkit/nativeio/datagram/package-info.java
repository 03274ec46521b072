// SPDX-License-Identifier: MIT

/**
 * The Linux provider of {@link io.pktkit.datagram}: a socket for each family, both on one port.
 *
 * <p>Receiving takes up to 32 messages with one {@code recvmmsg}, each of which may be a run that the kernel joined
 * (UDP_GRO) and that is split in place; every piece has the source and the local address of its run. Sending goes through
 * each batch once: runs become messages that the kernel cuts (UDP_SEGMENT), the rest single ones, and {@code sendmmsg}
 * takes all of them. The local address of a path goes along as IP_PKTINFO or IPV6_PKTINFO.
 *
 * <p>What the kernel refuses is told by the first message that it did not take. A run that it will not cut is sent as
 * single datagrams; an error of an earlier datagram is met by trying again once; an address that is not ours any more is
 * left out. The rest is dropped and counted, message by message, so that one peer's trouble is not another's.
 *
 * <p>The receiver owns the receive buffers and the poller, each batch's thread owns that batch's messages. Descriptors are
 * counted by {@link io.pktkit.nativeio.NativeFd}, so a close never takes a number from under a running call; an event
 * descriptor ends the wait of the receiver. The offloads are proved by {@code OffloadProbe} at each opening. All system
 * calls of the data path go through {@code UdpCalls}, where tests make them fail.
 */
@NullMarked
package io.pktkit.nativeio.datagram;

import org.jspecify.annotations.NullMarked;
