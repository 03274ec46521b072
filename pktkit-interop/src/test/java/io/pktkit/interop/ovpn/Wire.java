// SPDX-License-Identifier: MIT
package io.pktkit.interop.ovpn;

import io.pktkit.interop.Commands;
import io.pktkit.interop.NetworkNamespace;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** A wire from the host to a namespace: the host is 1 and the namespace 2 on a network of its own. */
final class Wire implements AutoCloseable {
    /** Two runs on one machine are unlikely to meet: each begins somewhere in 198.18.0.0/15. */
    private static final AtomicInteger WIRES =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(512));

    private final int number = WIRES.getAndIncrement() & 511;
    private final String cable =
            "ov" + Integer.toHexString(ThreadLocalRandom.current().nextInt());
    private final NetworkNamespace namespace = new NetworkNamespace();

    Wire() {
        try {
            Commands.run(Rig.LIMIT, "sh", "-ec", """
                    ip link add %1$s type veth peer name p%1$s
                    ip link set p%1$s netns %2$s
                    ip addr add %3$s/24 dev %1$s
                    ip link set %1$s up
                    """.formatted(cable, namespace.name(), outer(1)))
                    .expectSuccess();
            run("ip addr add " + outer(2) + "/24 dev p" + cable + "; ip link set p" + cable + " up");
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    String outer(int end) {
        return "198." + (18 + (number >> 8)) + "." + (number & 255) + "." + end;
    }

    NetworkNamespace namespace() {
        return namespace;
    }

    /** Runs shell commands in the namespace, which must succeed. */
    String run(String commands) {
        return namespace.exec(Rig.LIMIT, "sh", "-ec", commands).expectSuccess().output();
    }

    @Override
    public void close() {
        Commands.run(Rig.LIMIT, "ip", "link", "del", cable);
        namespace.close();
    }
}
