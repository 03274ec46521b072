// SPDX-License-Identifier: MIT
package io.pktkit.nat.upnp;

/** Why an action failed: UDA 1.1 table 3-3, WANIPConnection:1 section 2.4, WANIPConnection:2 section 2.5. */
final class UpnpFault extends Exception {

    private static final long serialVersionUID = 1;

    static final int INVALID_ACTION = 401;
    static final int INVALID_ARGS = 402;
    static final int ACTION_FAILED = 501;
    static final int NOT_AUTHORIZED = 606;
    static final int INDEX_INVALID = 713;
    static final int NO_SUCH_ENTRY = 714;
    static final int WILDCARD_PORT = 716;
    static final int CONFLICT = 718;
    static final int NO_PORTS = 728;
    static final int NOT_FOUND = 730;
    static final int READ_ONLY = 731;
    static final int INCONSISTENT = 733;

    private final int code;

    UpnpFault(int code) {
        super(description(code));
        this.code = code;
    }

    int code() {
        return code;
    }

    private static String description(int code) {
        return switch (code) {
            case INVALID_ACTION -> "Invalid Action";
            case INVALID_ARGS -> "Invalid Args";
            case NOT_AUTHORIZED -> "Action not authorized";
            case INDEX_INVALID -> "SpecifiedArrayIndexInvalid";
            case NO_SUCH_ENTRY -> "NoSuchEntryInArray";
            case WILDCARD_PORT -> "WildCardNotPermittedInExtPort";
            case CONFLICT -> "ConflictInMappingEntry";
            case NO_PORTS -> "NoPortMapsAvailable";
            case NOT_FOUND -> "PortMappingNotFound";
            case READ_ONLY -> "ReadOnly";
            case INCONSISTENT -> "InconsistentParameters";
            default -> "Action Failed";
        };
    }
}
