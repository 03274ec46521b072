// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import io.pktkit.wire.IpFamily;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.IntConsumer;

/** A run of {@link Simulation}, drawn by a seed, that can be told in a line, run again and made smaller. */
@SuppressWarnings("EnumOrdinal") // a knob is a number, and seeds are only as old as the enums
final class Scenario {
    /** The system property by which a scenario is run again. */
    static final String REPLAY = "pktkit.vtcp.replay";

    private static final long MS = Simulation.MS;
    private static final long SECONDS = 3600;

    /** Settings that are on or off. Off is the default. */
    enum Switch {
        NO_SACK,
        NO_TIMESTAMPS,
        NO_SCALING,
        NO_DELAY,
        ACK_AT_ONCE,
        SHORT_MAX_RTO,
        SHORT_MIN_RTO,
        LOW_WATER,
        SHORT_TIME_WAIT,
        KEEP_ALIVE,
        JUMBO,
        PROBE_MTU,
        NO_AUTO_TUNE,
        KEEP_IDLE_WINDOW
    }

    final long seed;
    private final Map<Knob, Long> knobs = new EnumMap<>(Knob.class);

    /** Of both ends in the last run. */
    private int superSegments;

    private Scenario(long seed) {
        this.seed = seed;
    }

    int superSegments() {
        return superSegments;
    }

    static Scenario drawn(long seed) {
        Scenario scenario = new Scenario(seed);
        for (Knob knob : Knob.values()) {
            scenario.knobs.put(knob, knob.draw(seed));
        }
        return scenario;
    }

    /** Reads what {@link #toString} wrote. */
    static Scenario parse(String text) {
        String[] words = text.split(",", -1);
        Scenario scenario = new Scenario(Long.parseLong(words[0]));
        for (int i = 1; i < words.length; i++) {
            String[] pair = words[i].split("=", 2);
            scenario.knobs.put(Knob.valueOf(pair[0]), Long.parseLong(pair[1]));
        }
        return scenario;
    }

    long get(Knob knob) {
        return knobs.getOrDefault(knob, 0L);
    }

    Scenario with(Knob knob, long value) {
        Scenario scenario = new Scenario(seed);
        scenario.knobs.putAll(knobs);
        scenario.knobs.put(knob, value);
        return scenario;
    }

    void run() {
        TcpConfig client = config("CLIENT_");
        TcpConfig server = config("SERVER_");
        IpFamily family = get(Knob.IPV6) == 0 ? IpFamily.IPV4 : IpFamily.IPV6;
        Simulation simulation =
                new Simulation(seed, family, this::stages, client, server, (int) get(Knob.UP), (int) get(Knob.DOWN));
        simulation.opening = Simulation.Opening.values()[(int) get(Knob.OPENING)];
        simulation.backwards = chance(Knob.BACKWARDS);
        simulation.forgetful = chance(Knob.RENEGE);
        // A client that only listens never brings the cookie back, should its first acknowledgment be lost.
        simulation.client.endsSecond = get(Knob.ENDS_SECOND) == 1 && !byCookie();
        simulation.server.endsSecond = get(Knob.ENDS_SECOND) == 2;
        apply(simulation.client, Knob.CLIENT_CHUNK, Knob.CLIENT_PAUSE);
        apply(simulation.server, Knob.SERVER_CHUNK, Knob.SERVER_PAUSE);
        simulation.client.card = Endpoint.Card.values()[(int) get(Knob.CLIENT_CARD)];
        simulation.server.card = Endpoint.Card.values()[(int) get(Knob.SERVER_CARD)];
        World world = simulation.world;
        long leaps = byCookie() ? 0 : get(Knob.LEAPS); // a cookie would expire
        for (int i = 0; i < leaps; i++) {
            world.scheduleLeap(world.upTo(20_000 * MS), world.upTo((i % 2 == 0 ? 60 : 6 * 3600) * 1000L * MS));
        }
        simulation.run(SECONDS);
        superSegments = simulation.client.superSegments + simulation.server.superSegments;
    }

    private boolean byCookie() {
        return get(Knob.OPENING) == Simulation.Opening.COOKIE.ordinal();
    }

    private void apply(Endpoint end, Knob chunk, Knob pause) {
        boolean small = get(chunk) > 0 && end.toSend < 400 * get(chunk);
        end.chunk = small ? (int) get(chunk) : 20_000;
        end.pause = get(pause) * MS;
        end.stalls = (int) get(Knob.STALLS);
        end.stallFor = 20_000 * MS;
    }

