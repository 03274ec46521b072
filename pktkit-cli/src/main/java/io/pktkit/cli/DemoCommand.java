// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import io.pktkit.dhcp.Lease;
import io.pktkit.lab.Lan;
import io.pktkit.lab.LanConfig;
import io.pktkit.lab.LanHost;
import io.pktkit.vclient.http.HttpResponse;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.security.DigestOutputStream;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows the main job in one process: a guest on a virtual LAN downloads a page from a real server of the host. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Shows a virtual LAN at work in one process: a client gets a lease, resolves a name, and downloads a page",
            "from a real HTTP server on the host's loopback through the NAT. Needs no root and no network."
        })
final class DemoCommand implements Callable<Integer> {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String NAME = "server.pktkit";

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--size",
            paramLabel = "MEGABYTES",
            defaultValue = "8",
            description = "Size of the page, 1 to 2000. Default: ${DEFAULT-VALUE}")
    private int megabytes;

    private long stepStarted;

    @Override
    public Integer call() throws UsageException, IOException, InterruptedException {
        if (megabytes < 1 || megabytes > 2000) {
            throw new UsageException("--size " + megabytes + ": choose 1 to 2000 megabytes");
        }
        stepStarted = System.nanoTime();
        try (PageServer server = new PageServer(megabytes * 1_000_000L)) {
            LanConfig config = LanConfig.builder()
                    .allowHost(server.port())
                    .name(NAME, IpAddress.parse("10.0.2.1"))
                    .build();
            try (Lan lan = Lan.open(config)) {
                step(
                        "up",
                        "LAN %s in this process: switch, DHCP server %s, NAT gateway %s; page server on 127.0.0.1:%d",
                        lan.subnet(),
                        lan.dhcpAddress(),
                        lan.gatewayAddress(),
                        server.port());
                try (LanHost guest = lan.addHost("guest")) {
                    lease(guest);
                    resolve(guest);
                    download(guest, server);
                }
            }
        }
        step("down", "everything is closed again");
        return 0;
    }

    private void lease(LanHost guest) throws IOException, InterruptedException {
        Lease lease = guest.awaitLease(LIMIT);
        step(
                "lease",
                "%s for %s, gateway %s, DNS %s, for %d s",
                lease.prefix(),
                guest.macAddress(),
                Objects.toString(lease.router()),
                lease.dnsServers(),
                lease.leaseSeconds());
    }

    private void resolve(LanHost guest) throws IOException {
        List<IpAddress> addresses = guest.client().resolve(NAME);
        step("resolve", "%s is %s", NAME, addresses);
    }

    private void download(LanHost guest, PageServer server) throws IOException {
        DigestOutputStream digest = new DigestOutputStream(OutputStream.nullOutputStream(), PageServer.newDigest());
        String url = "http://" + NAME + ":" + server.port() + "/page";

        HttpResponse response = guest.client().http().get(url, digest);

        String sha256 = HexFormat.of().formatHex(digest.getMessageDigest().digest());
        if (response.status() != 200 || response.bodyLength() != server.length() || !sha256.equals(server.sha256())) {
            throw new IOException(url + ": got status " + response.status() + ", " + response.bodyLength()
                    + " bytes, sha256 " + sha256 + "; the server sent " + server.length() + " bytes, sha256 "
                    + server.sha256());
        }
        double seconds = (System.nanoTime() - stepStarted) / 1e9;
        step(
                "fetch",
                "%s: %,d bytes at %.0f Mbit/s, sha256 %s as sent",
                url,
                response.bodyLength(),
                response.bodyLength() * 8 / seconds / 1e6,
                sha256.substring(0, 16) + "...");
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency at run time
    private void step(String name, String format, Object... arguments) {
        long now = System.nanoTime();
        String text = String.format(Locale.ROOT, format, arguments);
        PrintWriter out = Objects.requireNonNull(spec, "spec").commandLine().getOut();
        out.println(String.format(Locale.ROOT, "%-8s %6d ms  %s", name, (now - stepStarted) / 1_000_000, text));
        out.flush();
        stepStarted = System.nanoTime();
    }
}
