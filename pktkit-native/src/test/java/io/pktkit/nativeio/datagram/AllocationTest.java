// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.datagram;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.datagram.Datagram;
import io.pktkit.datagram.DatagramBatch;
import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.FixedPath;
import io.pktkit.datagram.OffloadMode;
import io.pktkit.device.Burst;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Objects;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@EnabledOnOs(OS.LINUX)
@Timeout(value = 300, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AllocationTest {

    private static final int BATCHES = 500;
    private static final int DATAGRAMS = 20;

    private long received;

    @ParameterizedTest
    @CsvSource({"linux, AUTO, 127.0.0.1", "linux, OFF, 127.0.0.1", "linux, AUTO, ::1", "portable, OFF, 127.0.0.1"})
    void shouldNotAllocateForADatagram(String provider, OffloadMode mode, String address) throws IOException {
        IpAddress loopback = IpAddress.parse(address);
        DatagramConfig config =
                DatagramConfig.builder().address(loopback).offload(mode).build();
        try (DatagramEndpoint a = Ends.provider(provider).open(config);
                DatagramEndpoint b = Ends.provider(provider).open(config)) {
            var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            FixedPath to = Ends.to(b, loopback);
            long id = Thread.currentThread().getId();
            long least = Long.MAX_VALUE;
            // The compiler removes short-lived objects of the JDK and of JNA; until it has, rounds differ.
            for (int round = 0; round < 300 && least >= BATCHES; round++) {
                long before = threads.getThreadAllocatedBytes(id);
                exchange(a, b, to);
                least = Math.min(least, threads.getThreadAllocatedBytes(id) - before);
            }
            assertTrue(least < (long) BATCHES * DATAGRAMS, "bytes for " + BATCHES * DATAGRAMS + " datagrams: " + least);
        }
    }

    private void exchange(DatagramEndpoint a, DatagramEndpoint b, FixedPath to) throws IOException {
        for (int i = 0; i < BATCHES; i++) {
            Burst burst = Burst.open();
            for (int k = 0; k < DATAGRAMS; k++) {
                DatagramBatch batch = Objects.requireNonNull(a.batch());
                int at = batch.reserve(300, to, 0);
                batch.buffer().putLong(at, k);
                batch.commit(300);
            }
            burst.close();
            received = 0;
            while (received < DATAGRAMS) {
                b.receive(this::take);
            }
        }
    }

    private void take(Datagram datagram) {
        received += datagram.length() == 300 ? 1 : 1000;
    }
}
