// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import java.util.List;
import java.util.function.Consumer;

/** One element of a path in one direction: hands each packet on once, several times or never, now or later. */
@FunctionalInterface
interface Stage {
    void pass(Packet packet, Consumer<Packet> next);

    /** The stages one after the other. */
    static Consumer<Packet> chain(List<Stage> stages, Consumer<Packet> last) {
        Consumer<Packet> next = last;
        for (int i = stages.size() - 1; i >= 0; i--) {
            Stage stage = stages.get(i);
            Consumer<Packet> after = next;
            next = packet -> stage.pass(packet, after);
        }
        return next;
    }
}
