// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.slirp.EgressPolicy;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublicInternetTest {
    private static final IpAddress OWN = IpAddress.parse("93.184.216.34");

    private final PublicInternet policy =
            new PublicInternet(new GuardedAddresses(() -> Set.of(OWN), () -> 0)::contains);

    private boolean allows(String address) {
        boolean tcp = policy.allows(IpProtocol.TCP, IpAddress.parse(address), 443);
        boolean udp = policy.allows(IpProtocol.UDP, IpAddress.parse(address), 443);
        assertTrue(tcp == udp, "one verdict for both protocols: " + address);
        return tcp;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "8.8.8.8",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.0",
                "169.253.255.255",
                "169.255.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "192.167.255.255",
                "192.169.0.0",
                "198.17.255.255",
                "198.20.0.0",
                "223.255.255.255",
                "2606:4700::1111",
                "2a00::1",
                "64:ff9b::808:808",
                "2002:808:808::1",
                "::ffff:8.8.8.8"
            })
    void shouldAllowPublicUnicast(String address) {
        assertTrue(allows(address), address);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "10.255.255.255",
                "100.64.0.1",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.255.255",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "168.63.129.16",
                "64:ff9b::a83f:8110",
                "192.0.0.192",
                "192.0.2.1",
                "192.88.99.1",
                "192.168.1.1",
                "198.18.0.1",
                "198.51.100.1",
                "203.0.113.1",
                "224.0.0.251",
                "239.255.255.250",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::127.0.0.1",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "::ffff:169.254.169.254",
                "fe80::1",
                "febf::1",
                "fec0::1",
                "fc00::1",
                "fd00:ec2::254",
                "ff02::1",
                "100::1",
                "2001::1",
                "2001:db8::1",
                "3fff::1",
                "4000::1",
                "64:ff9b::7f00:1",
                "64:ff9b::a00:1",
                "64:ff9b::a9fe:a9fe",
                "64:ff9b:1::808:808",
                "2002:7f00:1::1",
                "2002:a9fe:a9fe::1",
                "2002:c0a8:101::1"
            })
    void shouldDenyEverythingElse(String address) {
        assertFalse(allows(address), address);
    }

    @ParameterizedTest
    @ValueSource(strings = {"93.184.216.34", "::ffff:93.184.216.34", "64:ff9b::5db8:d822", "2002:5db8:d822::1"})
    void shouldDenyTheHostsOwnPublicAddressInEveryForm(String address) {
        assertFalse(allows(address), address);
    }

    @Test
    void shouldDenyEveryAddressOfThisHost() throws SocketException {
        List<InetAddress> own = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .toList();

        for (InetAddress address : own) {
            assertFalse(EgressPolicy.publicInternet().allows(IpProtocol.TCP, IpAddress.of(address), 80), "" + address);
        }
    }

    @Test
    void shouldCombine() {
        EgressPolicy lan = EgressPolicy.network(IpPrefix.parse("192.168.1.0/24"));
        EgressPolicy webOnly = (protocol, destination, port) -> port == 443;
        IpAddress printer = IpAddress.parse("192.168.1.7");

        assertTrue(policy.or(lan).allows(IpProtocol.TCP, printer, 631));
        assertFalse(policy.or(lan).and(webOnly).allows(IpProtocol.TCP, printer, 631));
        assertTrue(policy.or(lan).and(webOnly).allows(IpProtocol.TCP, printer, 443));
        assertFalse(policy.or(lan).allows(IpProtocol.TCP, IpAddress.parse("192.168.2.7"), 443));
    }
}
