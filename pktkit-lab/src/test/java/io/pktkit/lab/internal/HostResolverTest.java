// SPDX-License-Identifier: MIT
package io.pktkit.lab.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostResolverTest {
    private static final long SECOND = 1_000_000_000L;

    @TempDir
    Path folder;

    private static InetSocketAddress server(String address) {
        return new InetSocketAddress(IpAddress.parse(address).toInetAddress(), 53);
    }

    @Test
    void shouldTakeTheFirstThreeServersThatCanBeRead() {
        Stream<String> lines = Stream.of(
                "# a comment",
                "search example.org",
                "nameserver 192.0.2.1",
                "nameserver not-an-address",
                "nameserver\tfe80::1%eth0  ",
                "nameserver 192.0.2.3");

        assertEquals(List.of(server("192.0.2.1"), server("fe80::1")), HostResolver.parse(lines));
    }

    @Test
    void shouldReadTheFileAgainWhenItChanged() throws IOException {
        Path file = folder.resolve("resolv.conf");
        HostResolver resolver = new HostResolver(file, Set.of());
        assertEquals(List.of(), resolver.servers(0), "no file yet");

        Files.writeString(file, "nameserver 192.0.2.1\n");
        assertEquals(List.of(), resolver.servers(SECOND), "not looked at for each query");
        assertEquals(List.of(server("192.0.2.1")), resolver.servers(6 * SECOND));

        Files.writeString(file, "nameserver 192.0.2.2\n");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1));
        assertEquals(List.of(server("192.0.2.2")), resolver.servers(12 * SECOND));

        Files.delete(file);
        assertEquals(List.of(), resolver.servers(18 * SECOND));
    }

    @Test
    void shouldNeverNameTheNetworkItself() throws IOException {
        Path file = folder.resolve("resolv.conf");
        Files.writeString(file, "nameserver 10.0.2.1\nnameserver 192.0.2.1\nnameserver ::ffff:10.0.2.1\n");
        HostResolver resolver = new HostResolver(file, Set.of(IpAddress.parse("10.0.2.1")));

        assertEquals(List.of(server("192.0.2.1")), resolver.servers(0));

        Files.writeString(file, "nameserver 10.0.2.1\n");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1));
        assertEquals(List.of(), resolver.servers(6 * SECOND));
    }
}
