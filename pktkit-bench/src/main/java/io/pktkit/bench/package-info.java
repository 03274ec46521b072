// SPDX-License-Identifier: MIT

/**
 * JMH benchmarks of the hot paths, and of two TCP engines that talk to each other. Each benchmark owns all that it uses
 * and runs on one thread; nothing here opens a socket or needs a privilege. What they gave, and on what machine, is in
 * {@code docs/benchmarks.md}.
 */
package io.pktkit.bench;
