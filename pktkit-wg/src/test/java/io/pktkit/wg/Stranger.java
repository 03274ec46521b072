// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.wg.internal.noise.ResponderKeys;
import io.pktkit.wire.IpAddress;
import java.util.Random;

/** Somebody who knows the key of a host and nothing else: initiations with a right mac1, which are nobody's. */
final class Stranger {

    private final Random random;
    private final byte[] template;

    /** Makes an initiation to a host, as somebody does whom it does not know. */
    Stranger(World world, Host to, Random random) {
        this.random = random;
        Host stranger = world.host("192.0.2.3");
        stranger.connected = false;
        stranger.peer = stranger.identity.addPeer(to.identity.publicKey(), World.options(to), world.now);
        stranger.engine.initiate(stranger.peer, world.now, stranger);
        template = stranger.last(1);
        world.hosts.remove(stranger);
    }

    /** Genuine to the eye: a right mac1, but the key is nobody's. Another one each time. */
    byte[] initiation(ResponderKeys to) {
        byte[] message = template.clone();
        byte[] noise = new byte[36];
        random.nextBytes(noise);
        System.arraycopy(noise, 0, message, 4, 36);
        return forTo(to, message);
    }

    /** What was made, for another host. */
    byte[] sameFor(Host to) {
        return forTo(keys(to), template.clone());
    }

    WgEndpoint spoofed() {
        return new WgEndpoint(IpAddress.ofIpv4(random.nextInt()), 1 + random.nextInt(65_535));
    }

    static ResponderKeys keys(Host host) {
        return new ResponderKeys(host.identity.publicKey().toBytes());
    }

    private static byte[] forTo(ResponderKeys to, byte[] message) {
        System.arraycopy(to.mac1().of(message, 0, 116), 0, message, 116, 16);
        return message;
    }
}
