// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

import io.pktkit.wire.IpAddress;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Places of one kind, such as sockets, that tenants share, and behind each tenant the sources that use them.
 *
 * <p><b>Fairness.</b> A source gets a place while it has no more than are still to be had: one alone takes half of them, two a third
 * each, and so on, so that there always are as many again for the next (the dynamic threshold of Choudhury and Hahne, 1998, with a
 * factor of one). The same holds between tenants; but a tenant that is alone gets all there are.
 *
 * <p><b>Eviction.</b> Who invents sources gets one place for each. So a place is unproven until its holder says otherwise, and when
 * a tenant could get no more, the oldest that is unproven makes room for the new one. A tenant that has more than its part when another
 * comes is asked to {@linkplain Tenant#shed shed} its unproven ones.
 *
 * <p>The total may be looked at and drawn on by any thread, each tenant by who owns it. All of it takes constant time.
 */
public final class TenantQuota {
    private final int limit;
    private final AtomicInteger used = new AtomicInteger();
    private final AtomicInteger tenants = new AtomicInteger();

    /**
     * A quota with all places free.
     *
     * @param limit how many there are, at least 1
     */
    public TenantQuota(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit must be at least 1: limit=" + limit);
        }
        this.limit = limit;
    }

    /** {@return a new tenant, which has no place yet} */
    public Tenant attach() {
        tenants.incrementAndGet();
        return new Tenant();
    }

    /** {@return places that are taken} */
    public int used() {
        return used.get();
    }

    /** {@return how many places there are} */
    public int limit() {
        return limit;
    }

    /** What has a place. */
    @FunctionalInterface
    public interface Holder {
        /** The place is needed for another, and is given back already: end what it was for. Called by who owns the tenant. */
        void onEvicted();
    }

    /** A place that was taken. Owned like its tenant. */
    public static final class Place {
        private final Tenant tenant;
        private final Source source;
        private final Holder holder;
        private boolean held = true;

        private Place(Tenant tenant, Source source, Holder holder) {
            this.tenant = tenant;
            this.source = source;
            this.holder = holder;
        }

        /** Somebody has answered, so the source is no invention: the place is not taken away any more. */
        public void proven() {
            if (tenant.unproven.remove(this)) {
                source.unproven--;
            }
        }

        /** Gives the place back. Idempotent. */
        public void release() {
            if (held) {
                held = false;
                proven();
                tenant.free(source);
            }
        }
    }

    private static final class Source {
        final IpAddress address;
        int places;
        int unproven;

        Source(IpAddress address) {
            this.address = address;
        }
    }

    /** One of those who share. Owned by one owner, in one thread or under one lock. */
    public final class Tenant implements AutoCloseable {
        private final Map<IpAddress, Source> sources = new HashMap<>();

        /** The oldest first. */
        private final Set<Place> unproven = new LinkedHashSet<>();

        private int taken;
        private boolean closed;

        Tenant() {}

        /**
         * Takes a place.
         *
         * @param source whom it is for
         * @param holder told if the place is taken away
         * @return the place, to be released; null if there is none for this source
         */
        public @Nullable Place take(IpAddress source, Holder holder) {
            Source known = sources.get(source);
            if (closed || (known != null && known.places >= available() + unproven.size() - known.unproven)) {
                return null; // it has its part, also of what the unproven of others would make room for
            }
            if (!tryTake() && !(evictOldest() && tryTake())) {
                return null;
            }
            // Looked up anew: what was evicted may have been the source's last.
            Source taker = sources.computeIfAbsent(source, Source::new);
            taker.places++;
            taker.unproven++;
            Place place = new Place(this, taker, holder);
            unproven.add(place);
            return place;
        }

        /** Takes away what is unproven of what this tenant has beyond its part. */
        public void shed() {
            while (tenants.get() > 1 && taken > available() && evictOldest()) {
                // until it is fair, or all that is left is proven
            }
        }

        /** {@return places that this tenant has} */
        public int used() {
            return taken;
        }

        /** {@return sources that have a place} */
        public int sources() {
            return sources.size();
        }

        /** Leaves the sharing. The places that are still taken are released by who holds them. */
        @Override
        public void close() {
            if (!closed) {
                closed = true;
                tenants.decrementAndGet();
            }
        }

        private int available() {
            return limit - TenantQuota.this.used.get();
        }

        private boolean tryTake() {
            int before = TenantQuota.this.used.get();
            while (before < limit && (tenants.get() == 1 || taken < limit - before)) {
                int witness = TenantQuota.this.used.compareAndExchange(before, before + 1);
                if (witness == before) {
                    taken++;
                    return true;
                }
                before = witness;
            }
            return false;
        }

        private boolean evictOldest() {
            Iterator<Place> oldest = unproven.iterator();
            if (!oldest.hasNext()) {
                return false;
            }
            Place victim = oldest.next();
            victim.release();
            victim.holder.onEvicted();
            return true;
        }

        private void free(Source source) {
            if (--source.places == 0) {
                sources.remove(source.address);
            }
            taken--;
            TenantQuota.this.used.decrementAndGet();
        }
    }
}
