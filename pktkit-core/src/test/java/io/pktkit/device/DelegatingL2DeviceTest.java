// SPDX-License-Identifier: MIT
package io.pktkit.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.hub.L2Hub;
import io.pktkit.link.Links;
import io.pktkit.link.PipeL2;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DelegatingL2DeviceTest {

    private static final MacAddress STATION = MacAddress.parse("02:00:00:00:00:01");

    private final List<String> seen = new ArrayList<>();
    private final PipeL2 pipe = new PipeL2(STATION, frame -> seen.add("far side"));

    /** Changes nothing. */
    private static final class Plain extends DelegatingL2Device {
        Plain(L2Device device) {
            super(device);
        }
    }

    /** Notes what passes, as a device of a user's would that looks on. */
    private final class Noting extends DelegatingL2Device {
        Noting(L2Device device) {
            super(device);
        }

        @Override
        public Attachment<Frame> attach(Receiver<Frame> receiver, Consumer<? super Attachment<Frame>> prepare) {
            return super.attach(receiver, place -> {
                prepare.accept(place);
                place.interpose(new Interposer<>() {
                    @Override
                    public void fromDevice(Frame frame, Receiver<Frame> next) {
                        seen.add("in");
                        next.receive(frame);
                    }

                    @Override
                    public boolean toDevice(Frame frame, Sender<Frame> next) {
                        seen.add("out");
                        return next.send(frame);
                    }
                });
            });
        }
    }

    /** A method that is added to the interfaces is passed on too, or it would quietly be that of a device without it. */
    @Test
    void shouldPassEachMethodOn() throws ReflectiveOperationException {
        List<String> called = new ArrayList<>();
        L2Device recorder = recorder(called);
        Plain plain = new Plain(recorder);
        int methods = 0;

        for (Method method : L2Device.class.getMethods()) {
            if (Modifier.isStatic(method.getModifiers()) || method.isBridge()) {
                continue;
            }
            called.clear();
            invoke(method, plain);

            assertEquals(List.of(method.getName()), called, method::toString);
            methods++;
        }

        assertTrue(methods >= 10, "methods=" + methods);
        assertEquals("the other", plain.toString());
        assertSame(recorder, plain.delegate());
    }

    private static L2Device recorder(List<String> called) {
        return (L2Device) Proxy.newProxyInstance(
                L2Device.class.getClassLoader(), new Class<?>[] {L2Device.class}, (proxy, method, arguments) -> {
                    called.add(method.getName());
                    return answer(method);
                });
    }

    private static @Nullable Object answer(Method method) {
        return switch (method.getName()) {
            case "send" -> true;
            case "mtu" -> 68;
            case "macAddress" -> STATION;
            case "stats" -> new DeviceStats();
            case "done" -> new CompletableFuture<Void>();
            case "offloads" -> Set.of(Offload.CHECKSUM);
            case "toString" -> "the other";
            default -> null;
        };
    }

    private static void invoke(Method method, Device<Frame> device)
            throws IllegalAccessException, InvocationTargetException {
        Object[] arguments = new Object[method.getParameterCount()];
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = argument(method.getParameterTypes()[i]);
        }
        Object result = method.invoke(device, arguments);
        if (method.getReturnType().isPrimitive() && method.getReturnType() != void.class) {
            assertEquals(answer(method), result, method::toString);
        }
    }

    private static Object argument(Class<?> type) {
        if (type == Receiver.class) {
            return (Receiver<Frame>) frame -> {};
        }
        return type == Consumer.class ? (Consumer<Attachment<Frame>>) place -> {} : new Frame();
    }

    @Test
    void shouldStandBetweenForWhomeverAttachesAndHowever() {
        Noting noting = new Noting(pipe);
        L2Hub hub = new L2Hub(new ManualTime());
        Attachment<Frame> port = hub.connect(noting);
        assertTrue(pipe.inject(frame()));
        assertTrue(port.send(frame()));
        port.close();
        Links.Cable<Frame> cable = Links.connect(noting, new PipeL2(STATION));
        assertTrue(pipe.inject(frame()));
        cable.close();

        noting.attach(frame -> seen.add("receiver"));
        pipe.inject(frame());

        assertEquals(List.of("in", "out", "far side", "in", "in", "receiver"), seen);
    }

    @Test
    void shouldBeTheOtherDeviceForItsPlaceItsCountersAndItsEnd() {
        Plain plain = new Plain(pipe);
        Attachment<Frame> place = plain.attach(frame -> seen.add("receiver"));
        assertSame(place, plain.attachment());
        assertSame(place, pipe.attachment());
        assertSame(pipe, place.device());
        pipe.setMtu(9000);
        assertEquals(9000, plain.mtu());
        assertTrue(plain.send(frame()));
        assertEquals(1, plain.stats().snapshot().sentPackets());
        boolean[] done = new boolean[1];
        plain.done().thenRun(() -> done[0] = true);

        plain.close();

        assertTrue(done[0]);
        assertFalse(pipe.inject(frame()));
        assertNull(plain.attachment());
        assertNotNull(plain.toString());
    }

    private static Frame frame() {
        return new Frame().wrap(ByteBuffer.allocate(60));
    }
}
