// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import io.pktkit.dhcp.LeaseEvent;
import io.pktkit.dhcp.ServerLease;
import io.pktkit.lab.Lan;
import io.pktkit.lab.LanConfig;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Brings a LAN up for real guests and stays until it is told to go. */
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        description = {
            "Brings up a LAN with DHCP, DNS and NAT for real guests, and stays until Ctrl-C.",
            "Guests reach public addresses, and of the host only what --allow-host opens."
        })
final class UpCommand implements Callable<Integer> {
    private static final long LOOK_SECONDS = 20;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final StatePart state = new StatePart();

    @Mixin
    private final Ipv6Part ipv6 = new Ipv6Part();

    @Mixin
    private final TapPart tap = new TapPart();

    @Mixin
    private final InterfacePart host = new InterfacePart();

    @Mixin
    private final QemuPart qemu = new QemuPart();

    @Mixin
    private final ImpairPart impair = new ImpairPart();

    @Mixin
    private final PcapPart pcap = new PcapPart();

    @Mixin
    private final OffloadPart offload = new OffloadPart();

    @Mixin
    private final WgPart wg = new WgPart(state, offload);

    @Mixin
    private final OvpnPart ovpn = new OvpnPart(state, offload);

    @Option(
            names = "--subnet",
            paramLabel = "PREFIX",
            description =
                    "IPv4 subnet of the LAN; its first address is the gateway's. Default: 10.0.2.0/24, or what the"
                            + " file of --ovpn-config says")
    private @Nullable String subnet;

    @Option(
            names = "--mtu",
            paramLabel = "BYTES",
            defaultValue = "1500",
            description = "Largest IP packet, 1280 to 65520. Default: ${DEFAULT-VALUE}")
    private int mtu;

    @Option(
            names = "--allow-host",
            paramLabel = "PORT[=ADDRESS:PORT]",
            description = {
                "Let guests reach this port of the host's loopback, at the gateway's address;",
                "or another address that the host can reach. May be given more than once."
            })
    private List<String> allowHost = List.of();

    @Override
    public Integer call() throws UsageException, IOException, InterruptedException {
        List<UpPart> parts = parts();
        if (parts.stream().noneMatch(UpPart::attaches)) {
            throw new UsageException("nothing to attach: give --tap NAME, such as --tap pk0, or --interface NAME, or"
                    + " --qemu unix:PATH, or --wg PORT, such as --wg 51820, or --ovpn DIR");
        }
        PrintWriter out = out(parts);
        LanConfig config = configure(parts, out);
        try (RunningLan running = new RunningLan(Lan.open(config), out)) {
            if (!onStop(() -> takeDown(running))) {
                return 0; // told to go while coming up: the process is ending already
            }
            try {
                for (UpPart part : parts) {
                    part.open(running);
                }
                Set<String> attachments = attachments(parts);
                for (UpPart part : parts) {
                    part.opened(attachments);
                }
            } catch (UsageException | IOException | IllegalStateException e) {
                if (running.isClosed()) {
                    return 0; // the same, and what failed did because of it
                }
                throw e;
            }
            announce(running, parts);
            IdleHeap heap = new IdleHeap();
            while (!running.awaitEnd(LOOK_SECONDS)) {
                heap.look(running.lan().hub().stats().received());
            }
            running.checkEnd();
            return 0;
        }
    }

    /** In the order in which they are brought up and told. */
    private List<UpPart> parts() {
        return List.of(state, ipv6, offload, pcap, impair, tap, host, qemu, wg, ovpn);
    }

    /** What the ready line names, without its kind. */
    private static Set<String> attachments(List<UpPart> parts) {
        return parts.stream()
                .flatMap(part -> part.ready().stream())
                .map(word -> word.substring(word.indexOf(' ') + 1))
                .collect(Collectors.toSet());
    }

    /** Ctrl-C and kill end the process through this hook; closing is idempotent, so both ways may meet. */
    private static boolean onStop(Runnable takeDown) {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(takeDown, "pktkit-shutdown"));
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    private LanConfig configure(List<UpPart> parts, PrintWriter out) throws UsageException {
        LanConfig.Builder config = LanConfig.builder().leases((lease, event) -> {
            report(out, lease, event);
            parts.forEach(part -> part.onLease(lease, event));
        });
        String told = subnet;
        if (told != null) {
            Options.set("--subnet", told, () -> config.subnet(IpPrefix.parse(told)));
        }
        for (UpPart part : parts) {
            IpPrefix needed = part.subnet();
            if (told == null && needed != null) {
                Options.set("subnet", needed.toString(), () -> config.subnet(needed));
            }
        }
        Options.set("--mtu", Integer.toString(mtu), () -> config.mtu(mtu));
        for (String allowed : allowHost) {
            Options.set("--allow-host", allowed, () -> Options.allowHost(config, allowed));
        }
        for (UpPart part : parts) {
            part.configure(config);
        }
        return config.build();
    }

    private static void announce(RunningLan running, List<UpPart> parts) {
        Lan lan = running.lan();
        String ready = Stream.concat(
                        Stream.of(
                                "subnet " + lan.subnet(),
                                "gateway and DNS " + lan.gatewayAddress(),
                                "DHCP " + lan.dhcpAddress(),
                                ipv6(lan)),
                        parts.stream().flatMap(part -> part.ready().stream()))
                .collect(Collectors.joining(", "));
        running.say("ready: %s", ready);
        parts.stream().flatMap(part -> part.details().stream()).forEach(detail -> running.say("%s", detail));
        parts.stream().flatMap(part -> part.hints().stream()).forEach(hint -> running.say("%s", hint));
        running.ready();
        running.say("stop with Ctrl-C");
    }

    private static String ipv6(Lan lan) {
        IpPrefix prefix = lan.ipv6();
        if (prefix == null) {
            return "no IPv6";
        }
        return "IPv6 " + prefix + (lan.isIpv6Router() ? "" : " as far as the gateway");
    }

    private static void report(PrintWriter out, ServerLease lease, LeaseEvent event) {
        if (event == LeaseEvent.RENEWED) {
            return;
        }
        String what = event == LeaseEvent.GRANTED ? "joined" : event.name().toLowerCase(Locale.ROOT);
        String hostname = lease.hostname();
        say(out, "%s: %s %s%s", what, lease.address(), lease.mac(), hostname == null ? "" : " " + hostname);
    }

    private static void takeDown(RunningLan running) {
        running.close();
        if (running.wasReady()) {
            running.say("down");
        }
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency at run time
    private static void say(PrintWriter out, String format, Object... arguments) {
        out.println(String.format(Locale.ROOT, format, arguments));
        out.flush();
    }

    private PrintWriter out(List<UpPart> parts) {
        CommandLine line = Objects.requireNonNull(spec, "spec").commandLine();
        return parts.stream().anyMatch(UpPart::takesStandardOutput) ? line.getErr() : line.getOut();
    }
}
