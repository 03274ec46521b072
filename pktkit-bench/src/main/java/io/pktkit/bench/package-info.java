// SPDX-License-Identifier: MIT

/**
 * JMH benchmarks of the hot paths, and of two TCP engines that talk to each other. Each benchmark owns all that it uses
 * and runs on one thread; nothing here opens a socket or needs a privilege. {@link io.pktkit.bench.TcpTransfer} and
 * {@link io.pktkit.bench.IdleConnections} are programs, run by the scripts in {@code e2e}, as they measure in real time
 * what JMH does not. What all of them gave, and on what machine, is in {@code docs/benchmarks.md}.
 */
package io.pktkit.bench;
