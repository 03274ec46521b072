// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import static org.junit.platform.commons.support.AnnotationSupport.findAnnotation;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Decides whether this machine can run what {@link NeedsPeer} asks for. */
public final class PeerCondition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        Optional<NeedsPeer> asked = findAnnotation(context.getElement(), NeedsPeer.class);
        Optional<String> spared = asked.flatMap(needs -> missing(needs.optional()));
        if (spared.isPresent()) {
            return ConditionEvaluationResult.disabled("skipped: " + spared.get());
        }
        Optional<String> missing = asked.flatMap(needs ->
                (needs.root() ? missingPrivilege() : Optional.<String>empty()).or(() -> missing(needs.value())));
        if (missing.isEmpty()) {
            return ConditionEvaluationResult.enabled("the peer is here");
        }
        if ("required".equals(System.getenv("PKTKIT_INTEROP"))) {
            throw new IllegalStateException("PKTKIT_INTEROP=required, but " + missing.get());
        }
        return ConditionEvaluationResult.disabled("skipped: " + missing.get());
    }

    private static Optional<String> missingPrivilege() {
        if (!"root".equals(System.getProperty("user.name"))) {
            return Optional.of("not root: network namespaces and TAP devices need it");
        }
        return Files.exists(Path.of("/dev/net/tun")) ? Optional.empty() : Optional.of("no /dev/net/tun");
    }

    private static Optional<String> missing(String... commands) {
        return Arrays.stream(commands)
                .filter(command -> !onPath(command))
                .map(command -> "no command '" + command + "'")
                .findFirst();
    }

    private static boolean onPath(String command) {
        return command.startsWith("/")
                ? Files.isExecutable(Path.of(command))
                : Arrays.stream(Commands.PATH.split(":")).anyMatch(dir -> Files.isExecutable(Path.of(dir, command)));
    }
}
