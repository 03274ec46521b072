// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.dhcp.Reservation;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Random clients, honest and not, against what they were told: an address is one client's until its lease is over. */
class LeasePropertiesTest {
    private static final int SERVER = 0x0A000202;
    private static final long SECOND = 1_000_000_000L;
    private static final int STEPS = 400;

    /** What a client was told by ACK: nobody else may be told the same before it is over. */
    private record Held(int client, long until) {}

    private final Map<Integer, Held> held = new HashMap<>();
    private final Map<Integer, Integer> offered = new HashMap<>();
    private final DhcpMessage request = new DhcpMessage();
    private final DhcpMessage answer = new DhcpMessage();

    @Property(tries = 300)
    void shouldNeverGiveOneAddressToTwoClients(@ForAll long seed) {
        held.clear();
        offered.clear();
        SplittableRandom random = new SplittableRandom(seed);
        ServerEngine engine = new ServerEngine(config(), (lease, event) -> {});
        long now = random.nextLong();
        for (int step = 0; step < STEPS; step++) {
            now += random.nextInt(10) == 0 ? random.nextLong(200 * SECOND) : random.nextLong(SECOND);
            step(engine, random, now, "seed=" + seed + " step=" + step);
        }
    }

    private void step(ServerEngine engine, SplittableRandom random, long now, String where) {
        int client = 1 + random.nextInt(12);
        int station = random.nextInt(20) == 0 ? 1 + random.nextInt(12) : client;
        int address =
                random.nextInt(3) == 0 ? 0x0A000200 + random.nextInt(20) : offered.getOrDefault(client, 0x0A00020A);
        byte[] message = message(random, client, address);
        request.wrap(ByteBuffer.wrap(message), 0, message.length);
        int type = request.messageType();

        ServerReply reply = engine.onMessage(request, 0x0200_0000_0000L + station, false, now);

        int identity = station << 8 | client;
        byte[] payload = reply.payload();
        if (payload != null) {
            answer.wrap(ByteBuffer.wrap(payload), 0, payload.length);
            told(answer, identity, client, now, where);
        } else if (type == DhcpOptions.RELEASE || type == DhcpOptions.DECLINE) {
            gaveUp(engine, identity, address);
        }
        checkTable(engine.table(), where);
    }

    private void told(DhcpMessage reply, int identity, int client, long now, String where) {
        int address = reply.yiaddr();
        if (reply.messageType() == DhcpOptions.OFFER) {
            offered.put(client, address);
        }
        if (reply.messageType() == DhcpOptions.OFFER || reply.messageType() == DhcpOptions.ACK) {
            Held other = held.get(address);
            boolean free = other == null || other.client == identity || other.until - now <= 0;
            assertTrue(free, where + ": " + IpAddress.ofIpv4(address) + " is " + other + "'s, given to " + identity);
            assertTrue(address != SERVER && address != 0x0A000201 && (address & 0xFF) >= 10, where);
        }
        if (reply.messageType() == DhcpOptions.ACK) {
            held.values().removeIf(old -> old.client == identity);
            held.put(address, new Held(identity, now + reply.intOption(DhcpOptions.LEASE_TIME) * SECOND));
        }
    }

    /** RELEASE and DECLINE have no answer: the table tells whether the server took them, which only the holder's may be. */
    private void gaveUp(ServerEngine engine, int identity, int address) {
        Held holder = held.get(address);
        Binding binding = engine.table().byAddress(address);
        boolean gone = binding == null || binding.state != Binding.State.BOUND;
        if (holder != null && gone && holder.client == identity) {
            held.remove(address);
        }
    }

    private static void checkTable(LeaseTable table, String where) {
        Set<Integer> addresses = new HashSet<>();
        Set<ClientKey> clients = new HashSet<>();
        Map<Long, Integer> stations = new HashMap<>();
        for (Binding binding : table.all()) {
            assertTrue(addresses.add(binding.address), where);
            assertEquals(binding, table.byAddress(binding.address), where);
            stations.merge(binding.client.station(), 1, Integer::sum);
            if (binding.state != Binding.State.DECLINED) {
                assertTrue(clients.add(binding.client), where);
                assertEquals(binding, table.byClient(binding.client), where);
            }
        }
        stations.forEach((station, count) -> {
            assertEquals(count, table.countOf(station), where);
            assertTrue(count <= 4 + 1, where); // and its reservation
        });
        assertTrue(table.size() <= 8 + 2, where); // and two reservations
    }

    private static DhcpServerConfig config() {
        return DhcpServerConfig.builder(IpPrefix.parse("10.0.2.2/24"))
                .router(IpAddress.parse("10.0.2.1"))
                .range(IpAddress.parse("10.0.2.10"), IpAddress.parse("10.0.2.17"))
                .reservation(new Reservation(MacAddress.of(0x0200_0000_0001L), IpAddress.parse("10.0.2.11"), null))
                .reservation(new Reservation(MacAddress.of(0x0200_0000_0002L), IpAddress.parse("10.0.2.19"), null))
                .leaseTime(Duration.ofMinutes(10))
                .maxLeases(8, 4)
                .build();
    }

    private static byte[] message(SplittableRandom random, int client, int address) {
        int[] types = {1, 1, 1, 3, 3, 3, 3, 3, 4, 7};
        DhcpWriter writer = new DhcpWriter(400).op(1).xid(random.nextInt());
        writer.hardware(1, 6, MacAddress.of(0x0200_0000_0000L + client).toBytes());
        int type = types[random.nextInt(types.length)];
        writer.byteOption(DhcpOptions.MESSAGE_TYPE, type);
        boolean extending = type == DhcpOptions.RELEASE || (type == DhcpOptions.REQUEST && random.nextInt(3) == 0);
        if (extending) {
            writer.ciaddr(address);
        } else if (type != DhcpOptions.DISCOVER || random.nextBoolean()) {
            writer.intOption(DhcpOptions.REQUESTED_ADDRESS, address);
        }
        boolean naming = type == DhcpOptions.RELEASE || type == DhcpOptions.DECLINE || random.nextBoolean();
        if (naming && !(extending && type == DhcpOptions.REQUEST) && type != DhcpOptions.DISCOVER) {
            writer.intOption(DhcpOptions.SERVER_IDENTIFIER, random.nextInt(10) == 0 ? SERVER + 1 : SERVER);
        }
        return writer.finish();
    }
}
