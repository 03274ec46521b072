// SPDX-License-Identifier: MIT
package io.pktkit.lab;

import io.pktkit.device.Attachment;
import io.pktkit.dhcp.DhcpClientConfig;
import io.pktkit.dhcp.Lease;
import io.pktkit.dhcp.ra.RouterDiscovery;
import io.pktkit.dns.stub.DnsResolver;
import io.pktkit.hub.HubPort;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.l2adapter.LeaseListener;
import io.pktkit.time.Timers;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.vclient.VirtualClientConfig;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;

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
    private final CompletableFuture<IpPrefix> ipv6 = new CompletableFuture<>();

    /** Touched by the adapter's callbacks only, which run one at a time. */
    private List<IpAddress> ipv4Servers = List.of();

    private List<IpAddress> ipv6Servers = List.of();

    LanHost(Lan lan, String name, Timers timers, int mtu, Consumer<? super Attachment<Frame>> link) {
        this.name = name;
        this.client =
                new VirtualClient(VirtualClientConfig.DEFAULT.withTimers(timers).withMtu(mtu));
        this.adapter = L2Adapter.builder(client)
                .timers(timers)
                .leaseListener(new Configurator())
                .build();
        DhcpClientConfig dhcp;
        try {
            // The network's own server keeps addresses apart, so the four seconds of an ARP probe would buy nothing.
            dhcp = DhcpClientConfig.builder(adapter.macAddress())
                    .hostname(name)
                    .arpProbe(false)
                    .build();
            this.port = lan.connect(adapter);
        } catch (RuntimeException | Error e) {
            end();
            throw e;
        }
        try {
            link.accept(port);
            adapter.startDhcp(dhcp);
            if (lan.ipv6() != null) {
                adapter.startRouterDiscovery(this::onRouter);
            }
        } catch (RuntimeException | Error e) {
            port.close();
            end();
            throw e;
        }
    }

    private void end() {
        adapter.close();
        client.close();
    }

    /** Keeps the client's settings at what the lease says. */
    private final class Configurator implements LeaseListener {
        @Override
        public void onBound(Lease lease) {
            onServers(lease.dnsServers(), ipv6Servers);
            bound.complete(lease);
        }

        @Override
        public void onRenewed(Lease lease) {
            onServers(lease.dnsServers(), ipv6Servers);
        }

        @Override
        public void onLost(Lease lease) {
            onServers(List.of(), ipv6Servers);
        }
    }

    private void onRouter(RouterDiscovery.State state) {
        onServers(ipv4Servers, state.dnsServers());
        IpPrefix address = state.address();
        if (address != null) {
            ipv6.complete(address);
        }
    }

    private void onServers(List<IpAddress> byLease, List<IpAddress> byRouter) {
        ipv4Servers = byLease;
        ipv6Servers = byRouter;
        client.setDnsServers(Stream.concat(byLease.stream(), byRouter.stream())
                .limit(DnsResolver.MAX_SERVERS)
                .toList());
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
     * @throws IOException if there is none by then, or the host is closed meanwhile
     * @throws InterruptedException if the thread is interrupted
     */
    public Lease awaitLease(Duration limit) throws IOException, InterruptedException {
        return await(bound, "DHCP lease", limit);
    }

    /**
     * Waits until the host has made itself its first IPv6 address.
     *
     * @param limit how long to wait, in real time
     * @return the address with its prefix
     * @throws IOException if there is none by then, or the host is closed meanwhile
     * @throws InterruptedException if the thread is interrupted
     */
    public IpPrefix awaitIpv6(Duration limit) throws IOException, InterruptedException {
        return await(ipv6, "IPv6 address", limit);
    }

    private <T> T await(CompletableFuture<T> future, String what, Duration limit)
            throws IOException, InterruptedException {
        try {
            return future.get(Timers.toNanos(limit), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new IOException("no " + what + " within " + limit + " for host " + name, e);
        } catch (ExecutionException e) {
            throw new IOException("no " + what + " for host " + name, e.getCause());
        }
    }

    /** Gives the address back, and closes sockets and attachment. Idempotent. */
    @Override
    public void close() {
        IOException closed = new IOException("the host is closed");
        bound.completeExceptionally(closed);
        ipv6.completeExceptionally(closed);
        adapter.stopDhcp();
        port.close();
        end();
    }
}
