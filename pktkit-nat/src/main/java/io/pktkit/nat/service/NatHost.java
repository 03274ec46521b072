// SPDX-License-Identifier: MIT
package io.pktkit.nat.service;

import io.pktkit.device.ByteBudget;
import io.pktkit.iphost.HostAddresses;
import io.pktkit.iphost.IpHostConfig;
import io.pktkit.iphost.socket.HostShell;
import io.pktkit.nat.Nat;
import io.pktkit.nat.NatPort;
import io.pktkit.time.Timers;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.host.TcpHostConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.ReassemblyLimits;

/** A NAT as it is to the hosts of one link: an IP host at its own address. Any thread. */
@SuppressWarnings("exports") // who uses this requires io.pktkit.iphost, which nobody else needs
public final class NatHost {

    private static final int MAX_CONNECTIONS = 128;

    /** Small and fixed: what is said here is short, and a guest must not make us hold much. */
    private static final int BUFFER = 16 << 10;

    private static final long MEMORY = 4 << 20;

    private static final ReassemblyLimits REASSEMBLY = new ReassemblyLimits(32, 8, 512 << 10, 256 << 10, 64);

    private final Nat nat;
    private final NatPort port;
    private final Timers timers;
    private final HostAddresses addresses = new HostAddresses();
    private final HostShell shell;

    NatHost(Nat nat, NatPort port, Timers timers) {
        this.nat = nat;
        this.port = port;
        this.timers = timers;
        for (IpFamily family : IpFamily.values()) {
            IpPrefix prefix = nat.prefix(port.namespace(), family);
            if (prefix.isSet()) {
                addresses.setPrefix(prefix);
            }
        }
        TcpConfig tcp = TcpConfig.builder()
                .mtu(port.device().mtu())
                .sendBuffer(BUFFER)
                .sendBufferMax(BUFFER)
                .receiveBuffer(BUFFER)
                .receiveBufferMax(BUFFER)
                .memory(ByteBudget.shared().part(MEMORY))
                .build();
        IpHostConfig config = IpHostConfig.of(TcpHostConfig.of(tcp).withMaxConnections(MAX_CONNECTIONS))
                .withReassembly(REASSEMBLY);
        this.shell = new HostShell(timers, config, addresses, this::send, reason -> {});
        shell.setTenant(port.namespace());
    }

    /** {@return the NAT} */
    public Nat nat() {
        return nat;
    }

    /** {@return the link} */
    public NatPort port() {
        return port;
    }

    /** {@return the number of the namespace} */
    public int namespace() {
        return port.namespace();
    }

    /** {@return the clock} */
    public Timers timers() {
        return timers;
    }

    /** {@return the host and its lock} */
    public HostShell shell() {
        return shell;
    }

    /** {@return its addresses, to join groups} */
    public HostAddresses addresses() {
        return addresses;
    }

    /**
     * Tells the NAT's own address and network.
     *
     * @param family the family
     * @return the address and its prefix; unset if there is none
     */
    public IpPrefix prefix(IpFamily family) {
        return addresses.prefix(family);
    }

    /**
     * Tells whether an address is a host's of this link's network: no router's from behind, no group's, not our own.
     *
     * @param address any address
     * @return whether it is
     */
    public boolean isNeighbor(IpAddress address) {
        IpPrefix network = addresses.prefix(address.family());
        return network.isSet()
                && network.contains(address)
                && !network.address().equals(address);
    }

    void receive(Packet packet) {
        shell.receive(packet);
    }

    private void send(Packet packet) {
        port.send(packet);
    }

    /** {@return a line for debugging} */
    @Override
    public String toString() {
        return "NatHost[" + port + "]";
    }
}
