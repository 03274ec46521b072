// SPDX-License-Identifier: MIT

/**
 * OpenVPN clients as guests of a {@link io.pktkit.lab.Lan}, beside TAP interfaces and hosts in this process.
 *
 * <pre>
 *  openvpn == tunnel == OvpnServer -- device -- L2Adapter -- isolated port of the switch -- gateway, NAT, hosts
 *  openvpn == tunnel == OvpnServer -- device -- a tenant of the NAT, alone                        (isolated)
 * </pre>
 *
 * <p>Each client is told its addresses by the server: one of the subnet that no lease has, and one of the LAN's IPv6 prefix.
 * Its name is its host name. It reaches the gateway, the NAT and the hosts of the LAN, and they reach it; other clients it
 * does not reach, since their ports are isolated from each other. Isolated clients reach the gateway and the NAT alone.
 *
 * <p><b>State.</b> Certificates and keys are in the folder of {@link io.pktkit.ovpn.pki}; nothing is kept here. <b>Threads.</b>
 * Any thread may call anything. <b>Bounds.</b> As many clients as the LAN keeps addresses for; those of {@code OvpnLimits}.
 */
@NullMarked
package io.pktkit.lab.ovpn;

import org.jspecify.annotations.NullMarked;
