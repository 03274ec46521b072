// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import java.util.Random;
import java.util.function.ToLongFunction;

/**
 * What a {@link Scenario} draws by its seed. Zero is the plain value of each, at which it does no harm. Chances are in
 * thousandths and times in milliseconds.
 */
enum Knob {
    /** 0 active and passive, 1 simultaneous, 2 by SYN cookie. */
    OPENING(r -> r.nextInt(8) > 1 ? 0 : 1 + r.nextInt(2)),
    IPV6(r -> r.nextInt(2)),
    UP(r -> size(r)),
    DOWN(r -> size(r)),
    LOSS(r -> sometimes(r, 3, 2, 200)),
    BURSTS(r -> sometimes(r, 4, 1, 30)),
    DUPLICATE(r -> sometimes(r, 2, 1, 200)),
    CORRUPT(r -> sometimes(r, 4, 1, 50)),
    REORDER(r -> sometimes(r, 2, 1, 300)),
    THIN_ACKS(r -> sometimes(r, 4, 1, 900)),
    CE_MARKS(r -> sometimes(r, 2, 1, 100)),
    DELAY(r -> sometimes(r, 4, 3, 100)),
    JITTER(r -> sometimes(r, 3, 2, r.nextInt(5) == 0 ? 1000 : 30)),
    /** Microseconds that a packet takes on the line. */
    LINE(r -> sometimes(r, 3, 2, 2000)),
    /** Whether the line's speed changes. */
    LINE_CHANGES(r -> sometimes(r, 2, 1, 1)),
    /** Packets that the line's queue holds. */
    QUEUE(r -> sometimes(r, 2, 1, 100)),
    STRIP_SYN_OPTIONS(r -> sometimes(r, 4, 1, 500)),
    STRIP_TIMESTAMPS_AFTER(r -> sometimes(r, 6, 1, 2000)),
    STRIP_SACK_AFTER(r -> sometimes(r, 6, 1, 2000)),
    /** Chance that a SYN-ACK loses the AccECN option. */
    STRIP_SYN_ACCECN(r -> sometimes(r, 4, 1, 1000)),
    STRIP_ACCECN_AFTER(r -> sometimes(r, 4, 1, 2000)),
    /** When the fields of that option begin to be cleared. */
    CLEAR_ACCECN_AFTER(r -> sometimes(r, 6, 1, 2000)),
    /** When packets with that option begin to be dropped. */
    DROP_ACCECN_AFTER(r -> sometimes(r, 8, 1, 2000)),
    /** How far the path MTU falls below 1500 bytes, in steps over time. */
    MTU_DROPS(r -> sometimes(r, 4, 1, 900)),
    /** Chance that the router does not tell, or that its word is lost. A thousand is a black hole. */
    ICMP_LOSS(r -> r.nextInt(4) == 0 ? 1000 : sometimes(r, 2, 1, 700)),
    RENEGE(r -> sometimes(r, 3, 1, 300)),
    /** How often the clock leaps forward. */
    LEAPS(r -> sometimes(r, 4, 1, 4)),
    /** Chance that a call tells an earlier time. */
    BACKWARDS(r -> sometimes(r, 4, 1, 300)),
    /** How often each application stops reading, up to 20 s each. */
    STALLS(r -> sometimes(r, 3, 1, 5)),
    /** Whose stream ends only after the other's: 1 the client's, 2 the server's. */
    ENDS_SECOND(r -> sometimes(r, 2, 1, 2)),
    CLIENT_CHUNK(r -> sometimes(r, 4, 1, 400)),
    SERVER_CHUNK(r -> sometimes(r, 4, 1, 400)),
    CLIENT_PAUSE(r -> sometimes(r, 4, 1, 300)),
    SERVER_PAUSE(r -> sometimes(r, 4, 1, 300)),
    /** Bits, one for each {@link Scenario.Switch}. */
    CLIENT_SWITCHES(r -> switches(r)),
    SERVER_SWITCHES(r -> switches(r)),
    /** Ordinals of {@link CongestionAlgorithm}. */
    CLIENT_CONGESTION(r -> r.nextInt(CongestionAlgorithm.values().length)),
    SERVER_CONGESTION(r -> r.nextInt(CongestionAlgorithm.values().length)),
    /** Ordinals of {@link EcnMode}. */
    CLIENT_ECN(r -> r.nextInt(EcnMode.values().length)),
    SERVER_ECN(r -> r.nextInt(EcnMode.values().length)),
    /** Ordinals of {@link Endpoint.Card}. */
    CLIENT_CARD(r -> r.nextInt(Endpoint.Card.values().length)),
    SERVER_CARD(r -> r.nextInt(Endpoint.Card.values().length)),
    CLIENT_MSS(r -> r.nextInt(3) == 0 ? 64 + r.nextInt(1400) : 0),
    SERVER_MSS(r -> r.nextInt(3) == 0 ? 64 + r.nextInt(1400) : 0),
    CLIENT_SEND(r -> 2048 << r.nextInt(8)),
    SERVER_SEND(r -> 2048 << r.nextInt(8)),
    CLIENT_RECEIVE(r -> 2048 << r.nextInt(8)),
    SERVER_RECEIVE(r -> 2048 << r.nextInt(8)),
    CLIENT_SEND_MAX(r -> 2048 << r.nextInt(10)),
    SERVER_SEND_MAX(r -> 2048 << r.nextInt(10)),
    CLIENT_RECEIVE_MAX(r -> 2048 << r.nextInt(10)),
    SERVER_RECEIVE_MAX(r -> 2048 << r.nextInt(10));

    @SuppressWarnings("ImmutableEnumChecker") // the functions hold nothing
    private final ToLongFunction<Random> draw;

    Knob(ToLongFunction<Random> draw) {
        this.draw = draw;
    }

    /** Draws by the seed, whatever other knobs there are. */
    long draw(long seed) {
        return draw.applyAsLong(new Random(seed * 0x9e3779b97f4a7c15L + name().hashCode()));
    }

    private static long size(Random r) {
        return r.nextInt(5) == 0 ? 0 : r.nextInt(r.nextInt(3) == 0 ? 3000 : 150_000);
    }

    /** Zero, or, so often out of so many times, up to the most. */
    private static long sometimes(Random r, int outOf, int times, int most) {
        return r.nextInt(outOf) < times ? 1 + r.nextInt(most) : 0;
    }

    private static long switches(Random r) {
        long bits = 0;
        for (int i = 0; i < Scenario.Switch.values().length; i++) {
            bits |= r.nextInt(3) == 0 ? 1L << i : 0;
        }
        return bits;
    }
}
