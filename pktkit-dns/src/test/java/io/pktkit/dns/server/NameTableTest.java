// SPDX-License-Identifier: MIT
package io.pktkit.dns.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsName;
import io.pktkit.dns.DnsRecord;
import io.pktkit.dns.DnsResponseCode;
import io.pktkit.dns.DnsType;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NameTableTest {
    private static final IpAddress GATEWAY = IpAddress.parse("10.0.2.1");
    private static final IpAddress GUEST = IpAddress.parse("10.0.2.7");
    private static final IpAddress OTHER = IpAddress.parse("10.0.2.8");

    private final NameTable table = new NameTable(
            DnsName.parse("lan.test"),
            List.of(IpPrefix.parse("10.0.2.0/24")),
            Map.of(DnsName.parse("gateway.lan.test"), List.of(GATEWAY)));

    private DnsMessage ask(String name, int type) {
        DnsMessage answer = table.answer(DnsMessage.query(7, DnsName.parse(name), type));
        assertNotNull(answer, name);
        assertEquals(7, answer.id());
        return answer;
    }

    private List<IpAddress> addresses(String name) {
        return ask(name, DnsType.A).answers().stream().map(DnsRecord::address).toList();
    }

    @Test
    void shouldAnswerConfiguredNamesInAnyCase() {
        assertEquals(List.of(GATEWAY), addresses("Gateway.LAN.test"));
    }

    /** A resolver that hears that it does not exist asks for nothing below it (RFC 8020, RFC 9156). */
    @Test
    void shouldTellThatANameExistsWhereOthersAreBelow() {
        NameTable deep = new NameTable(
                DnsName.parse("lan.test"), List.of(), Map.of(DnsName.parse("db.prod.eu.lan.test"), List.of(GATEWAY)));
        for (String name : List.of("prod.eu.lan.test", "EU.lan.test", "lan.test")) {
            DnsMessage answer = deep.answer(DnsMessage.query(7, DnsName.parse(name), DnsType.A));
            assertNotNull(answer, name);
            assertEquals(DnsResponseCode.NOERROR, answer.responseCode(), name);
            assertEquals(List.of(), answer.answers(), name);
        }
        DnsMessage none = deep.answer(DnsMessage.query(7, DnsName.parse("test.eu.lan.test"), DnsType.A));
        assertNotNull(none);
        assertEquals(DnsResponseCode.NXDOMAIN, none.responseCode());
    }

    @Test
    void shouldKnowGuestsWhileTheyAreThere() {
        table.guestJoined("alice", GUEST);
        assertEquals(List.of(GUEST), addresses("alice.lan.test"));

        table.guestLeft(GUEST);
        assertEquals(DnsResponseCode.NXDOMAIN, ask("alice.lan.test", DnsType.A).responseCode());
    }

    @Test
    void shouldNotLetAGuestTakeANameThatIsTaken() {
        table.guestJoined("gateway", GUEST);
        table.guestJoined("alice", GUEST);
        table.guestJoined("alice", OTHER);
        table.guestLeft(OTHER);

        assertEquals(List.of(GATEWAY), addresses("gateway.lan.test"));
        assertEquals(List.of(GUEST), addresses("alice.lan.test"));
    }

    @Test
    void shouldReplaceTheNameOfAGuestThatIsRenamed() {
        table.guestJoined("alice", GUEST);
        table.guestJoined("bob", GUEST);
        assertEquals(List.of(GUEST), addresses("bob.lan.test"));
        assertEquals(DnsResponseCode.NXDOMAIN, ask("alice.lan.test", DnsType.A).responseCode());

        table.guestJoined(null, GUEST);
        assertEquals(DnsResponseCode.NXDOMAIN, ask("bob.lan.test", DnsType.A).responseCode());
    }

    @Test
    void shouldGiveANameToTheNextWhoClaimsItWhenItsHolderLeaves() {
        table.guestJoined("alice", GUEST);
        table.guestJoined("alice", OTHER);

        table.guestLeft(GUEST);

        assertEquals(List.of(OTHER), addresses("alice.lan.test"));
    }

    @Test
    void shouldIgnoreHostNamesThatAreNoLabel() {
        table.guestJoined(null, GUEST);
        table.guestJoined("", GUEST);
        table.guestJoined("www.example.org", GUEST);
        table.guestJoined("a".repeat(64), GUEST);

        assertNull(table.answer(DnsMessage.query(7, DnsName.parse("www.example.org"), DnsType.A)));
        assertEquals(
                DnsResponseCode.NXDOMAIN,
                ask("www.example.org.lan.test", DnsType.A).responseCode());
    }

    @Test
    void shouldTellAMissingTypeFromAMissingName() {
        DnsMessage noData = ask("gateway.lan.test", DnsType.AAAA);
        DnsMessage noName = ask("nobody.lan.test", DnsType.AAAA);

        assertEquals(DnsResponseCode.NOERROR, noData.responseCode());
        assertEquals(List.of(), noData.answers());
        assertEquals(1, noData.authorities().size(), "the SOA that lets the absence be cached");
        assertEquals(DnsResponseCode.NXDOMAIN, noName.responseCode());
    }

    @Test
    void shouldNameAddresses() {
        table.guestJoined("alice", GUEST);

        DnsMessage answer = ask(DnsName.reverse(GUEST).toString(), DnsType.PTR);

        assertEquals(DnsName.parse("alice.lan.test"), answer.answers().get(0).target());
    }

    @Test
    void shouldLeaveOtherNamesToOthers() {
        assertNull(table.answer(DnsMessage.query(7, DnsName.parse("example.org"), DnsType.A)));
        assertNull(table.answer(DnsMessage.query(7, DnsName.parse("notlan.test"), DnsType.A)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "wpad",
                "WPAD",
                "isatap",
                "autodiscover",
                "localhost",
                "_dmarc",
                "wpad.lan.test",
                "gateway.lan.test"
            })
    void shouldRefuseNamesThatOthersObey(String hostname) {
        table.guestJoined(hostname, GUEST);

        assertEquals(0, table.guests());
    }

    @Test
    void shouldTakeAWholeNameInTheDomain() {
        table.guestJoined("Alice.lan.test", GUEST);

        assertEquals(List.of(GUEST), addresses("alice.lan.test"));
    }

    @Test
    void shouldNameAnAddressByWhoHoldsTheName() {
        table.guestJoined("alice", GUEST);
        table.guestJoined("alice", OTHER);

        DnsMessage second = ask(DnsName.reverse(OTHER).toString(), DnsType.PTR);
        assertEquals(DnsResponseCode.NXDOMAIN, second.responseCode(), "forward and reverse agree");
        DnsMessage gateway = ask(DnsName.reverse(GATEWAY).toString(), DnsType.PTR);
        assertEquals(DnsName.parse("gateway.lan.test"), gateway.answers().get(0).target());
        assertEquals(
                0,
                ask(DnsName.reverse(GATEWAY).toString(), DnsType.TXT).answers().size());
        assertNull(table.answer(DnsMessage.query(7, DnsName.reverse(IpAddress.parse("10.0.3.1")), DnsType.PTR)));
    }

    @Test
    void shouldAnswerForBothFamilies() {
        IpAddress ipv6 = IpAddress.parse("fd00::7");
        NameTable both = new NameTable(
                DnsName.parse("lan.test"),
                List.of(IpPrefix.parse("fd00::/64")),
                Map.of(DnsName.parse("gw.lan.test"), List.of(GATEWAY, ipv6)));

        DnsMessage answer = both.answer(DnsMessage.query(7, DnsName.parse("gw.lan.test"), DnsType.AAAA));
        assertNotNull(answer);
        assertEquals(ipv6, answer.answers().get(0).address());
        DnsMessage reverse = both.answer(DnsMessage.query(7, DnsName.reverse(ipv6), DnsType.PTR));
        assertNotNull(reverse);
        assertEquals(DnsName.parse("gw.lan.test"), reverse.answers().get(0).target());
        DnsMessage nobody = both.answer(DnsMessage.query(7, DnsName.reverse(IpAddress.parse("fd00::8")), DnsType.PTR));
        assertNotNull(nobody);
        assertEquals(DnsResponseCode.NXDOMAIN, nobody.responseCode());
    }

    /**
     * Sixty thousand guests beside sixty, all of whom call themselves alike under the hash of strings, or have one name. The
     * shortest of many short runs counts, so it does not matter what else runs; a table that is searched from its begin would
     * take hundreds of times as long.
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldFindNamesAndAddressesInTheSameTimeWhateverItHolds(boolean oneName) {
        NameTable few = filled(60, oneName);
        NameTable many = filled(60_000, oneName);
        for (Consumer<NameTable> use : List.<Consumer<NameTable>>of(
                full -> find(full, DnsName.reverse(guest(59)), DnsType.PTR),
                full -> find(full, DnsName.reverse(IpAddress.parse("10.255.0.1")), DnsType.PTR),
                full -> find(full, DnsName.parse(hostname(59) + ".lan.test"), DnsType.A),
                full -> find(full, DnsName.parse("nobody.lan.test"), DnsType.A),
                full -> {
                    full.guestLeft(guest(59));
                    full.guestJoined(oneName ? "same" : hostname(59), guest(59));
                })) {
            long withFew = Long.MAX_VALUE;
            long withMany = Long.MAX_VALUE;
            for (int i = 0; i < 200; i++) {
                withFew = Math.min(withFew, nanos(few, use));
                withMany = Math.min(withMany, nanos(many, use));
            }
            assertTrue(withMany < 30 * withFew, "nanoseconds with few=" + withFew + " with many=" + withMany);
        }
    }

    private static NameTable filled(int guests, boolean oneName) {
        NameTable table = new NameTable(DnsName.parse("lan.test"), List.of(IpPrefix.parse("10.0.0.0/8")), Map.of());
        for (int i = 0; i < guests; i++) {
            table.guestJoined(oneName ? "same" : hostname(i), guest(i));
        }
        assertEquals(guests, table.guests());
        return table;
    }

    private static IpAddress guest(int number) {
        return IpAddress.ofIpv4(0x0A00_0010 + number);
    }

    private static String hostname(int number) {
        StringBuilder name = new StringBuilder();
        for (int bit = 0; bit < 16; bit++) {
            name.append((number >>> bit & 1) == 0 ? "an" : "c0");
        }
        return name.toString();
    }

    private static void find(NameTable table, DnsName name, int type) {
        assertNotNull(table.answer(DnsMessage.query(7, name, type)));
    }

    private static long nanos(NameTable table, Consumer<NameTable> use) {
        long before = System.nanoTime();
        for (int i = 0; i < 20; i++) {
            use.accept(table);
        }
        return System.nanoTime() - before;
    }

    @Test
    void shouldAgreeWithANaiveTableWhateverGuestsDo() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        String[] names = {"a", "b", "c", "gateway", "wpad", null};
        Map<IpAddress, String> order = new LinkedHashMap<>(); // who claims what, in the order of their coming
        for (int i = 0; i < 20_000; i++) {
            IpAddress address = IpAddress.ofIpv4(0x0A00_0200 + 10 + random.nextInt(6));
            String name = random.nextInt(3) == 0 ? null : names[random.nextInt(names.length)];
            boolean leaves = random.nextInt(4) == 0;
            String kept = leaves || name == null || name.length() > 1 ? null : name;
            if (kept == null || !kept.equals(order.get(address))) {
                order.remove(address);
            }
            if (kept != null) {
                order.put(address, kept);
            }
            if (leaves) {
                table.guestLeft(address);
            } else {
                table.guestJoined(name, address);
            }
            for (String each : List.of("a", "b", "c")) {
                List<IpAddress> holder = order.entrySet().stream()
                        .filter(entry -> entry.getValue().equals(each))
                        .map(Map.Entry::getKey)
                        .limit(1)
                        .toList();
                assertEquals(holder, addresses(each + ".lan.test"), "seed=" + seed + " i=" + i);
            }
        }
    }
}
