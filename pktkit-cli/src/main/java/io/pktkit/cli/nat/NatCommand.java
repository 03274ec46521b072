// SPDX-License-Identifier: MIT
package io.pktkit.cli.nat;

import io.pktkit.cli.StateOption;
import io.pktkit.cli.UsageException;
import io.pktkit.dhcp.LeaseEvent;
import io.pktkit.dhcp.ServerLease;
import io.pktkit.dns.upstream.DnsServer;
import io.pktkit.lab.control.ControlServer;
import io.pktkit.lab.nat.InstanceId;
import io.pktkit.lab.nat.NatForward;
import io.pktkit.lab.nat.NatGateway;
import io.pktkit.lab.nat.NatGatewayConfig;
import io.pktkit.lab.nat.NatHelpers;
import io.pktkit.lab.nat.NatVerbs;
import io.pktkit.nat.policy.Filtering;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A router with NAT between two TAP interfaces. */
@Command(
        name = "nat",
        mixinStandardHelpOptions = true,
        description = {
            "Makes two TAP interfaces and routes between them with NAT until Ctrl-C. Guests inside get an address, a",
            "gateway and a name server by DHCP; outside they all have the one address. Needs root or CAP_NET_ADMIN.",
            "The subcommands are about a running one."
        },
        subcommands = {ShowCommand.class, ForwardCommand.class},
        synopsisSubcommandLabel = "[COMMAND]")
public final class NatCommand implements Callable<Integer> {

    /** The names of RFC 4787 section 5, abbreviated as its readers do. */
    private enum Mode {
        EIF(Filtering.ENDPOINT_INDEPENDENT),
        ADF(Filtering.ADDRESS_DEPENDENT),
        APDF(Filtering.ADDRESS_AND_PORT_DEPENDENT);

        private final Filtering filtering;

        Mode(Filtering filtering) {
            this.filtering = filtering;
        }
    }

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final StateOption state = new StateOption();

    @Option(names = "--inside", paramLabel = "TAP", description = "The interface to make for the guests.")
    private @Nullable String inside;

    @Option(
            names = "--inside-address",
            paramLabel = "PREFIX",
            description = {
                "The gateway's address there, such as 10.0.0.1/24. An IPv6 one, such as fd00::1/64, may be given too."
            })
    private List<String> insideAddresses = List.of();

    @Option(names = "--outside", paramLabel = "TAP", description = "The interface to make for the network outside.")
    private @Nullable String outside;

    @Option(
            names = "--outside-address",
            paramLabel = "PREFIX",
            description = "The address there, such as 203.0.113.2/24.")
    private @Nullable String outsideAddress;

    @Option(
            names = "--outside-gateway",
            paramLabel = "ADDRESS",
            description = "The router of that network, such as 203.0.113.1.")
    private @Nullable String outsideGateway;

    @Option(
            names = "--alg",
            paramLabel = "NAME",
            split = ",",
            description = "Application layer gateways, such as ftp,tftp. None unless asked for.")
    private List<String> helpers = List.of();

    @Option(
            names = "--forward",
            paramLabel = "tcp|udp:PORT=ADDRESS:PORT",
            description = "Let this port of the outside address lead to a host inside. May be given more than once.")
    private List<String> forwards = List.of();

    @Option(names = "--upnp", description = "Let guests forward ports to themselves, by UPnP, NAT-PMP and PCP.")
    private boolean upnp;

    @Option(
            names = "--filtering",
            paramLabel = "eif|adf|apdf",
            defaultValue = "eif",
            description = {
                "Who may send to a port that a guest has open outside: anybody, the addresses that it has sent to,",
                "or their ports too. Default: ${DEFAULT-VALUE}"
            })
    private Mode filtering = Mode.EIF;

    @Option(
            names = "--reassemble",
            description = "Put fragments together before they are translated, so that helpers see all of a datagram.")
    private boolean reassemble;

    @Option(
            names = "--nat64",
            paramLabel = "PREFIX",
            description = "Let IPv6 guests reach IPv4 outside by this prefix, such as 64:ff9b::/96.")
    private @Nullable String nat64;

    @Option(
            names = "--dns",
            paramLabel = "ADDRESS",
            description = "Ask this name server rather than those of the host. May be given more than once.")
    private List<String> dns = List.of();

    @Option(
            names = "--mtu",
            paramLabel = "BYTES",
            defaultValue = "1500",
            description = "Largest IP packet, 1280 to 9000. Default: ${DEFAULT-VALUE}")
    private int mtu;

    /** Made by the parser of the command line, which sets the options. */
    public NatCommand() {}

    @Override
    public Integer call() throws UsageException, IOException, InterruptedException {
        String insideName = required("--inside", inside, "in0");
        String outsideName = required("--outside", outside, "out0");
        NatGatewayConfig.Builder config = configure();
        CountDownLatch end = new CountDownLatch(1);
        AtomicBoolean stopped = new AtomicBoolean();
        try (ControlServer control = control();
                NatGateway gateway = open(identified(config), insideName, outsideName)) {
            NatVerbs.register(control, gateway);
            if (!onStop(() -> takeDown(gateway, control, stopped))) {
                return 0; // told to go while coming up
            }
            gateway.gone().thenRun(end::countDown);
            say("ready: " + describe(gateway, insideName, outsideName));
            forwards.forEach(forward -> say("forward " + forward));
            say("stop with Ctrl-C");
            end.await();
            if (!stopped.get()) {
                throw new IOException(insideName + " or " + outsideName + ": the interface is gone; was it deleted?");
            }
            return 0;
        }
    }

    private static String required(String option, @Nullable String value, String example) throws UsageException {
        if (value == null) {
            throw new UsageException(option + " is missing, such as " + option + " " + example);
        }
        return value;
    }

