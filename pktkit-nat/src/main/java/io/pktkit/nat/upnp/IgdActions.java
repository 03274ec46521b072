// SPDX-License-Identifier: MIT
package io.pktkit.nat.upnp;

import io.pktkit.device.DeviceStats;
import io.pktkit.nat.NatPort;
import io.pktkit.nat.service.NatHost;
import io.pktkit.nat.service.PortLease;
import io.pktkit.nat.service.PortLeases;
import io.pktkit.nat.service.PortLeases.Outcome;
import io.pktkit.nat.service.PortLeases.Refusal;
import io.pktkit.nat.service.PortLeases.Wish;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What the actions of the services do. Under the lock of the host. */
final class IgdActions {

    /** What is not metered: a virtual link has no rate of its own, and control points want one. */
    private static final String BIT_RATE = "1000000000";

    private static final String ROUTED = "IP_Routed";

    private final NatHost host;
    private final PortLeases leases;
    private final long startedNanos;
    private final AtomicInteger updateId = new AtomicInteger();

    IgdActions(NatHost host, PortLeases leases) {
        this.host = host;
        this.leases = leases;
        this.startedNanos = host.timers().nowNanos();
    }

    /** Something has changed. Any thread. */
    void changed() {
        updateId.incrementAndGet();
    }

    /** Gives the answers in the order of the action's definition. */
    List<String> call(Igd igd, String action, Map<String, String> in, IpAddress client) throws UpnpFault {
        return switch (action) {
            case "GetDefaultConnectionService" -> List.of(igd.defaultConnection());
            case "SetDefaultConnectionService" -> {
                if (!argument(in, "NewDefaultConnectionService").equals(igd.defaultConnection())) {
                    throw new UpnpFault(UpnpFault.NOT_AUTHORIZED); // a guest does not choose for the others
                }
                yield List.of();
            }
            case "GetCommonLinkProperties" -> List.of("Ethernet", BIT_RATE, BIT_RATE, linkStatus());
            case "GetTotalBytesSent" -> List.of(counter(stats() == null ? 0 : stats().sentBytes()));
            case "GetTotalBytesReceived" -> List.of(counter(stats() == null ? 0 : stats().receivedBytes()));
            case "GetTotalPacketsSent" -> List.of(counter(stats() == null ? 0 : stats().sentPackets()));
            case "GetTotalPacketsReceived" -> List.of(counter(stats() == null ? 0 : stats().receivedPackets()));
            default -> connection(igd, action, in, client);
        };
    }

    private List<String> connection(Igd igd, String action, Map<String, String> in, IpAddress client) throws UpnpFault {
        return switch (action) {
            case "SetConnectionType" -> {
                if (!argument(in, "NewConnectionType").equals(ROUTED)) {
                    throw new UpnpFault(igd.version() == 1 ? UpnpFault.ACTION_FAILED : UpnpFault.READ_ONLY);
                }
                yield List.of();
            }
            case "GetConnectionTypeInfo" -> List.of(ROUTED, ROUTED);
            case "RequestConnection" -> List.of(); // it is there
            case "ForceTermination" -> throw new UpnpFault(UpnpFault.NOT_AUTHORIZED);
            case "GetStatusInfo" -> List.of(connectionStatus(), "ERROR_NONE", uptime());
            case "GetNATRSIPStatus" -> List.of("0", "1");
            case "GetExternalIPAddress" -> List.of(externalAddress());
            case "GetGenericPortMappingEntry" -> generic(in);
            case "GetSpecificPortMappingEntry" -> entry(specific(in)).subList(3, 8);
            case "AddPortMapping" -> add(in, client);
            case "AddAnyPortMapping" -> addAny(in, client);
            case "DeletePortMapping" -> delete(in, client);
            case "DeletePortMappingRange" -> deleteRange(in, client);
            case "GetListOfPortMappings" -> list(in, client);
            default -> throw new UpnpFault(UpnpFault.INVALID_ACTION);
        };
    }

    /** The present value of an evented variable. */
    String value(Igd igd, String variable) {
        return switch (variable) {
            case "DefaultConnectionService" -> igd.defaultConnection();
            case "PhysicalLinkStatus" -> linkStatus();
            case "PossibleConnectionTypes" -> ROUTED;
            case "ConnectionStatus" -> connectionStatus();
            case "ExternalIPAddress" -> externalAddress();
            case "PortMappingNumberOfEntries" ->
                Integer.toString(leases.all(host.namespace()).size());
            case "SystemUpdateID" -> counter(updateId.get());
            default -> "";
        };
    }

