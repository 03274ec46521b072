// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.dhcp.DhcpClient;
import io.pktkit.dhcp.DhcpClientConfig;
import io.pktkit.dhcp.DhcpTransport;
import io.pktkit.dhcp.Lease;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import org.jspecify.annotations.Nullable;

/** The DHCP client with its timer, for all its runs. Any thread. */
public final class DhcpSession {

    private static final int CLIENT_PORT = 68;

    private final DhcpClient client;
    private final Timers timers;
    private final Alarm alarm;

    /**
     * Makes a client that is stopped.
     *
     * @param mac the station that asks
     * @param transport what the client configures
     * @param timers the clock
     */
    public DhcpSession(MacAddress mac, DhcpTransport transport, Timers timers) {
        this.client = new DhcpClient(DhcpClientConfig.builder(mac).build(), transport);
        this.timers = timers;
        this.alarm = timers.newAlarm(this::onAlarm);
    }

    /**
     * Begins to ask for an address, when the run before has ended, with its lease released.
     *
     * @param config of the client, for the same station
     * @throws IllegalArgumentException if it is for another
     * @throws IllegalStateException if it is closed
     */
    public void start(DhcpClientConfig config) {
        client.restart(config, timers.nowNanos());
        rearm();
    }

    /** Somebody is attached to the adapter: this may be another link. */
    public void up() {
        client.onLinkUp(timers.nowNanos());
        rearm();
    }

    /** Ends the run, telling the server if an address is held. */
    public void release() {
        client.release();
        rearm();
    }

    /** Ends it for good and without a word. */
    public void close() {
        client.close();
        alarm.close();
    }

    /** {@return the lease that is held, or null} */
    public @Nullable Lease lease() {
        return client.lease();
    }

    /** Whether the packet was the client's and goes no further. */
    boolean onPacket(Packet packet, long sourceMac) {
        if (!client.isActive()) {
            return false; // before anything is looked at, for this sees every packet
        }
        UdpDatagram datagram = packet.isIpv4() ? packet.udp() : null;
        if (datagram == null || datagram.destinationPort() != CLIENT_PORT) {
            return false; // before the clock is read
        }
        boolean taken = client.onPacket(packet, sourceMac, timers.nowNanos());
        if (taken) {
            rearm();
        }
        return taken;
    }

    void onArp(ArpPacket arp) {
        if (!client.isActive()) {
            return; // likewise
        }
        client.onArp(arp.senderMac(), arp.senderIpv4(), arp.targetIpv4(), timers.nowNanos());
        rearm();
    }

    private void onAlarm() {
        client.onTick(timers.nowNanos());
        rearm();
    }

    /** One at a time, so that of two threads the one that saw the older deadline cannot set it last. */
    private synchronized void rearm() {
        alarm.arm(client.nextDeadlineNanos());
    }
}
