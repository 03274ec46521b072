// SPDX-License-Identifier: MIT
package io.pktkit.cli.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ServeCommandTest {

    @Test
    void shouldFailWhenTheServerEndsByItself() {
        CompletableFuture<Void> server = CompletableFuture.completedFuture(null);

        IOException ended = assertThrows(IOException.class, () -> ServeCommand.awaitEnd(new CountDownLatch(1), server));

        assertEquals("the OpenVPN server has ended", ended.getMessage());
    }

    @Test
    void shouldEndInOrderWhenItIsToldTo() throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        told.countDown();

        ServeCommand.awaitEnd(told, new CompletableFuture<>());
        ServeCommand.awaitEnd(told, CompletableFuture.completedFuture(null));
    }
}
