// SPDX-License-Identifier: MIT
package io.pktkit.nat.upnp;

import io.pktkit.nat.service.NatHost;
import io.pktkit.time.Alarm;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** GENA, UDA 1.1 section 4: who subscribes, and who is told. Under the lock of the host, but for {@link #changed}. */
final class Subscriptions implements AutoCloseable {

    static final int MAX = 64;
    static final int MAX_OF_CLIENT = 8;

    /** UDA 1.1 section 4.1.1: at least half an hour; ours is the only one that we give. */
    static final int SECONDS = 1800;

    /** Changes that come together are told together; UDA 1.1 section 4.3 lets evented variables be moderated. */
    static final long MODERATION = Duration.ofMillis(200).toNanos();

    private static final int MAX_URL = 512;

    /** One URL, and that with a literal address: a name could lead anywhere (CVE-2020-12695). */
    private static final Pattern CALLBACK =
            Pattern.compile("<http://([0-9]{1,3}(?:\\.[0-9]{1,3}){3})(?::([0-9]{1,5}))?(/[!-;=?-~]*)?>");

    private final NatHost host;
    private final Igd igd;
    private final IgdActions actions;
    private final Alarm alarm;
    private final Map<String, Subscription> bySid = new LinkedHashMap<>();

    /** Guards when the alarm rings, and nothing else: who tells of a change does not hold the host's lock. */
    private final Object arming = new Object();

    private long armed = Timers.NEVER;

    /** The alarm is to ring at once, for a change of which nobody was told yet. */
    private boolean stale;

    Subscriptions(NatHost host, Igd igd, IgdActions actions) {
        this.host = host;
        this.igd = igd;
        this.actions = actions;
        this.alarm = host.timers().newAlarm(this::onAlarm);
    }

    HttpResponse handle(ServiceSpec service, HttpRequest request, IpAddress client) {
        return switch (request.method()) {
            case "SUBSCRIBE" -> {
                String sid = request.header("sid");
                boolean fresh = request.header("nt") != null || request.header("callback") != null;
                if (sid != null && fresh) {
                    yield new HttpResponse(400); // UDA 1.1 section 4.1.2: incompatible header fields
                }
                yield sid == null ? subscribe(service, request, client) : renew(service, sid, client);
            }
            case "UNSUBSCRIBE" -> unsubscribe(service, request.header("sid"), client);
            default -> new HttpResponse(405).header("ALLOW", "SUBSCRIBE, UNSUBSCRIBE");
        };
    }

    private HttpResponse subscribe(ServiceSpec service, HttpRequest request, IpAddress client) {
        String callback = request.header("callback");
        if (!"upnp:event".equals(request.header("nt")) || callback == null) {
            return new HttpResponse(412);
        }
        Matcher url = CALLBACK.matcher(callback.length() > MAX_URL ? "" : callback);
        if (!url.matches() || !isSame(url.group(1), client)) {
            return new HttpResponse(412);
        }
        int port = url.group(2) == null ? 80 : Integer.parseInt(url.group(2));
        if (port < 1 || port > 65_535) {
            return new HttpResponse(412);
        }
        long now = host.shell().nowNanos();
        expire(now);
        if (bySid.size() >= MAX || of(client) >= MAX_OF_CLIENT) {
            return new HttpResponse(503);
        }
        String path = url.group(3) == null ? "/" : url.group(3);
        String sid = "uuid:" + UUID.randomUUID();
        Subscription made = new Subscription(host, actions, igd, service, sid, client, port, path, this::arm);
        made.expiresNanos = now + Duration.ofSeconds(SECONDS).toNanos();
        bySid.put(sid, made);
        made.dueNanos = now; // UDA 1.1 section 4.1.2: all values at once, after the response
        arm();
        return accepted(sid);
    }

    /** The literal address is the one that it subscribes from. */
    private static boolean isSame(String literal, IpAddress client) {
        try {
            return IpAddress.parse(literal).equals(client);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private int of(IpAddress client) {
        int count = 0;
        for (Subscription each : bySid.values()) { // 64 at most
            count += each.client.equals(client) ? 1 : 0;
        }
        return count;
    }

    private static HttpResponse accepted(String sid) {
        return new HttpResponse(200).header("SID", sid).header("TIMEOUT", "Second-" + SECONDS);
    }

    private @Nullable Subscription own(ServiceSpec service, @Nullable String sid, IpAddress client) {
        expire(host.shell().nowNanos());
        Subscription found = sid == null ? null : bySid.get(sid);
        boolean theirs = found != null
                && found.client.equals(client)
                && found.service.type().equals(service.type());
        return theirs ? found : null;
    }

    private HttpResponse renew(ServiceSpec service, String sid, IpAddress client) {
        Subscription found = own(service, sid, client);
        if (found == null) {
            return new HttpResponse(412);
        }
        found.expiresNanos =
                host.shell().nowNanos() + Duration.ofSeconds(SECONDS).toNanos();
        arm();
        return accepted(sid);
    }

    private HttpResponse unsubscribe(ServiceSpec service, @Nullable String sid, IpAddress client) {
        Subscription found = own(service, sid, client);
        if (found == null) {
            return new HttpResponse(412);
        }
        bySid.remove(found.sid);
        found.close();
        return new HttpResponse(200);
    }

    /** Something may have changed. Any thread, and with any lock but the host's. */
    void changed() {
        synchronized (arming) {
            stale = true;
            alarm.arm(host.timers().nowNanos());
        }
    }

    private void onAlarm() {
        host.shell().enter();
        try {
            synchronized (arming) {
                armed = Timers.NEVER;
                stale = false;
            }
            long now = host.shell().nowNanos();
            expire(now);
            for (Subscription each : List.copyOf(bySid.values())) {
                each.onTimer(now);
                if (each.isGivenUp()) {
                    bySid.remove(each.sid);
                    each.close();
                }
            }
            arm();
        } finally {
            host.shell().leave();
        }
    }

    private void expire(long now) {
        for (Subscription each : List.copyOf(bySid.values())) {
            if (now - each.expiresNanos >= 0) {
                bySid.remove(each.sid);
                each.close();
            }
        }
    }

    private void arm() {
        long next = Timers.NEVER;
        for (Subscription each : bySid.values()) {
            next = Timers.earlier(next, Timers.earlier(each.expiresNanos, each.dueNanos));
        }
        synchronized (arming) {
            if (!stale && next != armed) {
                armed = next;
                alarm.arm(next);
            }
        }
    }

    /** How many there are, for tests. */
    int size() {
        return bySid.size();
    }

    @Override
    public void close() {
        host.shell().enter();
        try {
            bySid.values().forEach(Subscription::close);
            bySid.clear();
        } finally {
            host.shell().leave();
        }
        alarm.close();
    }
}
