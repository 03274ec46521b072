// SPDX-License-Identifier: MIT
package io.pktkit.interop.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.Commands;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.Pings;
import io.pktkit.nat.Nat;
import io.pktkit.nat.alg.FtpHelper;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Our NAT between two Linux hosts: a client inside, a server outside, each with the kernel's own TCP. */
@NeedsPeer({"ip", "ping", "curl"})
@Timeout(400)
class NatLinuxTest {

    private static final IpAddress PUBLIC = IpAddress.parse("203.0.113.1");
    private static final String SERVER = "198.51.100.7";
    private static final String SERVER6 =
            Prefix64.WELL_KNOWN.embed(IpAddress.parse(SERVER)).toString();

    private static TunHost client(int mtu) throws IOException {
        return new TunHost(
                mtu,
                "ip addr add 10.77.0.2/24 dev $dev; ip route add default dev $dev; "
                        + "ip addr add fd77::2/64 dev $dev nodad; ip -6 route add default dev $dev");
    }

    private static TunHost server(int mtu) throws IOException {
        return new TunHost(mtu, "ip addr add " + SERVER + "/24 dev $dev; ip route add default dev $dev");
    }

    private static Nat nat(TunHost client, TunHost server) throws IOException {
        Nat nat = new Nat(
                NatConfig.builder(PUBLIC)
                        .prefix64(Prefix64.WELL_KNOWN)
                        .helper(new FtpHelper())
                        .build(),
                IpPrefix.parse("10.77.0.1/24"),
                IpPrefix.parse("fd77::1/64"));
        nat.outside(server.tun);
        nat.connect(client.tun);
        return nat;
    }

    /** Serves a folder with a file of random bytes by HTTP. */
    private static byte[] serve(TunHost host, int length) throws IOException {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        Files.write(host.folder().resolve("file"), bytes);
        host.start(
                "/usr/bin/python3",
                "-m",
                "http.server",
                "8000",
                "--directory",
                host.folder().toString());
        return bytes;
    }

    private static void fetch(TunHost host, String url, byte[] expected, String... options) throws IOException {
        Path got = host.folder().resolve("got");
        Commands.Result result = host.run("curl -sS -g --retry 40 --retry-connrefused --retry-delay 1 "
                + String.join(" ", options) + " -o " + got + " " + url);
        result.expectSuccess();
        assertEquals(expected.length, Files.size(got), result.output());
        assertTrue(Arrays.equals(expected, Files.readAllBytes(got)), "bytes differ");
        Files.delete(got);
    }

    @Test
    void shouldCarryDownloadsPingsAndErrors() throws IOException {
        try (TunHost client = client(1500);
                TunHost server = server(1400);
                Nat nat = nat(client, server)) {
            byte[] bytes = serve(server, 8 << 20);
            fetch(client, "http://" + SERVER + ":8000/file", bytes);
            fetch(client, "http://[" + SERVER6 + "]:8000/file", bytes);

            for (String to : new String[] {SERVER, SERVER6}) {
                String echo = client.run(Pings.command(3, "-i 0.2", to)).output();
                Pings.expectAll(3, echo);
                assertTrue(echo.contains("ttl=63"), echo);
                String hop = client.run("ping -n -c 1 -t 1 -W 30 " + to).output();
                String gateway = to.equals(SERVER) ? "From 10.77.0.1" : "From fd77::1";
                assertTrue(hop.contains(gateway), hop);
                String large =
                        client.run("ping -n -c 1 -M do -s 1400 -W 30 " + to).output();
                assertTrue(
                        large.contains("mtu = 1400") || large.contains("mtu=1400") || large.contains("mtu=1420"),
                        large);
                String cut = client.run("ping -n -c 1 -M dont -s 3000 -W 30 " + SERVER)
                        .output();
                assertTrue(cut.contains("1 received"), cut);
            }
            Commands.Result closed = client.run("curl -sS http://" + SERVER + ":9/");
            assertEquals(7, closed.exit(), closed.output());
            String inside = client.run("ping -n -c 1 -W 30 10.77.0.1").output();
            assertTrue(inside.contains("1 received"), inside);
            String outside = server.run("ping -n -c 1 -W 30 " + PUBLIC).output();
            assertTrue(outside.contains("1 received"), outside);
            assertTrue(nat.mappings().list().stream()
                    .anyMatch(each -> each.inside().isIpv6()));
        }
    }

