// SPDX-License-Identifier: MIT

/**
 * Batched datagrams: UDP ports for tunnels and for whoever else moves many datagrams.
 *
 * <h2>Theory of operation</h2>
 *
 * The cost of a datagram is the call that moves it. So there are batches on both sides of the interface, and nothing in
 * between is copied: a handler gets each datagram where the kernel put it and may decrypt it in place, a sender encrypts
 * into the {@link io.pktkit.datagram.DatagramBatch} that the kernel reads. Providers are found by {@link
 * java.util.ServiceLoader}. The one of Linux, in {@code pktkit-native}, moves many datagrams with a call, lets the kernel
 * cut runs of equal datagrams (UDP_SEGMENT) and join them on arrival (UDP_GRO), and answers from the address that a
 * datagram came to. The portable one needs the JDK alone; it makes one call for each datagram, does not know the address
 * that a datagram came to where it is bound to all of them, and ignores traffic classes.
 *
 * <p>A run is made of neighbours in a batch: who sends to many peers in turn has short runs. The tail of a run may be
 * shorter. Below a floor a run is not worth it and its datagrams leave singly.
 *
 * <h2>Trust in the kernel's cutting</h2>
 *
 * Kernels have damaged such runs, with and without an error. So it is used only after runs sent over the loopback interface
 * at opening arrived as they should; not by default on kernels that are known to be broken; a run that is refused leaves as
 * single datagrams, and after many refusals in a row no other is tried; and {@link
 * io.pktkit.datagram.DatagramEndpoint#setSegmentation} forbids it at run time, for what shows only beyond this host.
 * {@link io.pktkit.datagram.DatagramEndpoint#describe()} tells what is in use.
 *
 * <h2>Ownership and threads</h2>
 *
 * One thread receives, any may send. A {@link io.pktkit.datagram.Datagram} is lent until the handler returns, a batch until
 * it is sent. Handlers run on the receiving thread, inside a {@link io.pktkit.device.Burst} and with no lock held. A close
 * waits for the handler, unless the handler closes; no callback runs after it. There is no timer.
 *
 * <h2>Bounds and drops</h2>
 *
 * An endpoint holds one set of receive buffers: 64 KiB for the portable provider, 2 MiB for the one of Linux; and {@link
 * io.pktkit.datagram.DatagramBatch#CAPACITY} bytes of each batch that was ever in use at the same time, at most {@link
 * io.pktkit.datagram.DatagramConfig#maxBatches()} of them. Sending never waits: what the socket buffer cannot take
 * (EAGAIN) is dropped as {@code QUEUE_FULL} and what the kernel has no memory for (ENOBUFS) as {@code NO_BUFFER}. That is
 * what a full link does, and what the senders inside a tunnel are made for; a wait would pass one slow link's time to all
 * peers. ICMP errors are counted, and the datagram that met one is sent again.
 */
@NullMarked
package io.pktkit.datagram;

import org.jspecify.annotations.NullMarked;
