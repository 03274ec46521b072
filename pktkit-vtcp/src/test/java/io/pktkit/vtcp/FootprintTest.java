// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.ByteBudget;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.TcpSegment;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What an established connection costs that has nothing to do: the objects that it alone holds, counted as HotSpot lays
 * them out on a 64-bit machine with compressed pointers. Settings, tuple and sink are its owner's.
 */
class FootprintTest {
    private static final int MOST = 2048;
    private static final int ACCURATE_ECN = 256; // on top, where both ends ask for it
    private static final int REPEATED = 96; // that a segment came twice, for the next acknowledgment
    private static final long SECOND = 1_000_000_000L;
    private static final TcpTuple TUPLE =
            new TcpTuple(IpAddress.parse("10.0.0.1"), 40000, IpAddress.parse("10.0.0.2"), 80);

    private final Deque<byte[]> toServer = new ArrayDeque<>();
    private final Deque<byte[]> toClient = new ArrayDeque<>();
    private final TcpSegment view = new TcpSegment();
    private long now;

    @ParameterizedTest
    @EnumSource
    void shouldStayBelowTwoKilobytesWhenIdle(EcnMode mode) {
        int most = mode == EcnMode.ACCURATE ? MOST + ACCURATE_ECN : MOST;
        TcpConfig config = TcpConfig.builder().ecn(mode).build();
        TcpConnection client = TcpConnection.connect(config, TUPLE, (t, at) -> 1, new Sink(toServer), now);
        TcpConnection server =
                TcpConnection.accept(config, TUPLE.reversed(), (t, at) -> 2, take(toServer), new Sink(toClient), now);
        exchange(client, server);
        rest(client, server);
        assertSmall(client, most, "established");
        for (int i = 0; i < 100; i++) {
            client.write(ByteBuffer.allocate(10_000), now);
            server.write(ByteBuffer.allocate(10_000), now);
            exchange(client, server);
        }
        rest(client, server);

        assertSmall(client, most, "client, idle again");
        assertSmall(server, most, "server, idle again");
    }

    /** No timer trims in TIME-WAIT, of which there may be many, for a minute each. */
    @ParameterizedTest
    @EnumSource
    void shouldHoldNothingOfTheTransferInTimeWait(EcnMode mode) {
        TcpConfig config = TcpConfig.builder().ecn(mode).build();
        TcpConnection client = TcpConnection.connect(config, TUPLE, (t, at) -> 1, new Sink(toServer), now);
        TcpConnection server =
                TcpConnection.accept(config, TUPLE.reversed(), (t, at) -> 2, take(toServer), new Sink(toClient), now);
        exchange(client, server);
        rest(client, server);
        int idle = sizeOf(client);
        for (int i = 0; i < 100; i++) {
            client.write(ByteBuffer.allocate(10_000), now);
            server.write(ByteBuffer.allocate(10_000), now);
            exchange(client, server);
        }
        client.shutdownOutput(now);
        exchange(client, server);
        server.shutdownOutput(now);
        byte[] fin = toClient.element();
        exchange(client, server);
        assertEquals(TcpState.TIME_WAIT, client.state());
        assertSmall(client, idle + 1, "TIME-WAIT");

        client.onSegment(view.wrap(ByteBuffer.wrap(fin), 0, fin.length), 0, now); // which it answers again
        assertSmall(client, idle + REPEATED + 1, "TIME-WAIT, asked again");
    }

    private void rest(TcpConnection client, TcpConnection server) {
        for (int i = 0; i < 5; i++) {
            now += SECOND;
            client.onTick(now);
            server.onTick(now);
            exchange(client, server);
        }
    }

    private void exchange(TcpConnection client, TcpConnection server) {
        ByteBuffer target = ByteBuffer.allocate(100_000);
        while (!toServer.isEmpty() || !toClient.isEmpty()) {
            now += SECOND / 1000;
            if (!toServer.isEmpty()) {
                server.onSegment(take(toServer), 0, now);
                server.read(target.clear(), now);
            }
            if (!toClient.isEmpty()) {
                client.onSegment(take(toClient), 0, now);
                client.read(target.clear(), now);
            }
            client.onTick(now);
            server.onTick(now);
        }
    }

    private TcpSegment take(Deque<byte[]> queue) {
        byte[] bytes = queue.remove();
        return view.wrap(ByteBuffer.wrap(bytes), 0, bytes.length);
    }

    private static int sizeOf(TcpConnection connection) {
        return add(connection, new TreeMap<>(), Collections.newSetFromMap(new IdentityHashMap<>()));
    }

    private static void assertSmall(TcpConnection connection, int most, String when) {
        Map<String, Integer> parts = new TreeMap<>();
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        int bytes = add(connection, parts, seen);
        assertTrue(bytes < most, () -> when + ": " + bytes + " bytes " + parts);
    }

    private static int add(Object root, Map<String, Integer> parts, Set<Object> seen) {
        int bytes = 0;
        Deque<Object> todo = new ArrayDeque<>();
        todo.add(root);
        while (!todo.isEmpty()) {
            Object object = todo.remove();
            if (isOthers(object) || !seen.add(object)) {
                continue;
            }
            int size = sizeOf(object, todo);
            bytes += size;
            parts.merge(object.getClass().getSimpleName(), size, Integer::sum);
        }
        return bytes;
    }

    private static boolean isOthers(Object object) {
        return object instanceof TcpConfig
                || object instanceof TcpTuple
                || object instanceof ByteBudget
                || object instanceof SegmentSink
                || object instanceof Enum
                || object instanceof Class
                || object.getClass().isSynthetic()
                || object.getClass().isHidden();
    }

    private static int sizeOf(Object object, Deque<Object> todo) {
        Class<?> type = object.getClass();
        if (type.isArray()) {
            return Array.getLength(object) == 0
                    ? 0
                    : aligned(16 + Array.getLength(object) * width(type.getComponentType()));
        }
        int size = 12;
        for (Class<?> owner = type; owner != null && owner != Object.class; owner = owner.getSuperclass()) {
            for (Field field : owner.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers())) {
                    size += width(field.getType());
                    if (!field.getType().isPrimitive()) {
                        enqueue(field, object, todo);
                    }
                }
            }
        }
        return aligned(size);
    }

    private static void enqueue(Field field, Object object, Deque<Object> todo) {
        try {
            field.setAccessible(true);
            Object value = field.get(object);
            if (value != null) {
                todo.add(value);
            }
        } catch (IllegalAccessException e) {
            throw new AssertionError(field.toString(), e);
        }
    }

    private static int width(Class<?> type) {
        if (type == long.class || type == double.class) {
            return 8;
        }
        if (type == byte.class || type == boolean.class) {
            return 1;
        }
        return type == short.class || type == char.class ? 2 : 4;
    }

    private static int aligned(int size) {
        return (size + 7) & ~7;
    }

    private record Sink(Deque<byte[]> queue, ByteBuffer buffer) implements SegmentSink {
        Sink(Deque<byte[]> queue) {
            this(queue, ByteBuffer.allocate(2048));
        }

        @Override
        public ByteBuffer reserve(int length) {
            return buffer.clear();
        }

        @Override
        public void commit(TcpTuple tuple, ByteBuffer segment, int offset, int length, int ecn, boolean dontFragment) {
            byte[] copy = new byte[length];
            segment.get(offset, copy);
            queue.add(copy);
        }
    }
}
