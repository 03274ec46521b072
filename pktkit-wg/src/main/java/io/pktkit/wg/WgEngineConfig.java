// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What an engine is made with. Mutable, one thread; the engine keeps no reference to it. */
public final class WgEngineConfig {

    private final InstantSource wallClock;
    private final SecureRandom random;
    private @Nullable RandomGenerator jitter;
    private WgPeerListener listener = new WgPeerListener() {};
    private WgCipher cipher = WgCipher.jca();
    private int loadThreshold = 1000;
    private int maxPeers = 65_536;
    private int maxUnknownPeers = 10_000;
    private int stagedBytes = 16 << 20;

    private WgEngineConfig(InstantSource wallClock, SecureRandom random) {
        this.wallClock = wallClock;
        this.random = random;
    }

    /**
     * Begins with the two things that have no default.
     *
     * @param wallClock the time of day, for the timestamps of handshakes only; need not be monotonic
     * @param random where keys, indexes and secrets come from; used by several threads at once
     * @return the configuration
     */
    public static WgEngineConfig create(InstantSource wallClock, SecureRandom random) {
        return new WgEngineConfig(wallClock, random);
    }

    /**
     * Sets where the jitter of repetitions comes from. It need not be secure; unless set it is seeded from the other source.
     *
     * @param source the source, used under a lock
     * @return this
     */
    public WgEngineConfig jitter(RandomGenerator source) {
        jitter = source;
        return this;
    }

    /**
     * Sets who is told of what happens to peers.
     *
     * @param told the listener
     * @return this
     */
    public WgEngineConfig listener(WgPeerListener told) {
        listener = told;
        return this;
    }

    /**
     * Sets what encrypts transport data and agrees on keys.
     *
     * @param choice the cipher, {@link WgCipher#jca} unless told otherwise
     * @return this
     */
    public WgEngineConfig cipher(WgCipher choice) {
        cipher = choice;
        return this;
    }

    /**
     * Sets from when on handshakes need a cookie.
     *
     * @param messages handshake messages in a second that are answered without, 0 for none; 1000 unless told otherwise
     * @return this
     */
    public WgEngineConfig loadThreshold(int messages) {
        loadThreshold = notNegative("loadThreshold", messages);
        return this;
    }

    /**
     * Bounds the peers of all identities together.
     *
     * @param peers the most, 65 536 unless told otherwise
     * @return this
     */
    public WgEngineConfig maxPeers(int peers) {
        maxPeers = notNegative("maxPeers", peers);
        return this;
    }

    /**
     * Bounds those peers that were let in as unknown peers.
     *
     * @param peers the most, 10 000 unless told otherwise
     * @return this
     */
    public WgEngineConfig maxUnknownPeers(int peers) {
        maxUnknownPeers = notNegative("maxUnknownPeers", peers);
        return this;
    }

    /**
     * Bounds the packets of all peers together that wait for a session.
     *
     * @param bytes the memory that they may take, 16 MiB unless told otherwise
     * @return this
     */
    public WgEngineConfig stagedBytes(int bytes) {
        stagedBytes = notNegative("stagedBytes", bytes);
        return this;
    }

    private static int notNegative(String name, int value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " must not be negative: " + name + "=" + value);
        }
        return value;
    }

    InstantSource wallClock() {
        return wallClock;
    }

    SecureRandom random() {
        return random;
    }

    @Nullable
    RandomGenerator jitter() {
        return jitter;
    }

    WgPeerListener listener() {
        return listener;
    }

    WgCipher cipher() {
        return cipher;
    }

    int loadThreshold() {
        return loadThreshold;
    }

    int maxPeers() {
        return maxPeers;
    }

    int maxUnknownPeers() {
        return maxUnknownPeers;
    }

    int stagedBytes() {
        return stagedBytes;
    }
}
