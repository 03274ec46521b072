// SPDX-License-Identifier: MIT

/**
 * Reads the files that servers of OpenVPN are set up by, so that one of a small server works here.
 *
 * <p>A line is a key and its words; quotes keep words together, and {@code #} and {@code ;} begin comments. Each key is of one
 * of three kinds: it is done; it makes no difference here and is passed over, such as {@code user}, {@code verb} or {@code dh};
 * or it cannot be done, and is an error that names the line and the remedy. So a file that is taken does what it says.
 * Files that it names are relative to its own folder, or inline between {@code <ca>} and {@code </ca>}.
 *
 * <p>Read as a whole by one thread; what is read is immutable. The files of {@code client-config-dir} are read when a client
 * comes. <b>Bounds.</b> A file of 1 MiB.
 */
@NullMarked
package io.pktkit.ovpn.conf;

import org.jspecify.annotations.NullMarked;
