// SPDX-License-Identifier: MIT

/**
 * {@code pktkit wg}: keys and files, what a running {@code pktkit up --wg} is asked and told, and the client of a tunnel. Words
 * and output are those of {@code wg} where it has the same.
 */
@NullMarked
package io.pktkit.cli.wg;

import org.jspecify.annotations.NullMarked;
