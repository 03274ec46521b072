// SPDX-License-Identifier: MIT
/**
 * Our end of QEMU's socket protocol with real guests: Debian's QEMU, its cloud kernel, and busybox in an initramfs that the
 * tests make; and with passt and gvproxy, which speak the protocol too. Guests run under KVM where that boots one, else
 * emulated, which is slow at moving bytes and fast enough at all else. Tests wait for what the guest says on its serial line.
 */
@NullMarked
package io.pktkit.interop.qemu;

import org.jspecify.annotations.NullMarked;
