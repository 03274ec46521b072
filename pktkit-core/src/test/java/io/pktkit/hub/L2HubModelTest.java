// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.time.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random scripts against a switch written as plainly as possible: a list of ports and a map of stations. Ages are kept
 * away from the edges, where a tick more or less is allowed.
 */
class L2HubModelTest {

    private static final int STEPS = 4000;
    private static final int STATIONS = 12;
    private static final int[] VLANS = {0, 10, 20};

    private final ManualTime time = new ManualTime();
    private final L2Hub hub = new L2Hub(time);
    private final List<Port> ports = new ArrayList<>();
    private final Map<String, Place> known = new LinkedHashMap<>();
    private long now;
    private int number = 100;

    /** A port of the model, with the device of the real one. */
    private static final class Port {
        private final Station device;
        private final HubPort real;
        private int vlan = -1; // -1 is a trunk of all VLANs with native 0
        private int limit = 1024;

        private Port(Station device, HubPort real) {
            this.device = device;
            this.real = real;
        }

        private boolean carries(int frameVlan) {
            return vlan < 0 || vlan == frameVlan;
        }
    }

    /** Where a station is, and what the plain switch remembers of other ports' claims. */
    private static final class Place {
        private Port port;
        private Port home;
        private boolean disputed;
        private boolean heard;
        private long quietFrom;
        private long wait = 500;

        private Place(Port port) {
            this.port = port;
            this.home = port;
        }

        private boolean claim(Port by, long now) {
            boolean first = !disputed;
            boolean back = disputed && by == home;
            boolean silent = disputed && !heard && now - quietFrom >= wait;
            disputed = true;
            if (back) {
                wait = Math.min(2 * wait, 64_000);
            }
            if (first || back || heard || silent) {
                heard = false;
                quietFrom = now;
            }
            return back || silent;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldDoWhatThePlainSwitchDoes(long seed) {
        Random random = new Random(seed);
        for (int step = 0; step < STEPS; step++) {
            String at = "seed=" + seed + " step=" + step;
            int action = ports.size() < 2 ? 0 : random.nextInt(40);
            if (action == 0 && ports.size() < 8) {
                connect();
            } else if (action == 1) {
                disconnect(ports.get(random.nextInt(ports.size())));
            } else if (action == 2) {
                setMode(ports.get(random.nextInt(ports.size())), VLANS[random.nextInt(3)], random.nextBoolean());
            } else if (action == 3) {
                int limit = random.nextInt(6);
                Port port = ports.get(random.nextInt(ports.size()));
                port.limit = limit;
                port.real.setMacLimit(limit);
            } else if (action == 4 && random.nextInt(10) == 0) {
                time.advance(Duration.ofMinutes(6));
                known.clear();
            } else if (action < 8) {
                long millis = random.nextInt(1000); // 4000 steps take two minutes at most: nothing ages by these
                millis = now + millis > 120_000 ? 0 : millis;
                now += millis;
                time.advance(Duration.ofMillis(millis));
            } else {
                frame(random, at);
            }
            assertEquals(known.size(), hub.macTableSize(), at);
        }
    }

    private void connect() {
        Station device = new Station(number++);
        ports.add(new Port(device, hub.connect(device)));
    }

    private void disconnect(Port port) {
        port.real.close();
        ports.remove(port);
        known.values().removeIf(place -> place.port == port);
    }

    private void setMode(Port port, int vlan, boolean trunk) {
        port.vlan = trunk ? -1 : vlan;
        port.real.setMode(trunk ? PortMode.transparent() : PortMode.access(vlan));
        known.values().removeIf(place -> place.port == port);
    }

    private void frame(Random random, String at) {
        Port in = ports.get(random.nextInt(ports.size()));
        int vlan = in.vlan >= 0 ? in.vlan : VLANS[random.nextInt(3)];
        int source = random.nextInt(STATIONS);
        int destination = random.nextInt(STATIONS + 1);
        boolean group = destination == STATIONS;
        String tag = in.vlan >= 0 || vlan == 0 ? "" : String.format("8100%04x", vlan);
        ports.forEach(port -> port.device.inbox.clear());

        in.device.inject(
                Station.frame(group ? 0xFFFF_FFFF_FFFFL : Station.mac(destination), Station.mac(source), tag + "0800"));

        learn(in, vlan + "/" + source);
        TreeSet<Integer> expected = new TreeSet<>();
        Place place = group ? null : known.get(vlan + "/" + destination);
        Port behind = place == null ? null : place.port;
        for (Port out : ports) {
            if (out != in && out.carries(vlan) && (behind == null || behind == out)) {
                expected.add((int) out.device.macAddress().toLong());
            }
        }
        TreeSet<Integer> reached = new TreeSet<>();
        for (Port out : ports) {
            assertEquals(out.device.inbox.isEmpty() ? 0 : 1, out.device.inbox.size(), at);
            if (!out.device.inbox.isEmpty()) {
                reached.add((int) out.device.macAddress().toLong());
                boolean tagged = out.device.inbox.get(0).startsWith("8100", 24);
                assertEquals(out.vlan < 0 && vlan != 0, tagged, at);
            }
        }
        assertEquals(expected, reached, at);
    }

    private void learn(Port in, String station) {
        Place place = known.get(station);
        if (place != null && place.port == in) {
            place.heard = true;
            return;
        }
        long behindIn =
                known.values().stream().filter(other -> other.port == in).count();
        if (behindIn >= in.limit) {
            return;
        }
        if (place == null) {
            known.put(station, new Place(in));
        } else if (place.claim(in, now)) {
            place.port = in;
        }
    }
}
