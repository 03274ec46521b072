// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.foreign;

import java.lang.reflect.InvocationTargetException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where the calls of one thread leave errno. It is stored before the thread returns to Java: until a second call could ask, the
 * JVM may have made calls of its own on that thread, which change it.
 */
public final class CapturedErrno {

    private static final ThreadLocal<CapturedErrno> OWN = ThreadLocal.withInitial(CapturedErrno::new);

    /** What a function of {@link Linkage#findWithErrno} takes first. */
    public final Object segment;

    private final ByteBuffer memory;

    private CapturedErrno() {
        try {
            Class<?> layoutType = Linkage.foreign("MemoryLayout");
            Object layout = Linkage.foreign("Linker$Option")
                    .getMethod("captureStateLayout")
                    .invoke(null);
            Object arena = Linkage.foreign("Arena").getMethod("ofAuto").invoke(null);
            segment = Linkage.foreign("SegmentAllocator")
                    .getMethod("allocate", layoutType)
                    .invoke(arena, layout);
            memory = ((ByteBuffer) Linkage.foreign("MemorySegment")
                            .getMethod("asByteBuffer")
                            .invoke(segment))
                    .order(ByteOrder.nativeOrder());
        } catch (InvocationTargetException e) {
            throw new LinkageError("no memory for errno", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("no memory for errno", e);
        }
        // Other systems capture more than this one number.
        if (memory.capacity() != Integer.BYTES) {
            throw new LinkageError("what a call captures is not errno alone: size=" + memory.capacity());
        }
    }

    /** {@return that of the calling thread} */
    public static CapturedErrno current() {
        return OWN.get();
    }

    /** {@return errno after the last call that failed} */
    public int get() {
        return memory.getInt(0);
    }
}
