// SPDX-License-Identifier: MIT
package io.pktkit.nat.service;

import io.pktkit.device.FailureLog;
import io.pktkit.nat.Nat;
import io.pktkit.nat.NatLocal;
import io.pktkit.nat.NatPort;
import io.pktkit.time.Timers;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Runs services on each link of a NAT, from when it is there until it is gone. Any thread. */
public final class NatServices implements AutoCloseable {

    private static final FailureLog FAILURES = new FailureLog(NatServices.class, "service of a NAT");

    private final Nat nat;
    private final Timers timers;
    private final List<NatService> services;
    private final Map<NatPort, Running> running = new ConcurrentHashMap<>();
    private volatile boolean closed;

    private record Running(NatHost host, List<AutoCloseable> parts) {}

    private NatServices(Nat nat, Timers timers, List<NatService> services) {
        this.nat = nat;
        this.timers = timers;
        this.services = List.copyOf(services);
    }

    /**
     * Starts services on the links that there are, and on those that come.
     *
     * @param nat the NAT, which has no other host
     * @param timers its clock
     * @param services what to run
     * @return the services, to be closed before the NAT, so that they can say good-bye
     */
    public static NatServices on(Nat nat, Timers timers, List<? extends NatService> services) {
        NatServices made = new NatServices(nat, timers, List.copyOf(services));
        nat.local(made.new Links());
        return made;
    }

    private void open(NatPort port) {
        if (closed) {
            return;
        }
        Running link = new Running(new NatHost(nat, port, timers), new ArrayList<>());
        for (NatService service : services) {
            try {
                link.parts.add(service.start(link.host));
            } catch (IOException | RuntimeException | Error failure) {
                FAILURES.record(failure);
            }
        }
        running.put(port, link);
        if (closed) {
            end(port);
        }
    }

    private void end(NatPort port) {
        Running link = running.remove(port);
        if (link == null) {
            return;
        }
        for (AutoCloseable part : link.parts) {
            try {
                part.close();
            } catch (Throwable failure) {
                FAILURES.record(failure);
            }
        }
        link.host.shell().close();
    }

    /** Ends all services; the NAT goes on without. Idempotent. */
    @Override
    public void close() {
        closed = true;
        List.copyOf(running.keySet()).forEach(this::end);
    }

    private final class Links implements NatLocal {

        @Override
        public void opened(NatPort port) {
            open(port);
        }

        @Override
        public void receive(NatPort port, Packet packet) {
            Running link = running.get(port);
            if (link != null) {
                link.host.receive(packet);
            }
        }

        @Override
        public void closed(NatPort port) {
            end(port);
        }
    }
}