    private static String argument(Map<String, String> in, String name) {
        return Objects.requireNonNullElse(in.get(name), "");
    }

    private DeviceStats.@Nullable Snapshot stats() {
        NatPort outside = host.nat().outsidePort();
        return outside == null ? null : outside.device().stats().snapshot();
    }

    private String linkStatus() {
        return host.nat().outsidePort() == null ? "Down" : "Up";
    }

    private String connectionStatus() {
        return host.nat().outsidePort() == null ? "Disconnected" : "Connected";
    }

    private String externalAddress() {
        IpAddress address = leases.outside();
        return address == null ? "" : address.toString();
    }

    private String uptime() {
        return counter(TimeUnit.NANOSECONDS.toSeconds(host.timers().nowNanos() - startedNanos));
    }

    /** ui4, which begins anew when it is over. */
    private static String counter(long value) {
        return Long.toString(value & 0xFFFF_FFFFL);
    }

    private List<String> generic(Map<String, String> in) throws UpnpFault {
        PortLease lease = leases.at(host.namespace(), Integer.parseInt(argument(in, "NewPortMappingIndex")));
        if (lease == null) {
            throw new UpnpFault(UpnpFault.INDEX_INVALID);
        }
        return entry(lease);
    }

    private List<String> entry(PortLease lease) {
        IpAddress from = lease.from();
        return List.of(
                from == null ? "" : from.toString(),
                Integer.toString(lease.outsidePort()),
                lease.protocol() == IpProtocol.TCP ? "TCP" : "UDP",
                Integer.toString(lease.clientPort()),
                lease.client().toString(),
                lease.enabled() ? "1" : "0",
                lease.description(),
                Long.toString(lease.remainingSeconds(host.timers().nowNanos())));
    }

    private PortLease specific(Map<String, String> in) throws UpnpFault {
        PortLease lease = leases.find(host.namespace(), protocol(in), port(in, "NewExternalPort"));
        if (lease == null || !Objects.equals(lease.from(), remoteHost(in))) {
            throw new UpnpFault(UpnpFault.NO_SUCH_ENTRY);
        }
        return lease;
    }

    private static int protocol(Map<String, String> in) {
        return argument(in, "NewProtocol").equals("TCP") ? IpProtocol.TCP : IpProtocol.UDP;
    }

    private static int port(Map<String, String> in, String name) {
        return Integer.parseInt(argument(in, name));
    }

    /** A literal IPv4 address, or empty for anybody; names are not looked up for a guest. */
    private static @Nullable IpAddress remoteHost(Map<String, String> in) throws UpnpFault {
        String text = argument(in, "NewRemoteHost");
        return text.isEmpty() || text.equals("*") || text.equals("0.0.0.0") ? null : literal(text);
    }

    private static IpAddress literal(String text) throws UpnpFault {
        IpAddress address;
        try {
            address = IpAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UpnpFault(UpnpFault.INVALID_ARGS);
        }
        if (!address.isIpv4() || address.isMulticast() || address.isUnspecified()) {
            throw new UpnpFault(UpnpFault.INVALID_ARGS);
        }
        return address;
    }

    private Wish wish(Map<String, String> in, IpAddress client) throws UpnpFault {
        if (!literal(argument(in, "NewInternalClient")).equals(client)) {
            throw new UpnpFault(UpnpFault.NOT_AUTHORIZED);
        }
        int internal = port(in, "NewInternalPort");
        if (internal == 0) {
            throw new UpnpFault(UpnpFault.INVALID_ARGS);
        }
        return new Wish(
                host.namespace(),
                client,
                host.port(),
                protocol(in),
                port(in, "NewExternalPort"),
                internal,
                remoteHost(in),
                Boolean.TRUE.equals(ServiceSpec.bool(argument(in, "NewEnabled"))),
                argument(in, "NewPortMappingDescription"),
                "",
                Duration.ofSeconds(Long.parseLong(argument(in, "NewLeaseDuration"))));
    }

