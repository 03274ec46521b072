// SPDX-License-Identifier: MIT

/**
 * The files that people have of their tunnels: those of {@code wg-quick} and {@code wg setconf}.
 *
 * <p>A {@link io.pktkit.wg.quick.WgQuickConfig} is such a file in memory: read from text, made by a builder, written as
 * text. What a file says about the host, such as routes and commands, is no business of a tunnel in user space: {@code
 * Table}, {@code FwMark} and {@code SaveConfig} are kept and have no effect, and a file with commands to run is refused,
 * since a tunnel that comes up without them is not what was asked for.
 *
 * <p>Keys and section names are read in any case, a {@code #} begins a comment anywhere, a list may have several lines, and
 * an address without a length is that one address, all as {@code wg} does it. A comment {@code # Name = NAME} in a section
 * of a peer is its name here, a custom of several tools. Unlike {@code wg}, a key that has one value cannot be given twice,
 * nor a peer: one of the two would be silently ignored.
 *
 * <p><b>Bounds.</b> A file of one mebibyte. <b>Secrets</b> are in messages of no exception, and in no {@code toString}. A
 * file is written for its owner alone (mode 0600), and takes the place of the one before at once.
 *
 * <p><b>Threads.</b> Configurations are immutable, builders are not for several threads.
 */
@NullMarked
package io.pktkit.wg.quick;

import org.jspecify.annotations.NullMarked;
