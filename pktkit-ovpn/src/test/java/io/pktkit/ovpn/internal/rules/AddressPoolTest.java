// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.client.Topology;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AddressPoolTest {

    private static final IpPrefix SUBNET = IpPrefix.parse("10.8.0.1/24");
    private static final ClientSettings NOTHING = ClientSettings.builder().build();

    private static AddressPool pool(Topology topology, String first, String last, Predicate<IpAddress> free) {
        return new AddressPool(
                new AddressRules(SUBNET, null, topology, IpAddress.parse(first), IpAddress.parse(last), false, free));
    }

    private static @Nullable String assigned(AddressPool pool, Object owner, String name) {
        ClientSettings settings = pool.assign(owner, name, NOTHING);
        if (settings == null) {
            return null;
        }
        IpPrefix address = settings.address(IpFamily.IPV4);
        assertNotNull(address);
        return address.address().toString();
    }

    @Test
    void shouldStayInItsRangeAndGiveNoneTwice() {
        AddressPool pool = pool(Topology.SUBNET, "10.8.0.250", "10.8.0.255", address -> true);
        Set<String> given = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            given.add(assigned(pool, i, "client" + i));
        }
        assertEquals(Set.of("10.8.0.250", "10.8.0.251", "10.8.0.252", "10.8.0.253", "10.8.0.254"), given);
        assertNull(assigned(pool, 6, "late"), "the broadcast address is nobody's");
        pool.release(3);
        assertEquals("10.8.0.253", assigned(pool, 7, "late"));
    }

    @Test
    void shouldGiveAClientItsFormerAddressUnlessSomebodyElseHasIt() {
        Set<String> taken = new HashSet<>();
        AddressPool pool =
                pool(Topology.SUBNET, "10.8.0.10", "10.8.0.20", address -> !taken.contains(address.toString()));
        assertEquals("10.8.0.10", assigned(pool, 1, "alice"));
        assertEquals("10.8.0.11", assigned(pool, 2, "bob"));
        pool.release(1);
        assertEquals("10.8.0.12", assigned(pool, 3, "carol"));
        assertEquals("10.8.0.10", assigned(pool, 4, "alice"));
        pool.release(4);
        taken.add("10.8.0.10");
        assertEquals("10.8.0.13", assigned(pool, 5, "alice"));
    }

    private static ClientSettings fixed(String address) {
        return ClientSettings.builder()
                .address(IpPrefix.parse(address + "/24"), IpAddress.parse("10.8.0.1"))
                .build();
    }

    @Test
    void shouldGiveAFixedAddressToOneOnly() {
        AddressPool pool = pool(Topology.SUBNET, "10.8.0.10", "10.8.0.20", address -> true);
        ClientSettings its = pool.assign("first", "alice", fixed("10.8.0.10"));
        assertNotNull(its);
        assertEquals(IpPrefix.parse("10.8.0.10/24"), its.address(IpFamily.IPV4));
        assertNotNull(pool.assign("first", "alice", fixed("10.8.0.10")), "which it has");
        assertNull(pool.assign("other", "bob", fixed("10.8.0.10")));
        assertNull(pool.assign("other", "", fixed("10.8.0.10")), "no name is nobody's name");
        assertEquals("10.8.0.11", assigned(pool, "carol", "carol"), "not what is fixed");
        assertNotNull(pool.assign("second", "alice", fixed("10.8.0.10")), "she comes back");
        pool.release("first");
        assertNull(pool.assign("other", "bob", fixed("10.8.0.10")), "it is of her second session");
        pool.release("second");
        assertNotNull(pool.assign("other", "bob", fixed("10.8.0.10")));
    }

    /** With duplicate-cn the name does not tell a client that comes back from another one. */
    @Test
    void shouldGiveAFixedAddressToOneOfThoseWithAName() {
        AddressPool pool =
                new AddressPool(new AddressRules(SUBNET, null, Topology.SUBNET, null, null, true, address -> true));
        assertNotNull(pool.assign("first", "alice", fixed("10.8.0.10")));
        assertNull(pool.assign("second", "alice", fixed("10.8.0.10")));
        assertNotNull(pool.assign("first", "alice", fixed("10.8.0.10")), "which it still has");
        pool.release("first");
        assertNotNull(pool.assign("second", "alice", fixed("10.8.0.10")));
    }

    @Test
    void shouldKeepNothingOfWhoGetsOnlyHalf() {
        AddressPool pool = new AddressPool(new AddressRules(
                SUBNET,
                IpPrefix.parse("fd08::1/126"),
                Topology.SUBNET,
                IpAddress.parse("10.8.0.10"),
                IpAddress.parse("10.8.0.11"),
                false,
                address -> true));
        for (int i = 0; i < 2; i++) {
            ClientSettings its = pool.assign(i == 0 ? "owner0" : "owner1", "", NOTHING);
            assertNotNull(its);
            assertEquals(IpPrefix.parse("fd08::" + (2 + i) + "/126"), its.address(IpFamily.IPV6));
        }
        assertNull(pool.assign("late", "", NOTHING), "no address of IPv4 is left");
        pool.release("owner0");
        assertNull(pool.assign("taken", "", fixedV6("fd08::3")));
        assertNotNull(pool.assign("next", "", NOTHING), "who was refused has kept none of IPv4");
    }

    private static ClientSettings fixedV6(String address) {
        return ClientSettings.builder()
                .address(IpPrefix.parse(address + "/126"), IpAddress.parse("fd08::1"))
                .build();
    }

    @Test
    void shouldTellTheServersAddressInABlock() {
        AddressPool pool = pool(Topology.NET30, "10.8.0.5", "10.8.0.15", address -> true);
        ClientSettings its = pool.assign(1, "", NOTHING);
        assertNotNull(its);
        assertEquals(IpPrefix.parse("10.8.0.10/30"), its.address(IpFamily.IPV4));
        assertEquals(IpAddress.parse("10.8.0.9"), its.gateway(IpFamily.IPV4));
        assertEquals(Topology.NET30, its.topology());
    }

    @Test
    void shouldGiveWholeBlocksWithNet30() {
        AddressPool pool = pool(Topology.NET30, "10.8.0.5", "10.8.0.15", address -> true);
        assertEquals("10.8.0.10", assigned(pool, 1, ""));
        assertEquals("10.8.0.14", assigned(pool, 2, ""));
        assertNull(assigned(pool, 3, ""));
    }

    @Test
    void shouldGoOnBehindTheAddressThatItGaveLast() {
        Set<String> taken = Set.of("10.8.0.12", "10.8.0.13");
        AddressPool pool =
                pool(Topology.SUBNET, "10.8.0.10", "10.8.0.20", address -> !taken.contains(address.toString()));
        assertEquals("10.8.0.10", assigned(pool, 1, ""));
        assertEquals("10.8.0.11", assigned(pool, 2, ""));
        assertEquals("10.8.0.14", assigned(pool, 3, ""));
        pool.release(2);
        assertEquals("10.8.0.15", assigned(pool, 4, ""));
    }

    @Test
    void shouldGiveNoBlockThatIsTheServers() {
        AddressPool pool =
                new AddressPool(new AddressRules(SUBNET, null, Topology.NET30, null, null, false, address -> true));
        assertEquals("10.8.0.6", assigned(pool, 1, ""));
    }

    /** One client more is no longer remembered, so that names cannot fill memory. */
    @Test
    void shouldRememberAsManyAsItSays() {
        AddressPool pool = new AddressPool(new AddressRules(
                IpPrefix.parse("10.8.0.1/16"), null, Topology.SUBNET, null, null, false, address -> true));
        for (int i = 0; i < 4096; i++) {
            assigned(pool, "all", "client" + i);
        }
        pool.release("all");
        assertEquals("10.8.0.2", assigned(pool, "all", "client0"));
        pool.release("all");
        assertEquals("10.8.16.2", assigned(pool, "all", "client4096"));
        pool.release("all");
        assertEquals("10.8.16.3", assigned(pool, "all", "client0"), "which was the first that it remembered");
    }

    /** A pool that is larger than anybody's is searched no further; with net30 it is blocks that are counted. */
    @ParameterizedTest
    @EnumSource(
            value = Topology.class,
            names = {"SUBNET", "NET30"})
    void shouldSearchNoFurtherThanItSays(Topology topology) {
        AtomicInteger tried = new AtomicInteger();
        AddressPool pool = new AddressPool(
                new AddressRules(IpPrefix.parse("10.0.0.1/8"), null, topology, null, null, false, address -> {
                    tried.incrementAndGet();
                    return false;
                }));
        assertNull(assigned(pool, 1, ""));
        assertEquals(65_535, tried.get(), "of 65,536 one is the server's");
    }
}
