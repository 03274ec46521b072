// SPDX-License-Identifier: MIT
package io.pktkit.lab.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.pktkit.vclient.dns.DnsMessage;
import io.pktkit.vclient.dns.DnsName;
import io.pktkit.vclient.dns.DnsRecord;
import io.pktkit.vclient.dns.DnsResponseCode;
import io.pktkit.vclient.dns.DnsType;
import io.pktkit.wire.IpAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NameTableTest {
    private static final IpAddress GATEWAY = IpAddress.parse("10.0.2.1");
    private static final IpAddress GUEST = IpAddress.parse("10.0.2.7");
    private static final IpAddress OTHER = IpAddress.parse("10.0.2.8");

    private final NameTable table =
            new NameTable(DnsName.parse("lan.test"), Map.of(DnsName.parse("gateway.lan.test"), List.of(GATEWAY)));

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
}
