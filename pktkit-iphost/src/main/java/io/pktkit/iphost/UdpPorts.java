// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

import io.pktkit.device.DropReason;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import java.net.BindException;
import java.net.SocketException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The UDP ports of a host: one holder a port, for all addresses. Owned like the host. */
public final class UdpPorts {
    /** Ports that may be open at once. */
    public static final int MAX_PORTS = 4096;

    private static final int FIRST_DYNAMIC = 49152;
    private static final int DYNAMIC_PORTS = 65536 - FIRST_DYNAMIC;
    private static final int PAGE = 256;

    private final IpHost host;
    private final SecureRandom random = new SecureRandom();

    /** By port, in pages that come with the first port of theirs: a look-up makes no object, and cannot be made slow. */
    private final @Nullable UdpPort[] @Nullable [] pages = new UdpPort[65536 / PAGE][];

    private int size;

    UdpPorts(IpHost host) {
        this.host = host;
    }

    /**
     * Opens a port.
     *
     * @param address the address to receive on, or null for all of the host's
     * @param port 1 to 65535, or 0 for a random one (RFC 6056 section 3.3.1)
     * @param events told of what happens
     * @return the port, to be closed
     * @throws SocketException if it is taken, there are too many, or the host is closed
     */
    public UdpPort open(@Nullable IpAddress address, int port, UdpEvents events) throws SocketException {
        host.checkOpen();
        if (address != null && !host.addresses().isOwn(address) && !address.isLoopback()) {
            throw new BindException("not an address of this host: " + address);
        }
        if (size >= MAX_PORTS) {
            throw new SocketException("all " + MAX_PORTS + " UDP sockets are in use; close some");
        }
        int chosen = port == 0 ? freePort() : port;
        if (find(chosen) != null) {
            throw new BindException("UDP port " + port + " is in use; choose another one, or 0");
        }
        UdpPort opened = new UdpPort(host, address, chosen, events);
        put(chosen, opened);
        size++;
        return opened;
    }

    /** {@return open ports} */
    public int size() {
        return size;
    }

    /** {@return a random port of the dynamic range, free or not} */
    public int randomPort() {
        return FIRST_DYNAMIC + random.nextInt(DYNAMIC_PORTS);
    }

    void remove(UdpPort port) {
        if (port.equals(find(port.port()))) {
            put(port.port(), null);
            size--;
        }
    }

    void close() {
        List<UdpPort> open = new ArrayList<>(size);
        for (@Nullable UdpPort @Nullable [] page : pages) {
            for (int i = 0; page != null && i < PAGE; i++) {
                if (page[i] != null) {
                    open.add(page[i]);
                }
            }
        }
        Arrays.fill(pages, null);
        size = 0;
        open.forEach(UdpPort::onHostClosed);
    }

    @Nullable
    DropReason onPacket(Packet packet, HostAddresses.Scope scope, long nowNanos) {
        UdpDatagram datagram = packet.udp();
        if (datagram == null || !datagram.isValid() || datagram.destinationPort() == 0) {
            return DropReason.MALFORMED;
        }
        if (!packet.checksumPending() && !isChecksumGood(packet, datagram)) {
            return DropReason.BAD_CHECKSUM;
        }
        boolean own = scope == HostAddresses.Scope.OWN || scope == HostAddresses.Scope.LOOPBACK;
        UdpPort port = scope == HostAddresses.Scope.OTHER ? null : find(datagram.destinationPort());
        if (port != null) {
            if (!port.accepts(packet, datagram, own)) {
                return DropReason.NO_RECEIVER;
            }
            return port.onDatagram(packet, datagram) ? null : DropReason.QUEUE_FULL;
        }
        Gateway gateway = host.gateway();
        if (gateway != null && (own || scope == HostAddresses.Scope.OTHER)) {
            return gateway.onDatagram(packet, datagram, own, nowNanos);
        }
        if (own) {
            host.errors().report(packet, IcmpError.portUnreachable(), nowNanos);
        }
        return DropReason.NO_RECEIVER;
    }

    /** Whether a super-segment need not be cut, as the gateway takes it whole. */
    boolean takesSuperSegment(Packet packet, HostAddresses.Scope scope) {
        Gateway gateway = host.gateway();
        UdpDatagram datagram = packet.udp();
        return gateway != null
                && datagram != null
                && (scope == HostAddresses.Scope.OTHER
                        || (scope == HostAddresses.Scope.OWN && find(datagram.destinationPort()) == null))
                && gateway.takesSuperSegment(datagram);
    }

    /** Without a checksum only over IPv4 (RFC 768; RFC 8200 section 8.1). */
    private static boolean isChecksumGood(Packet packet, UdpDatagram datagram) {
        return datagram.checksum() == 0 ? packet.isIpv4() : packet.verifyTransportChecksum() != ChecksumStatus.INVALID;
    }

    /**
     * Takes an ICMP error that quotes a datagram of ours.
     *
     * @param quoted the datagram, perhaps cut short after its ports
     * @param portUnreachable whether the far side has no such socket
     */
    void onUnreachable(Packet quoted, boolean portUnreachable) {
        UdpDatagram datagram = quoted.udp();
        UdpPort port = datagram == null ? null : find(datagram.sourcePort());
        if (datagram != null && port != null) {
            port.onUnreachable(quoted.destination(), datagram.destinationPort(), portUnreachable);
        }
    }

    /** Whether a quoted datagram can have been sent from here. */
    boolean isSender(Packet quoted) {
        UdpDatagram datagram = quoted.udp();
        return datagram != null && find(datagram.sourcePort()) != null;
    }

    private @Nullable UdpPort find(int port) {
        @Nullable UdpPort @Nullable [] page = pages[port / PAGE];
        return page == null ? null : page[port % PAGE];
    }

    private void put(int port, @Nullable UdpPort holder) {
        @Nullable UdpPort @Nullable [] page = pages[port / PAGE];
        if (page == null) {
            page = new UdpPort[PAGE];
            pages[port / PAGE] = page;
        }
        page[port % PAGE] = holder;
    }

    private int freePort() throws BindException {
        int start = random.nextInt(DYNAMIC_PORTS);
        for (int i = 0; i < DYNAMIC_PORTS; i++) {
            int port = FIRST_DYNAMIC + (start + i) % DYNAMIC_PORTS;
            if (find(port) == null) {
                return port;
            }
        }
        throw new BindException("no UDP port is free; close some sockets");
    }
}
