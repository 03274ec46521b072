// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import io.pktkit.device.DropReason;
import io.pktkit.hub.HubPort;
import io.pktkit.hub.guard.GuardReason;
import io.pktkit.interop.Await;
import io.pktkit.interop.Commands;
import io.pktkit.interop.NetworkNamespace;
import io.pktkit.interop.Pings;
import io.pktkit.lab.Lan;
import io.pktkit.tuntap.Tap;
import io.pktkit.tuntap.TapConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/** A Linux kernel of its own, on a guest's port of a {@link Lan}: what it does there it does with real programs. */
final class TapGuest implements AutoCloseable {
    /** The interface in the namespace. */
    final String name = "tg" + Integer.toHexString(ThreadLocalRandom.current().nextInt());

    final String mac;
    /** What the kernel makes of {@link #mac} without being told, RFC 4291 appendix A. */
    final String linkLocal;

    final HubPort port;

    private final NetworkNamespace namespace = new NetworkNamespace();
    private final List<Program> programs = new ArrayList<>();
    private final Tap tap;

    TapGuest(Lan lan, int number) throws IOException {
        mac = "02:00:00:00:01:%02x".formatted(number);
        linkLocal = "fe80::ff:fe00:1%02x".formatted(number);
        try {
            tap = Tap.open(TapConfig.builder().name(name).up(false).build());
        } catch (IOException e) {
            namespace.close();
            throw e;
        }
        try {
            port = lan.connect(tap);
            namespace.adopt(name);
            // Without duplicate detection, for whose end the first packet would wait.
            run("sysctl -qw net.ipv6.conf.$IF.accept_dad=0 && ip link set $IF address " + mac + " up");
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** Gives the guest an address with its length, as an administrator does. */
    TapGuest address(String prefix) {
        run("ip addr add " + prefix + " dev $IF" + (prefix.contains(":") ? " nodad" : ""));
        return this;
    }

    /** Runs a shell command in the namespace, in which {@code $IF} is the interface; it must succeed. */
    String run(String command) {
        return tryRun(command).expectSuccess().output();
    }

    Commands.Result tryRun(String command) {
        return namespace.exec(TapLan.LIMIT, "sh", "-c", "IF=" + name + "; " + command);
    }

    /** Starts a program in the namespace, which ends with the guest at the latest. */
    Program start(String command) throws IOException {
        Program program = new Program(namespace.name(), "IF=" + name + "; exec " + command);
        programs.add(program);
        return program;
    }

    /** Starts {@code ip monitor} with options and objects, and waits until it hears of what changes. */
    Program monitor(String what) throws IOException {
        return start("ip -o " + what).awaitSubscribed();
    }

    /** Pings 100 times within two seconds, of which each must be answered. */
    void pingWithoutLoss(String address) {
        String output = tryRun(Pings.command(100, "-i 0.02", address)).output();
        Pings.expectAll(100, output + run("ip neigh"));
    }

    /** Pings until there is an answer. What the guest sent before has been judged then, as frames keep their order. */
    void pingUntilAnswered(String address) {
        run("ping -c 1 -i 0.2 -w 60 " + address);
    }

    /** The station that the guest takes an address for. */
    String neighbor(String address) {
        return run("ip neigh show " + address + " dev $IF").replaceAll("(?s).*lladdr (\\S+).*", "$1");
    }

    /** Everything that IPv6 was told of and by whom. */
    String ipv6() {
        return run("ip -6 addr show dev $IF && ip -6 route show");
    }

    /** Waits until the guard has dropped so many frames of the guest for these reasons together. */
    void awaitGuarded(long least, GuardReason... reasons) {
        await(least, () -> Arrays.stream(reasons).mapToLong(port::guarded).sum());
    }

    /** Waits until so many frames of the guest went nowhere for a reason. */
    void awaitDropped(long least, DropReason reason) {
        await(least, () -> port.dropped(reason));
    }

    private void await(long least, LongSupplier count) {
        Await.until(() -> least + " of: " + guarded(), () -> count.getAsLong() >= least);
    }

    /** All that the guard dropped, by reason. */
    String guarded() {
        StringBuilder counts = new StringBuilder();
        for (GuardReason reason : GuardReason.values()) {
            counts.append(reason).append('=').append(port.guarded(reason)).append(' ');
        }
        return counts.toString();
    }

    @Override
    public void close() {
        programs.forEach(Program::close);
        tap.close();
        namespace.close();
    }
}
