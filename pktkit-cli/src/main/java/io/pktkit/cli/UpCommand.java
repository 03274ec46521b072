// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import io.pktkit.dhcp.LeaseEvent;
import io.pktkit.dhcp.ServerLease;
import io.pktkit.lab.Lan;
import io.pktkit.lab.LanConfig;
import io.pktkit.tuntap.Tap;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
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

    @Option(
            names = "--tap",
            paramLabel = "NAME",
            description = "Make the TAP interface NAME and attach it. Needs root or CAP_NET_ADMIN.")
    private @Nullable String tapName;

    @Option(
            names = "--subnet",
            paramLabel = "PREFIX",
            defaultValue = "10.0.2.0/24",
            description = "IPv4 subnet of the LAN; its first address is the gateway's. Default: ${DEFAULT-VALUE}")
    private String subnet = "";

    @Option(
            names = "--mtu",
            paramLabel = "BYTES",
            defaultValue = "1500",
            description = "Largest IP packet, 1280 to 9000. Default: ${DEFAULT-VALUE}")
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
        String name = tapName;
        if (name == null) {
            throw new UsageException("nothing to attach: give --tap NAME, such as --tap pk0");
        }
        PrintWriter out = out();
        CountDownLatch gone = new CountDownLatch(1);
        AtomicBoolean stopping = new AtomicBoolean();
        try (Lan lan = Lan.open(configure(out))) {
            Tap tap = openTap(lan, name);
            if (!onStop(() -> takeDown(lan, stopping, out))) {
                return 0; // told to go while coming up: the process is ending already
            }
            tap.done().thenRun(gone::countDown);
            announce(lan, tap, out);
            IdleHeap heap = new IdleHeap();
            while (!gone.await(LOOK_SECONDS, TimeUnit.SECONDS)) {
                heap.look(lan.hub().stats().received());
            }
            // Being taken down closes the interface too, and only an interface that went by itself is worth a word.
            if (stopping.get()) {
                return 0;
            }
            throw new IOException("--tap " + name + ": the interface is gone; was it deleted?");
        }
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

    private LanConfig configure(PrintWriter out) throws UsageException {
        LanConfig.Builder config = LanConfig.builder().leases((lease, event) -> report(out, lease, event));
        Options.set("--subnet", subnet, () -> config.subnet(IpPrefix.parse(subnet)));
        Options.set("--mtu", Integer.toString(mtu), () -> config.mtu(mtu));
        for (String allowed : allowHost) {
            Options.set("--allow-host", allowed, () -> Options.allowHost(config, allowed));
        }
        return config.build();
    }

    private static Tap openTap(Lan lan, String name) throws UsageException {
        try {
            return lan.addTap(name);
        } catch (IOException | IllegalArgumentException e) {
            throw new UsageException("--tap " + name + ": " + e.getMessage(), e);
        }
    }

    private static void announce(Lan lan, Tap tap, PrintWriter out) {
        String name = tap.name();
        say(
                out,
                "ready: subnet %s, gateway and DNS %s, DHCP %s, tap %s",
                lan.subnet(),
                lan.gatewayAddress(),
                lan.dhcpAddress(),
                name);
        // The file comes first: without it, dhclient in the namespace would overwrite the host's own.
        say(out, "attach a network namespace:  ip netns add guest; mkdir -p /etc/netns/guest;");
        say(
                out,
                "                             echo nameserver %s >/etc/netns/guest/resolv.conf;",
                lan.gatewayAddress());
        say(
                out,
                "                             ip link set %s netns guest; ip netns exec guest dhclient %s",
                name,
                name);
        say(out, "or a bridge with guests:     ip link set %s master br0", name);
        say(out, "stop with Ctrl-C");
    }

    private static void report(PrintWriter out, ServerLease lease, LeaseEvent event) {
        if (event == LeaseEvent.RENEWED) {
            return;
        }
        String what = event == LeaseEvent.GRANTED ? "joined" : event.name().toLowerCase(Locale.ROOT);
        String hostname = lease.hostname();
        say(out, "%s: %s %s%s", what, lease.address(), lease.mac(), hostname == null ? "" : " " + hostname);
    }

    private static void takeDown(Lan lan, AtomicBoolean stopping, PrintWriter out) {
        stopping.set(true);
        lan.close();
        say(out, "down");
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency at run time
    private static void say(PrintWriter out, String format, Object... arguments) {
        out.println(String.format(Locale.ROOT, format, arguments));
        out.flush();
    }

    private PrintWriter out() {
        return java.util.Objects.requireNonNull(spec, "spec").commandLine().getOut();
    }
}
