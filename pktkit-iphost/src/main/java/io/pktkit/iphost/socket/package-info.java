// SPDX-License-Identifier: MIT

/**
 * The shell of an IP host: one lock, one alarm, and the blocking faces on it. {@link io.pktkit.iphost.socket.HostShell} guards an
 * {@link io.pktkit.iphost.IpHost} with its lock, sets the alarm for what is due, and delivers what was queued after the lock was
 * released, so that no callback of anybody's runs under it. Blocking calls wait on conditions of the lock; their deadlines are alarms
 * of the shell's timers, so that they run in virtual time too. They end with an error when their socket or the host is closed, or
 * their thread is interrupted. Exported to our own modules: what users see are their faces.
 */
@NullMarked
package io.pktkit.iphost.socket;

import org.jspecify.annotations.NullMarked;
