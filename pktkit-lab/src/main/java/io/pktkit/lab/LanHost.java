// SPDX-License-Identifier: MIT
package io.pktkit.lab;

import io.pktkit.device.Attachment;
import io.pktkit.dhcp.DhcpClientConfig;
import io.pktkit.dhcp.Lease;
import io.pktkit.hub.HubPort;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.l2adapter.LeaseListener;
import io.pktkit.time.Timers;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.vclient.VirtualClientConfig;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * A host of a {@link Lan} that lives in this process: sockets, names and HTTP through {@link #client()}, with an address
 * and a name server from the network's DHCP server. Any thread.
 */
public final class LanHost implements AutoCloseable {
    private final String name;
    private final VirtualClient client;
    private final L2Adapter adapter;
    private final HubPort port;
    private final CompletableFuture<Lease> bound = new CompletableFuture<>();

    LanHost(Lan lan, String name, Timers timers, int mtu, Consumer<? super Attachment<Frame>> link) {
        this.name = name;
        this.client =
                new VirtualClient(VirtualClientConfig.DEFAULT.withTimers(timers).withMtu(mtu));
        this.adapter = L2Adapter.builder(client)
                .timers(timers)
                .leaseListener(new Configurator())
                .build();
        try {
            // The network's own server keeps addresses apart, so the four seconds of an ARP probe would buy nothing.
            DhcpClientConfig dhcp = DhcpClientConfig.builder(adapter.macAddress())
                    .hostname(name)
                    .arpProbe(false)
                    .build();
            this.port = lan.connect(adapter);
            link.accept(port);
            adapter.startDhcp(dhcp);
        } catch (RuntimeException e) {
            adapter.close();
            client.close();
            throw e;
        }
    }

    /** Keeps the client's settings at what the lease says. */
    private final class Configurator implements LeaseListener {
        @Override
        public void onBound(Lease lease) {
            client.setDnsServers(lease.dnsServers());
            bound.complete(lease);
        }

        @Override
        public void onRenewed(Lease lease) {
            client.setDnsServers(lease.dnsServers());
        }

        @Override
        public void onLost(Lease lease) {
            client.setDnsServers(List.of());
        }
    }

    /** {@return the host name that it gave to the DHCP server} */
    public String name() {
        return name;
    }

    /** {@return its sockets, names and HTTP} */
    public VirtualClient client() {
        return client;
    }

    /**
     * Gives the place between the host and the network, where an impairment or a capture is put in and taken out at any
     * time.
     *
     * @return the host's attachment to the switch
     */
    public Attachment<Frame> link() {
        return port;
    }

    /** {@return its station address} */
    public MacAddress macAddress() {
        return adapter.macAddress();
    }

    /**
     * Waits until the host has its first address.
     *
     * @param limit how long to wait, in real time
     * @return the lease
     * @throws IOException if there is none by then
     * @throws InterruptedException if the thread is interrupted
     */
    public Lease awaitLease(Duration limit) throws IOException, InterruptedException {
        try {
            return bound.get(Timers.toNanos(limit), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new IOException("no DHCP lease within " + limit + " for host " + name, e);
        } catch (ExecutionException e) {
            throw new IOException("no DHCP lease for host " + name, e.getCause());
        }
    }

    /** Gives the address back, and closes sockets and attachment. Idempotent. */
    @Override
    public void close() {
        adapter.stopDhcp();
        port.close();
        adapter.close();
        client.close();
    }
}
