// SPDX-License-Identifier: MIT
package io.pktkit.lab.nat;

import io.pktkit.lab.control.ControlArguments;
import io.pktkit.lab.control.ControlServer;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a running {@link NatGateway} is asked and told: {@code nat show}, and {@code nat forward add}, {@code rm} and {@code ls}. */
public final class NatVerbs {

    /** What fits into an answer with room to spare. */
    private static final int MAX_SHOWN = 10_000;

    private final NatGateway gateway;

    private NatVerbs(NatGateway gateway) {
        this.gateway = gateway;
    }

    /**
     * Registers the verbs.
     *
     * @param control the socket
     * @param gateway whom they are about
     */
    public static void register(ControlServer control, NatGateway gateway) {
        NatVerbs verbs = new NatVerbs(gateway);
        control.register("nat show", arguments -> verbs.show());
        control.register("nat forward add", verbs::add);
        control.register("nat forward rm", verbs::remove);
        control.register("nat forward ls", arguments -> Map.of("forwards", shown(verbs.forwards())));
    }

    private Map<String, Object> show() {
        List<NatMapping> mappings = gateway.nat().mappings().list();
        Map<String, Object> drops = new LinkedHashMap<>();
        for (NatDrop why : NatDrop.values()) {
            long count = gateway.nat().drops(why);
            if (count != 0) {
                drops.put(why.name().toLowerCase(Locale.ROOT), count);
            }
        }
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put(
                "outside",
                gateway.nat().outsideAddresses().stream()
                        .map(IpAddress::toString)
                        .toList());
        shown.put("count", mappings.size());
        shown.put("mappings", shown(mappings.subList(0, Math.min(mappings.size(), MAX_SHOWN))));
        shown.put("drops", drops);
        return shown;
    }

    private static List<Object> shown(List<NatMapping> mappings) {
        List<Object> all = new ArrayList<>(mappings.size());
        for (NatMapping mapping : mappings) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("protocol", IpProtocol.name(mapping.protocol()));
            one.put("inside", endpoint(mapping.inside(), mapping.insidePort()));
            one.put("outside", endpoint(mapping.outside(), mapping.outsidePort()));
            one.put("origin", mapping.origin().name().toLowerCase(Locale.ROOT));
            one.put("sessions", mapping.sessions());
            all.add(one);
        }
        return all;
    }

    private static String endpoint(IpAddress address, int port) {
        return (address.isIpv6() ? "[" + address + "]" : address) + ":" + port;
    }

    private List<NatMapping> forwards() {
        return gateway.nat().mappings().list().stream()
                .filter(mapping -> mapping.origin() == NatMapping.Origin.FORWARD)
                .toList();
    }

    private Map<String, Object> add(ControlArguments arguments) throws IOException {
        NatForward forward = NatForward.parse(arguments.text("forward"));
        return Map.of("forward", shown(List.of(gateway.forward(forward))).get(0));
    }

    private Map<String, Object> remove(ControlArguments arguments) throws IOException {
        String text = arguments.text("port");
        NatForward.Port port = NatForward.Port.parse(text);
        NatMapping mapping = gateway.nat()
                .mappings()
                .findOutside(port.protocol(), gateway.outsideAddress().address(), port.port());
        if (mapping == null
                || mapping.origin() != NatMapping.Origin.FORWARD
                || !gateway.nat().mappings().remove(mapping)) {
            throw new IOException("there is no forward of " + text);
        }
        return Map.of("forward", shown(List.of(mapping)).get(0));
    }
}
