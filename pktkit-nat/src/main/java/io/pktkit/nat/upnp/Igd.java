// SPDX-License-Identifier: MIT
package io.pktkit.nat.upnp;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A root device of one version: InternetGatewayDevice with WANDevice and WANConnectionDevice, and their services.
 *
 * @param version 1 or 2
 * @param uuid of the root; those of the embedded devices follow from it
 */
record Igd(int version, UUID uuid) {

    static final String ROOT_PATH = "/root.xml";

    private static final String DEVICE = "urn:schemas-upnp-org:device:";
    private static final String SERVICE = "urn:schemas-upnp-org:service:";

    static final ServiceSpec FORWARDING = ServiceSpec.builder(
                    SERVICE + "Layer3Forwarding:1", "urn:upnp-org:serviceId:L3Forwarding1", "l3f")
            .evented("DefaultConnectionService", "string")
            .action("SetDefaultConnectionService", "<NewDefaultConnectionService DefaultConnectionService")
            .action("GetDefaultConnectionService", ">NewDefaultConnectionService DefaultConnectionService")
            .build();

    static final ServiceSpec COMMON = ServiceSpec.builder(
                    SERVICE + "WANCommonInterfaceConfig:1", "urn:upnp-org:serviceId:WANCommonIFC1", "common")
            .variable("WANAccessType", "string", "DSL", "POTS", "Cable", "Ethernet")
            .variable("Layer1UpstreamMaxBitRate", "ui4")
            .variable("Layer1DownstreamMaxBitRate", "ui4")
            .evented("PhysicalLinkStatus", "string", "Up", "Down")
            .variable("TotalBytesSent", "ui4")
            .variable("TotalBytesReceived", "ui4")
            .variable("TotalPacketsSent", "ui4")
            .variable("TotalPacketsReceived", "ui4")
            .action(
                    "GetCommonLinkProperties",
                    ">NewWANAccessType WANAccessType",
                    ">NewLayer1UpstreamMaxBitRate Layer1UpstreamMaxBitRate",
                    ">NewLayer1DownstreamMaxBitRate Layer1DownstreamMaxBitRate",
                    ">NewPhysicalLinkStatus PhysicalLinkStatus")
            .action("GetTotalBytesSent", ">NewTotalBytesSent TotalBytesSent")
            .action("GetTotalBytesReceived", ">NewTotalBytesReceived TotalBytesReceived")
            .action("GetTotalPacketsSent", ">NewTotalPacketsSent TotalPacketsSent")
            .action("GetTotalPacketsReceived", ">NewTotalPacketsReceived TotalPacketsReceived")
            .build();

    private static final String[] ENTRY = {
        "NewRemoteHost RemoteHost",
        "NewExternalPort ExternalPort",
        "NewProtocol PortMappingProtocol",
        "NewInternalPort InternalPort",
        "NewInternalClient InternalClient",
        "NewEnabled PortMappingEnabled",
        "NewPortMappingDescription PortMappingDescription",
        "NewLeaseDuration PortMappingLeaseDuration"
    };

    static final ServiceSpec CONNECTION_1 = connection(1).build();

    static final ServiceSpec CONNECTION_2 = connection(2)
            .evented("SystemUpdateID", "ui4")
            .variable("A_ARG_TYPE_Manage", "boolean")
            .variable("A_ARG_TYPE_PortListing", "string")
            .action("AddAnyPortMapping", entry("<", 0, ">NewReservedPort ExternalPort"))
            .action(
                    "DeletePortMappingRange",
                    "<NewStartPort ExternalPort",
                    "<NewEndPort ExternalPort",
                    "<NewProtocol PortMappingProtocol",
                    "<NewManage A_ARG_TYPE_Manage")
            .action(
                    "GetListOfPortMappings",
                    "<NewStartPort ExternalPort",
                    "<NewEndPort ExternalPort",
                    "<NewProtocol PortMappingProtocol",
                    "<NewManage A_ARG_TYPE_Manage",
                    "<NewNumberOfPorts PortMappingNumberOfEntries",
                    ">NewPortListing A_ARG_TYPE_PortListing")
            .build();

    private static ServiceSpec.Builder connection(int version) {
        return ServiceSpec.builder(SERVICE + "WANIPConnection:" + version, "urn:upnp-org:serviceId:WANIPConn1", "wanip")
                .variable("ConnectionType", "string")
                .evented("PossibleConnectionTypes", "string", "IP_Routed")
                .evented("ConnectionStatus", "string", "Unconfigured", "Connecting", "Connected", "Disconnected")
                .variable("Uptime", "ui4")
                .variable("LastConnectionError", "string", "ERROR_NONE")
                .variable("RSIPAvailable", "boolean")
                .variable("NATEnabled", "boolean")
                .evented("ExternalIPAddress", "string")
                .evented("PortMappingNumberOfEntries", "ui2")
                .variable("PortMappingEnabled", "boolean")
                .ranged("PortMappingLeaseDuration", "ui4", 0, 604_800)
                .variable("RemoteHost", "string")
                .variable("ExternalPort", "ui2")
                .variable("InternalPort", "ui2")
                .variable("PortMappingProtocol", "string", "TCP", "UDP")
                .variable("InternalClient", "string")
                .variable("PortMappingDescription", "string")
                .action("SetConnectionType", "<NewConnectionType ConnectionType")
                .action(
                        "GetConnectionTypeInfo",
                        ">NewConnectionType ConnectionType",
                        ">NewPossibleConnectionTypes PossibleConnectionTypes")
                .action("RequestConnection")
                .action("ForceTermination")
                .action(
                        "GetStatusInfo",
                        ">NewConnectionStatus ConnectionStatus",
                        ">NewLastConnectionError LastConnectionError",
                        ">NewUptime Uptime")
                .action("GetNATRSIPStatus", ">NewRSIPAvailable RSIPAvailable", ">NewNATEnabled NATEnabled")
                .action(
                        "GetGenericPortMappingEntry",
                        entry(">", 0, "<NewPortMappingIndex PortMappingNumberOfEntries", true))
                .action("GetSpecificPortMappingEntry", specific())
                .action("AddPortMapping", entry("<", 0, null))
                .action(
                        "DeletePortMapping",
                        "<NewRemoteHost RemoteHost",
                        "<NewExternalPort ExternalPort",
                        "<NewProtocol PortMappingProtocol")
                .action("GetExternalIPAddress", ">NewExternalIPAddress ExternalIPAddress");
    }

