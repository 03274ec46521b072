// SPDX-License-Identifier: MIT

/**
 * JMH benchmarks of the hot paths, and of two TCP engines that talk to each other. Each benchmark owns all that it uses
 * and runs on one thread; nothing here needs a privilege, and only the benchmarks of datagrams open sockets, on loopback.
 * {@link io.pktkit.bench.TcpTransfer}, {@link io.pktkit.bench.IdleConnections} and {@link
 * io.pktkit.bench.DatagramThroughput} are programs, run by the scripts in {@code e2e}, as they measure in real time what
 * JMH does not. What all of them gave, and on what machine, is in {@code docs/benchmarks.md}.
 */
package io.pktkit.bench;
