// SPDX-License-Identifier: MIT
package io.pktkit.dns.upstream;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Somebody who waits for an answer. Owned by the engine. */
final class Waiting {
    final Object principal;
    final Consumer<? super DnsOutcome> onOutcome;

    /** What it waits for; null once it does not. */
    @Nullable
    Inquiry inquiry;

    Waiting(Object principal, Consumer<? super DnsOutcome> onOutcome) {
        this.principal = principal;
        this.onOutcome = onOutcome;
    }
}