    private List<String> add(Map<String, String> in, IpAddress client) throws UpnpFault {
        Wish wish = wish(in, client);
        if (wish.outsidePort() == 0) {
            throw new UpnpFault(UpnpFault.WILDCARD_PORT);
        }
        granted(leases.add(wish), UpnpFault.CONFLICT);
        return List.of();
    }

    private List<String> addAny(Map<String, String> in, IpAddress client) throws UpnpFault {
        Wish wish = wish(in, client);
        PortLease lease = granted(leases.addAny(wish), UpnpFault.NO_PORTS);
        return List.of(Integer.toString(lease.outsidePort()));
    }

    private static PortLease granted(Outcome outcome, int conflict) throws UpnpFault {
        PortLease lease = outcome.lease();
        if (lease != null) {
            return lease;
        }
        Refusal refusal = Objects.requireNonNull(outcome.refusal());
        throw new UpnpFault(
                switch (refusal) {
                    case NOT_AUTHORIZED -> UpnpFault.NOT_AUTHORIZED;
                    case CONFLICT, ENDPOINT_TAKEN -> conflict;
                    case QUOTA, NO_RESOURCES ->
                        conflict == UpnpFault.NO_PORTS ? UpnpFault.NO_PORTS : UpnpFault.ACTION_FAILED;
                    case NOT_FOUND -> UpnpFault.ACTION_FAILED;
                });
    }

    private List<String> delete(Map<String, String> in, IpAddress client) throws UpnpFault {
        PortLease lease = specific(in);
        Refusal refusal = leases.remove(host.namespace(), client, lease.protocol(), lease.outsidePort(), "");
        if (refusal != null) {
            throw new UpnpFault(refusal == Refusal.NOT_FOUND ? UpnpFault.NO_SUCH_ENTRY : UpnpFault.NOT_AUTHORIZED);
        }
        return List.of();
    }

    /** Who asks to manage those of others is not allowed to, and gets what it would without (WANIPConnection:2 2.5.20). */
    private List<PortLease> range(Map<String, String> in, IpAddress client) throws UpnpFault {
        int start = port(in, "NewStartPort");
        int end = port(in, "NewEndPort");
        if (start > end) {
            throw new UpnpFault(UpnpFault.INCONSISTENT);
        }
        List<PortLease> found = new ArrayList<>();
        for (PortLease lease : leases.all(host.namespace())) {
            if (lease.client().equals(client)
                    && lease.protocol() == protocol(in)
                    && lease.outsidePort() >= start
                    && lease.outsidePort() <= end) {
                found.add(lease);
            }
        }
        if (found.isEmpty()) {
            throw new UpnpFault(UpnpFault.NOT_FOUND);
        }
        return found;
    }

    private List<String> deleteRange(Map<String, String> in, IpAddress client) throws UpnpFault {
        boolean any = false;
        for (PortLease lease : range(in, client)) {
            any |= leases.remove(host.namespace(), client, lease.protocol(), lease.outsidePort(), "") == null;
        }
        if (!any) {
            throw new UpnpFault(UpnpFault.NOT_AUTHORIZED); // those of PCP have a secret
        }
        return List.of();
    }

    private List<String> list(Map<String, String> in, IpAddress client) throws UpnpFault {
        int most = port(in, "NewNumberOfPorts");
        List<PortLease> found = range(in, client);
        StringBuilder xml = new StringBuilder("<p:PortMappingList xmlns:p=\"urn:schemas-upnp-org:gw:WANIPConnection\"");
        xml.append(" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"");
        xml.append("urn:schemas-upnp-org:gw:WANIPConnection http://www.upnp.org/schemas/gw/WANIPConnection-v2.xsd\">");
        for (PortLease lease : most == 0 ? found : found.subList(0, Math.min(most, found.size()))) {
            List<String> values = entry(lease);
            xml.append("<p:PortMappingEntry>");
            String[] names = {
                "NewRemoteHost",
                "NewExternalPort",
                "NewProtocol",
                "NewInternalPort",
                "NewInternalClient",
                "NewEnabled",
                "NewDescription",
                "NewLeaseTime"
            };
            for (int i = 0; i < names.length; i++) {
                xml.append("<p:" + names[i] + ">")
                        .append(XmlText.escape(values.get(i)))
                        .append("</p:" + names[i] + ">");
            }
            xml.append("</p:PortMappingEntry>");
        }
        return List.of(xml.append("</p:PortMappingList>").toString());
    }
}