    private ControlServer control() throws UsageException {
        try {
            return ControlServer.open(state.directory());
        } catch (IOException e) {
            throw new UsageException("--state " + state.directory() + ": " + e.getMessage(), e);
        }
    }

    private NatGatewayConfig.Builder configure() throws UsageException {
        IpPrefix own4 = null;
        IpPrefix own6 = null;
        for (String text : insideAddresses) {
            IpPrefix prefix = parse("--inside-address", text, IpPrefix::parse);
            boolean second = prefix.family() == IpFamily.IPV4 ? own4 != null : own6 != null;
            if (second) {
                throw new UsageException("--inside-address " + text + ": there is one of its family already");
            }
            own4 = prefix.family() == IpFamily.IPV4 ? prefix : own4;
            own6 = prefix.family() == IpFamily.IPV6 ? prefix : own6;
        }
        if (own4 == null) {
            throw new UsageException("--inside-address is missing, such as --inside-address 10.0.0.1/24");
        }
        IpPrefix out = parse(
                "--outside-address", required("--outside-address", outsideAddress, "203.0.113.2/24"), IpPrefix::parse);
        IpAddress router = parse(
                "--outside-gateway", required("--outside-gateway", outsideGateway, "203.0.113.1"), IpAddress::parse);
        IpPrefix ipv4 = own4;
        String said = "--inside-address " + ipv4 + " --outside-address " + out + " --outside-gateway";
        NatGatewayConfig.Builder config =
                parse(said, router.toString(), text -> NatGatewayConfig.builder(ipv4, out, router));
        if (own6 != null) {
            parse("--inside-address", own6.toString(), text -> config.insideIpv6(IpPrefix.parse(text)));
        }
        config.filtering(filtering.filtering).reassemble(reassemble);
        for (String name : helpers) {
            parse("--alg", name, text -> config.helper(NatHelpers.of(text)));
        }
        for (String forward : forwards) {
            parse("--forward", forward, text -> config.forward(NatForward.parse(text)));
        }
        for (String server : dns) {
            parse("--dns", server, text -> config.dnsServer(server(text)));
        }
        if (nat64 != null) {
            parse("--nat64", nat64, text -> config.nat64(Prefix64.of(IpPrefix.parse(text))));
        }
        parse("--mtu", Integer.toString(mtu), text -> config.mtu(mtu));
        return config.leases(this::report);
    }

    /** Who it is to its guests is kept with the rest of its state. */
    private NatGatewayConfig identified(NatGatewayConfig.Builder config) throws UsageException {
        try {
            return upnp ? config.upnp(InstanceId.of(state.directory())).build() : config.build();
        } catch (IOException e) {
            throw new UsageException("--state " + state.directory() + ": " + e.getMessage(), e);
        }
    }

    /** {@code ADDRESS}, or with a port as {@code ADDRESS:PORT} and {@code [ADDRESS]:PORT}. */
    private static DnsServer server(String text) {
        int colon = text.lastIndexOf(':');
        boolean port = colon > 0 && (text.charAt(colon - 1) == ']' || text.indexOf(':') == colon);
        if (!port) {
            return DnsServer.of(IpAddress.parse(text));
        }
        String address = text.substring(0, colon).replaceAll("^\\[(.*)]$", "$1");
        return new DnsServer(IpAddress.parse(address), Integer.parseInt(text.substring(colon + 1)), 0);
    }

    /** Reads one, and names the option and its value if that is refused. */
    private static <T> T parse(String option, String text, Function<String, T> parser) throws UsageException {
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            throw new UsageException(option + " " + text + ": " + e.getMessage(), e);
        }
    }

    private static NatGateway open(NatGatewayConfig config, String inside, String outside) throws UsageException {
        try {
            return NatGateway.open(config, inside, outside);
        } catch (IOException | IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()), e);
        }
    }

    private String describe(NatGateway gateway, String insideName, String outsideName) {
        List<String> words = new ArrayList<>();
        words.add("inside " + insideName + " " + gateway.insideAddress());
        words.add("DNS " + gateway.insideAddress().address());
        words.add("DHCP " + gateway.dhcpAddress());
        IpPrefix ipv6 = gateway.insideIpv6();
        if (ipv6 != null) {
            words.add("IPv6 " + ipv6);
        }
        words.add("outside " + outsideName + " " + gateway.outsideAddress() + " by " + outsideGateway);
        words.add("filtering " + filtering.name().toLowerCase(Locale.ROOT));
        if (reassemble) {
            words.add("fragments put together");
        }
        if (nat64 != null) {
            words.add("NAT64 " + nat64);
        }
        if (upnp) {
            words.add("UPnP, NAT-PMP and PCP");
        }
        if (!helpers.isEmpty()) {
            words.add("helpers " + String.join(" ", helpers));
        }
        return String.join(", ", words);
    }

    private static boolean onStop(Runnable takeDown) {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(takeDown, "pktkit-shutdown"));
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    private void takeDown(NatGateway gateway, ControlServer control, AtomicBoolean stopped) {
        stopped.set(true);
        gateway.close();
        control.close();
        say("down");
    }

    private void report(ServerLease lease, LeaseEvent event) {
        if (event != LeaseEvent.RENEWED) {
            String what = event == LeaseEvent.GRANTED ? "joined" : event.name().toLowerCase(Locale.ROOT);
            String hostname = lease.hostname();
            say(what + ": " + lease.address() + " " + lease.mac() + (hostname == null ? "" : " " + hostname));
        }
    }

    private void say(String line) {
        PrintWriter out = Objects.requireNonNull(spec, "spec").commandLine().getOut();
        out.println(line);
        out.flush();
    }
}