    @Test
    void shouldForwardToAServerInside() throws IOException {
        try (TunHost client = client(1500);
                TunHost server = server(1500);
                Nat nat = nat(client, server)) {
            byte[] bytes = serve(client, 1 << 20);
            int namespace = 1;
            NatMapping four = nat.mappings()
                    .forward(namespace, IpProtocol.TCP, PUBLIC, 80, IpAddress.parse("10.77.0.2"), 8000, Duration.ZERO);
            fetch(server, "http://" + PUBLIC + "/file", bytes);
            assertTrue(nat.mappings().remove(four));
        }
    }

    @Test
    @NeedsPeer("vsftpd")
    void shouldCarryFtpInAllModes() throws IOException {
        try (TunHost client = client(1500);
                TunHost server = server(1500);
                Nat nat = nat(client, server)) {
            byte[] bytes = ftp(server);
            String url = "ftp://" + SERVER + "/file";
            fetch(client, url, bytes); // EPSV
            fetch(client, url, bytes, "--disable-epsv"); // PASV
            fetch(client, url, bytes, "-P -"); // EPRT
            fetch(client, url, bytes, "-P - --disable-eprt"); // PORT
            // An IPv6 client, whose EPSV and EPRT become PASV and PORT (RFC 6384).
            String url6 = "ftp://[" + SERVER6 + "]/file";
            fetch(client, url6, bytes);
            fetch(client, url6, bytes, "-P -");
            assertEquals(0, nat.refused());
        }
    }

    @Test
    @NeedsPeer("vsftpd")
    void shouldCarryFtpToAServerInside() throws IOException {
        try (TunHost client = client(1500);
                TunHost server = server(1500);
                Nat nat = nat(client, server)) {
            byte[] bytes = ftp(client);
            nat.mappings().forward(1, IpProtocol.TCP, PUBLIC, 21, IpAddress.parse("10.77.0.2"), 21, Duration.ZERO);
            String url = "ftp://" + PUBLIC + "/file";
            fetch(server, url, bytes);
            fetch(server, url, bytes, "--disable-epsv --ftp-skip-pasv-ip");
            fetch(server, url, bytes, "--disable-epsv --no-ftp-skip-pasv-ip");
            fetch(server, url, bytes, "-P -");
            fetch(server, url, bytes, "-P - --disable-eprt");
        }
    }

    private static byte[] ftp(TunHost host) throws IOException {
        byte[] bytes = new byte[3 << 20];
        new Random(21).nextBytes(bytes);
        Path root = Files.createDirectory(host.folder().resolve("ftp"));
        Files.write(root.resolve("file"), bytes);
        Path config = Files.write(
                host.folder().resolve("vsftpd.conf"),
                ("listen=YES\nbackground=NO\nanonymous_enable=YES\nanon_root=" + root
                                + "\nftp_username=games\nseccomp_sandbox=NO\nisolate=NO\nisolate_network=NO\n"
                                + "connect_from_port_20=YES\nsecure_chroot_dir=" + root + "\nport_enable=YES\n")
                        .getBytes(StandardCharsets.US_ASCII));
        host.namespace
                .exec(
                        TunHost.LIMIT,
                        "sh",
                        "-c",
                        "chmod 755 " + host.folder() + "; chmod 555 " + root + "; chmod 444 " + root.resolve("file"))
                .expectSuccess();
        host.start("/usr/sbin/vsftpd", config.toString());
        return bytes;
    }
}
