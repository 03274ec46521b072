// SPDX-License-Identifier: MIT

/** What joins the DNS of a virtual client to its host. */
@NullMarked
package io.pktkit.vclient.internal;

import org.jspecify.annotations.NullMarked;
