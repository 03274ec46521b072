// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.pktkit.slirp.EgressPolicy;
import io.pktkit.slirp.SlirpConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DestinationsTest {
    private static final EgressPolicy ALL = (protocol, destination, port) -> true;

    private final Set<IpAddress> own = new HashSet<>(
            Set.of(IpAddress.parse("93.184.216.34"), IpAddress.parse("192.168.1.5"), IpAddress.parse("2001:470::5")));
    private long now;
    private int lookups;
    private final GuardedAddresses guarded = new GuardedAddresses(
            () -> {
                lookups++;
                return Set.copyOf(own);
            },
            () -> now);

    private boolean reaches(EgressPolicy policy, String address) {
        SlirpConfig config = SlirpConfig.builder()
                .address(IpPrefix.parse("10.0.2.1/24"))
                .egress(policy)
                .build();
        return new Destinations(config, guarded).resolve(IpProtocol.TCP, IpAddress.parse(address), 80) != null;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.9.9.9",
                "::1",
                "::ffff:127.0.0.1",
                "::7f00:1",
                "64:ff9b::7f00:1",
                "2002:7f00:1::1",
                "192.168.1.5",
                "93.184.216.34",
                "::ffff:93.184.216.34",
                "64:ff9b::5db8:d822",
                "2001:470::5",
                "169.254.169.254",
                "169.254.170.2",
                "168.63.129.16",
                "::ffff:168.63.129.16",
                "64:ff9b::a83f:8110",
                "2002:a83f:8110::1",
                "100.100.100.200",
                "192.0.0.192",
                "fd00:ec2::254",
                "fd20:ce::254",
                "fe80::a9fe:a9fe"
            })
    void shouldGuardTheHostAndMetadataFromEveryCombination(String address) {
        IpPrefix around = IpPrefix.of(IpAddress.parse(address), 8);
        List<EgressPolicy> reopening = List.of(
                EgressPolicy.publicInternet(),
                ALL,
                EgressPolicy.network(around),
                EgressPolicy.publicInternet().or(EgressPolicy.network(around)),
                EgressPolicy.denyAll().or(EgressPolicy.unrestricted()),
                EgressPolicy.unrestricted().or(ALL),
                EgressPolicy.unrestricted().and(ALL));
        for (EgressPolicy policy : reopening) {
            assertEquals(false, reaches(policy, address), address + " by " + reopening.indexOf(policy));
        }
        assertEquals(true, reaches(EgressPolicy.unrestricted(), address), "it was said of the whole");
        assertEquals(true, reaches(ALL.includingHost(), address), "it was said of the whole");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "255.255.255.255", "10.0.2.255", "224.0.0.1", "::", "ff02::1"})
    void shouldOpenNothingThatNamesNoHost(String address) {
        assertEquals(false, reaches(EgressPolicy.unrestricted(), address));
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.168.1.6", "1.1.1.1", "2001:470::6", "169.254.1.1"})
    void shouldLeaveTheRestToThePolicy(String address) {
        assertEquals(true, reaches(ALL, address));
        assertEquals(false, reaches(EgressPolicy.denyAll(), address));
    }

    @Test
    void shouldLearnOfNewAddressesWithinASecond() {
        assertEquals(true, reaches(ALL, "192.168.1.6"));
        own.add(IpAddress.parse("192.168.1.6"));
        for (int i = 0; i < 100; i++) {
            reaches(ALL, "192.168.1.6");
        }
        assertEquals(1, lookups, "not for each connection");

        now += 1_000_000_000L;
        assertEquals(false, reaches(ALL, "192.168.1.6"));
    }

    @Test
    void shouldDenyAllWhenTheSystemDoesNotTell() {
        GuardedAddresses silent = new GuardedAddresses(() -> null, () -> now);
        SlirpConfig config = SlirpConfig.builder().egress(ALL).build();

        assertNull(new Destinations(config, silent).resolve(IpProtocol.TCP, IpAddress.parse("1.1.1.1"), 80));
        assertNotNull(new Destinations(config, guarded).resolve(IpProtocol.TCP, IpAddress.parse("1.1.1.1"), 80));
    }
}