    private List<Stage> stages(Stages make, Simulation simulation, Endpoint sender) {
        World world = simulation.world;
        return List.of(
                make.stripFromSyns(chance(Knob.STRIP_SYN_OPTIONS), 2, 3, 4, 8),
                make.stripFromSyns(chance(Knob.STRIP_SYN_ACCECN), 172),
                make.stripLater(8, get(Knob.STRIP_TIMESTAMPS_AFTER) * MS),
                make.stripLater(5, get(Knob.STRIP_SACK_AFTER) * MS),
                make.stripLater(172, get(Knob.STRIP_ACCECN_AFTER) * MS),
                make.stripLater(174, get(Knob.STRIP_ACCECN_AFTER) * MS),
                make.clearLater(172, get(Knob.CLEAR_ACCECN_AFTER) * MS),
                make.dropLater(172, get(Knob.DROP_ACCECN_AFTER) * MS),
                make.mtu(
                        () -> Math.max(get(Knob.IPV6) == 0 ? 576 : 1280, mtu(world)),
                        (packet, mtu) -> tellTooBig(world, sender, packet, mtu)),
                make.loss(chance(Knob.LOSS)),
                make.bursts(chance(Knob.BURSTS)),
                make.thinAcks(chance(Knob.THIN_ACKS)),
                make.line(() -> line(world), (int) get(Knob.QUEUE)),
                make.mark(chance(Knob.CE_MARKS)),
                make.duplicate(chance(Knob.DUPLICATE)),
                make.delay(get(Knob.DELAY) * MS, get(Knob.JITTER) * MS),
                make.reorder(chance(Knob.REORDER), (get(Knob.DELAY) + 3 * get(Knob.JITTER) + 1) * MS),
                make.corrupt(chance(Knob.CORRUPT)));
    }

    private void tellTooBig(World world, Endpoint sender, Packet packet, int mtu) {
        // A cookie would expire while the sizes that pass are found.
        if (byCookie() || !world.harms(chance(Knob.ICMP_LOSS))) {
            int sequence = packet.segment().sequenceNumber();
            world.schedule(get(Knob.DELAY) * MS, () -> {
                sender.connection().onPacketTooBig(mtu, sequence, world.now);
                sender.check();
            });
        }
    }

    /** The path MTU now: it changes every ten seconds. */
    private int mtu(World world) {
        long drop = get(Knob.MTU_DROPS);
        if (drop == 0) {
            return 65_535;
        }
        long step = Math.floorDiv(world.now, 10_000 * MS);
        return 1500 - (int) Math.floorMod((step + seed) * 0x9e3779b1L, drop + 1);
    }

    private int line(World world) {
        long nanos = get(Knob.LINE) * 1000;
        return (int) (get(Knob.LINE_CHANGES) == 0 ? nanos : nanos * Math.floorMod(world.now / (500 * MS), 5) / 2);
    }

    /** The settings of one end, from the knobs whose names begin with it. */
    private TcpConfig config(String end) {
        long bits = get(end, "SWITCHES");
        long mss = get(end, "MSS");
        TcpConfigBuilder builder = TcpConfig.builder()
                .sack(off(bits, Switch.NO_SACK))
                .timestamps(off(bits, Switch.NO_TIMESTAMPS))
                .windowScaling(off(bits, Switch.NO_SCALING))
                .noDelay(!off(bits, Switch.NO_DELAY))
                .delayedAck(Duration.ofMillis(off(bits, Switch.ACK_AT_ONCE) ? 40 : 0))
                .congestion(CongestionAlgorithm.values()[(int) get(end, "CONGESTION")])
                .ecn(EcnMode.values()[(int) get(end, "ECN")])
                .mss(mss == 0 ? 0 : (int) Math.max(byCookie() ? 536 : 0, mss)) // no cookie tells of less
                .mtu(off(bits, Switch.JUMBO) || get(Knob.MTU_DROPS) > 0 ? 1500 : 9000)
                .mtuProbing(off(bits, Switch.PROBE_MTU) ? MtuProbing.ON_BLACK_HOLE : MtuProbing.ALWAYS)
                .autoTune(off(bits, Switch.NO_AUTO_TUNE))
                .slowStartAfterIdle(off(bits, Switch.KEEP_IDLE_WINDOW))
                .notSentLowWater(off(bits, Switch.LOW_WATER) ? 0 : 3000)
                .retries(32)
                .synRetries(16)
                .rto(
                        Duration.ofMillis(off(bits, Switch.SHORT_MIN_RTO) ? 200 : 20),
                        Duration.ofSeconds(off(bits, Switch.SHORT_MAX_RTO) ? 60 : 2))
                // The last ACK can be repeated as long as the link is bad, or the host resets what comes too late.
                .timeWait(off(bits, Switch.SHORT_TIME_WAIT) ? Duration.ofMinutes(10) : Duration.ofSeconds(2));
        if (!off(bits, Switch.KEEP_ALIVE)) {
            builder.keepAlive(Duration.ofSeconds(5), Duration.ofSeconds(2), 1000);
        }
        ifSet(get(end, "SEND"), builder::sendBuffer);
        ifSet(get(end, "RECEIVE"), builder::receiveBuffer);
        ifSet(get(end, "SEND_MAX"), builder::sendBufferMax);
        ifSet(get(end, "RECEIVE_MAX"), builder::receiveBufferMax);
        return builder.build();
    }

    private long get(String end, String setting) {
        return get(Knob.valueOf(end + setting));
    }

    private static void ifSet(long value, IntConsumer setting) {
        if (value > 0) {
            setting.accept((int) value);
        }
    }

    private static boolean off(long bits, Switch option) {
        return (bits >> option.ordinal() & 1) == 0;
    }

    private double chance(Knob knob) {
        return get(knob) / 1000.0;
    }

    /** The seed, and the knobs that are not plain. */
    @Override
    public String toString() {
        StringJoiner text = new StringJoiner(",");
        text.add(Long.toString(seed));
        for (Knob knob : Knob.values()) {
            if (get(knob) != 0) {
                text.add(knob + "=" + get(knob));
            }
        }
        return text.toString();
    }
}
