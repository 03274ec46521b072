// SPDX-License-Identifier: MIT
package io.pktkit.nat.upnp;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a service is: its actions and state variables, of which its description is written and against which calls are checked.
 *
 * @param type such as {@code urn:schemas-upnp-org:service:WANIPConnection:1}
 * @param id such as {@code urn:upnp-org:serviceId:WANIPConn1}
 * @param name what its addresses are made of
 * @param variables by name
 * @param actions by name
 */
record ServiceSpec(String type, String id, String name, Map<String, Variable> variables, Map<String, Action> actions) {

    /**
     * A state variable.
     *
     * @param type of its data
     * @param evented whether subscribers hear of its changes
     * @param range lowest and highest, or empty
     * @param values the only ones, or empty
     */
    record Variable(String type, boolean evented, List<Integer> range, List<String> values) {}

    /**
     * An argument.
     *
     * @param name of it
     * @param in whether it is given, or answered
     * @param variable the state variable that it is like
     */
    record Argument(String name, boolean in, String variable) {}

    /**
     * An action.
     *
     * @param arguments in the order of its definition, which answers keep
     */
    record Action(List<Argument> arguments) {

        List<Argument> in() {
            return arguments.stream().filter(Argument::in).toList();
        }

        List<Argument> out() {
            return arguments.stream().filter(argument -> !argument.in()).toList();
        }
    }

    String controlPath() {
        return "/control/" + name;
    }

    String eventPath() {
        return "/event/" + name;
    }

    String descriptionPath() {
        return "/" + name + ".xml";
    }

    /** Whether it is of a type: its own, or the same of a lower version. */
    boolean isOf(String wanted) {
        return isOf(type, wanted);
    }

    static boolean isOf(String type, String wanted) {
        int end = type.length() - 1; // the version, which has one digit
        return wanted.length() == type.length()
                && wanted.startsWith(type.substring(0, end))
                && wanted.charAt(end) >= '1'
                && wanted.charAt(end) <= type.charAt(end);
    }

    List<String> evented() {
        return variables.entrySet().stream()
                .filter(entry -> entry.getValue().evented())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Whether a value can be one of a variable. */
    boolean isValid(String variable, String value) {
        Variable spec = variables.get(variable);
        if (spec == null) {
            return false;
        }
        Long number = switch (spec.type()) {
            case "ui2" -> number(value, 0xFFFF);
            case "ui4" -> number(value, 0xFFFF_FFFFL);
            case "boolean" -> bool(value) == null ? null : Long.valueOf(0);
            default -> Long.valueOf(0);
        };
        boolean listed = spec.values().isEmpty() || spec.values().contains(value);
        return number != null && listed;
    }

    static @Nullable Long number(String text, long most) {
        if (text.isEmpty() || text.length() > 10 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return null;
        }
        long value = Long.parseLong(text);
        return value <= most ? value : null;
    }

    /** UDA 1.1 section 2.5: "0", "false" or "no", "1", "true" or "yes". */
    static @Nullable Boolean bool(String text) {
        return switch (text) {
            case "1", "true", "yes" -> true;
            case "0", "false", "no" -> false;
            default -> null;
        };
    }

    /** The description (UDA 1.1 section 2.5). */
    String description() {
        StringBuilder xml =
                new StringBuilder("<?xml version=\"1.0\"?>\n<scpd xmlns=\"urn:schemas-upnp-org:service-1-0\">"
                        + "<specVersion><major>1</major><minor>1</minor></specVersion><actionList>");
        actions.forEach((action, spec) -> {
            xml.append("<action><name>").append(action).append("</name>");
            if (!spec.arguments().isEmpty()) {
                xml.append("<argumentList>");
                for (Argument argument : spec.arguments()) {
                    xml.append("<argument><name>")
                            .append(argument.name())
                            .append("</name><direction>")
                            .append(argument.in() ? "in" : "out")
                            .append("</direction><relatedStateVariable>")
                            .append(argument.variable())
                            .append("</relatedStateVariable></argument>");
                }
                xml.append("</argumentList>");
            }
            xml.append("</action>");
        });
        xml.append("</actionList><serviceStateTable>");
        variables.forEach((variable, spec) -> {
            xml.append("<stateVariable sendEvents=\"")
                    .append(spec.evented() ? "yes" : "no")
                    .append("\"><name>")
                    .append(variable)
                    .append("</name><dataType>")
                    .append(spec.type())
                    .append("</dataType>");
            if (!spec.values().isEmpty()) {
                xml.append("<allowedValueList>");
                spec.values()
                        .forEach(value ->
                                xml.append("<allowedValue>").append(value).append("</allowedValue>"));
                xml.append("</allowedValueList>");
            }
            if (!spec.range().isEmpty()) {
                xml.append("<allowedValueRange><minimum>")
                        .append(spec.range().get(0))
                        .append("</minimum><maximum>")
                        .append(spec.range().get(1))
                        .append("</maximum></allowedValueRange>");
            }
            xml.append("</stateVariable>");
        });
        return xml.append("</serviceStateTable></scpd>\n").toString();
    }

    static Builder builder(String type, String id, String name) {
        return new Builder(type, id, name);
    }

    /** Collects one. */
    static final class Builder {
        private final String type;
        private final String id;
        private final String name;
        private final Map<String, Variable> variables = new LinkedHashMap<>();
        private final Map<String, Action> actions = new LinkedHashMap<>();

        private Builder(String type, String id, String name) {
            this.type = type;
            this.id = id;
            this.name = name;
        }

        Builder variable(String variable, String dataType, String... values) {
            variables.put(variable, new Variable(dataType, false, List.of(), List.of(values)));
            return this;
        }

        Builder evented(String variable, String dataType, String... values) {
            variables.put(variable, new Variable(dataType, true, List.of(), List.of(values)));
            return this;
        }

        Builder ranged(String variable, String dataType, int lowest, int highest) {
            variables.put(variable, new Variable(dataType, false, List.of(lowest, highest), List.of()));
            return this;
        }

        /** Arguments as {@code "<NewName Variable"} for what is given and {@code ">NewName Variable"} for what is answered. */
        Builder action(String action, String... arguments) {
            actions.put(
                    action,
                    new Action(java.util.Arrays.stream(arguments)
                            .map(text -> {
                                int space = text.indexOf(' ');
                                return new Argument(
                                        text.substring(1, space), text.charAt(0) == '<', text.substring(space + 1));
                            })
                            .toList()));
            return this;
        }

        ServiceSpec build() {
            return new ServiceSpec(type, id, name, variables, actions);
        }
    }
}
