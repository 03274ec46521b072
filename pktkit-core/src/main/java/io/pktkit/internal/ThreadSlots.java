// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/**
 * Hands out small numbers that no two live threads have at once. Any thread.
 *
 * <p>A number is taken from a dead thread only, and what that thread wrote is visible to the next who gets it:
 * {@link Thread#isAlive()} that answers false orders the two (JLS 17.4.4). So a thread may write what belongs to its
 * number as if nobody else ever did.
 */
final class ThreadSlots {

    /** The number of all threads that have none of their own. */
    static final int SHARED = 0;

    private static final @Nullable MethodHandle IS_VIRTUAL = isVirtualOrNull();

    /** Weak, so that a dead thread's class loader can go. A live thread is never collected. */
    private final @Nullable WeakReference<Thread>[] owners;

    /**
     * Creates numbers that are all free.
     *
     * @param count how many there are besides {@link #SHARED}
     */
    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
    ThreadSlots(int count) {
        owners = new WeakReference[count + 1];
    }

    /**
     * Finds a number for the calling thread, the lowest that is free, or the one that it has already. A virtual thread
     * gets none: there may be any number of them, and they do not live long.
     *
     * @return 1 to the count, or {@link #SHARED} if all belong to live threads
     */
    int claim() {
        Thread self = Thread.currentThread();
        return isVirtual(self) ? SHARED : claim(self);
    }

    private synchronized int claim(Thread self) {
        int free = SHARED;
        for (int slot = owners.length - 1; slot > SHARED; slot--) {
            Thread owner = owner(slot);
            // A pool may wipe its threads' locals between two tasks; such a thread comes again.
            if (owner == self) {
                return slot;
            }
            if (owner == null || !owner.isAlive()) {
                free = slot;
            }
        }
        if (free != SHARED) {
            owners[free] = new WeakReference<>(self);
        }
        return free;
    }

    private @Nullable Thread owner(int slot) {
        WeakReference<Thread> owner = owners[slot];
        return owner == null ? null : owner.get();
    }

    private static boolean isVirtual(Thread thread) {
        MethodHandle isVirtual = IS_VIRTUAL;
        if (isVirtual == null) {
            return false;
        }
        try {
            return (boolean) isVirtual.invokeExact(thread);
        } catch (Throwable failure) {
            throw new LinkageError("Thread.isVirtual failed", failure);
        }
    }

    /** Java 17, which this is compiled for, has no virtual threads and no such method. */
    private static @Nullable MethodHandle isVirtualOrNull() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
        } catch (NoSuchMethodException | IllegalAccessException absent) {
            return null;
        }
    }
}