    private static String[] entry(String direction, int from, @Nullable String more) {
        return entry(direction, from, more, false);
    }

    private static String[] entry(String direction, int from, @Nullable String more, boolean first) {
        List<String> all = new ArrayList<>();
        for (int i = from; i < ENTRY.length; i++) {
            all.add(direction + ENTRY[i]);
        }
        if (more != null) {
            all.add(first ? 0 : all.size(), more);
        }
        return all.toArray(new String[0]);
    }

    private static String[] specific() {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < ENTRY.length; i++) {
            all.add((i < 3 ? "<" : ">") + ENTRY[i]);
        }
        return all.toArray(new String[0]);
    }

    ServiceSpec connection() {
        return version == 1 ? CONNECTION_1 : CONNECTION_2;
    }

    List<ServiceSpec> services() {
        return List.of(FORWARDING, COMMON, connection());
    }

    UUID wanUuid() {
        return new UUID(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits() ^ 1);
    }

    UUID connectionUuid() {
        return new UUID(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits() ^ 2);
    }

    String rootType() {
        return DEVICE + "InternetGatewayDevice:" + version;
    }

    private String wanType() {
        return DEVICE + "WANDevice:" + version;
    }

    private String connectionType() {
        return DEVICE + "WANConnectionDevice:" + version;
    }

    /** The device and service of GetDefaultConnectionService. */
    String defaultConnection() {
        return "uuid:" + connectionUuid() + ":WANConnectionDevice:" + version + ","
                + connection().id();
    }

    /** What is announced and searched for: UDA 1.1 table 1-1. */
    List<SearchTarget> targets() {
        return List.of(
                new SearchTarget("upnp:rootdevice", uuid),
                new SearchTarget("uuid:" + uuid, uuid),
                new SearchTarget("uuid:" + wanUuid(), wanUuid()),
                new SearchTarget("uuid:" + connectionUuid(), connectionUuid()),
                new SearchTarget(rootType(), uuid),
                new SearchTarget(wanType(), wanUuid()),
                new SearchTarget(connectionType(), connectionUuid()),
                new SearchTarget(FORWARDING.type(), uuid),
                new SearchTarget(COMMON.type(), wanUuid()),
                new SearchTarget(connection().type(), connectionUuid()));
    }

    /** Something that is announced, and whose it is. */
    record SearchTarget(String type, UUID device) {

        String usn(String told) {
            String own = "uuid:" + device;
            return type.equals(own) ? own : own + "::" + told;
        }

        /** Whether it is what is searched for, by its own type or that of a lower version. */
        boolean is(String wanted) {
            boolean versioned = type.startsWith("urn:");
            return versioned ? ServiceSpec.isOf(type, wanted) : type.equals(wanted);
        }
    }

    /** The description (UDA 1.1 section 2.3). */
    String description(String friendlyName) {
        return "<?xml version=\"1.0\"?>\n<root xmlns=\"urn:schemas-upnp-org:device-1-0\" configId=\""
                + UpnpService.CONFIG_ID
                + "\"><specVersion><major>1</major><minor>1</minor></specVersion>"
                + device(
                        rootType(),
                        friendlyName,
                        uuid,
                        List.of(FORWARDING),
                        device(
                                wanType(),
                                friendlyName + " WAN",
                                wanUuid(),
                                List.of(COMMON),
                                device(
                                        connectionType(),
                                        friendlyName + " connection",
                                        connectionUuid(),
                                        List.of(connection()),
                                        "")))
                + "</root>\n";
    }

    private String device(String type, String friendlyName, UUID own, List<ServiceSpec> services, String embedded) {
        StringBuilder xml = new StringBuilder("<device><deviceType>" + type + "</deviceType><friendlyName>"
                + XmlText.escape(friendlyName) + "</friendlyName><manufacturer>pktkit</manufacturer>"
                + "<modelDescription>NAT of packets in user space</modelDescription>"
                + "<modelName>pktkit-nat</modelName><modelNumber>" + version + "</modelNumber><UDN>uuid:" + own
                + "</UDN><serviceList>");
        for (ServiceSpec service : services) {
            xml.append("<service><serviceType>")
                    .append(service.type())
                    .append("</serviceType><serviceId>")
                    .append(service.id())
                    .append("</serviceId><SCPDURL>")
                    .append(service.descriptionPath())
                    .append("</SCPDURL><controlURL>")
                    .append(service.controlPath())
                    .append("</controlURL><eventSubURL>")
                    .append(service.eventPath())
                    .append("</eventSubURL></service>");
        }
        xml.append("</serviceList>");
        if (!embedded.isEmpty()) {
            xml.append("<deviceList>").append(embedded).append("</deviceList>");
        }
        return xml.append("</device>").toString();
    }
}
