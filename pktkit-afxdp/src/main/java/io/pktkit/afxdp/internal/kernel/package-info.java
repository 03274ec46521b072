// SPDX-License-Identifier: MIT
/**
 * The capture in the kernel: its maps and its program.
 *
 * <p>All of it hangs on descriptors of this process, and nothing is pinned: when they are closed, by us or because the
 * process ended in whatever way, the kernel forgets map and program. No memory is shared with the kernel here.
 */
@NullMarked
package io.pktkit.afxdp.internal.kernel;

import org.jspecify.annotations.NullMarked;
