// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.capture;

import io.pktkit.afxdp.capture.CaptureConfig;
import io.pktkit.afxdp.capture.CaptureRule;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which prefixes are captured, and by which rules. Immutable: a change gives another set, and the {@link #changes} between
 * the two are what is to be written into the tries. So a change that is refused changes nothing, and who writes keeps the
 * old set until the kernel has taken the new one.
 */
public final class CaptureSet {

    private final CaptureConfig config;

    /** As the caller gave them, in the order in which the prefixes came. */
    private final Map<IpPrefix, List<CaptureRule>> own;

    private CaptureSet(CaptureConfig config, Map<IpPrefix, List<CaptureRule>> own) {
        this.config = config;
        this.own = own;
    }

    /**
     * What is to be written for a prefix.
     *
     * @param prefix the prefix, host bits cleared
     * @param rules the rules in walk order, or null to delete it
     */
    public record Change(IpPrefix prefix, @Nullable List<CaptureRule> rules) {}

    /**
     * Starts with nothing captured.
     *
     * @param config the bounds
     * @return the empty set
     */
    public static CaptureSet empty(CaptureConfig config) {
        return new CaptureSet(config, Map.of());
    }

    /**
     * Adds a rule to a prefix.
     *
     * @param prefix its host bits are ignored
     * @param rule the rule
     * @return the set with it; this one if it was there
     * @throws IllegalArgumentException if the prefix is too short, the set would hold a whole family, or there is no room
     */
    public CaptureSet with(IpPrefix prefix, CaptureRule rule) {
        IpPrefix masked = prefix.masked();
        List<CaptureRule> present = own.getOrDefault(masked, List.of());
        if (present.contains(rule)) {
            return this;
        }
        int least = config.minPrefix(masked.family());
        if (masked.length() < least) {
            throw new IllegalArgumentException(
                    "a captured prefix has a length of at least " + least + ": prefix=" + masked);
        }
        Map<IpPrefix, List<CaptureRule>> next = new LinkedHashMap<>(own);
        List<CaptureRule> rules = new ArrayList<>(present);
        rules.add(rule);
        next.put(masked, List.copyOf(rules));
        CaptureSet set = new CaptureSet(config, next);
        if (present.isEmpty()) {
            set.checkRoom(masked);
        }
        for (IpPrefix each : next.keySet()) {
            if (encloses(masked, each) && set.effective(each).size() > config.maxRules()) {
                throw new IllegalArgumentException("a prefix has at most " + config.maxRules()
                        + " rules, those of the prefixes around it included: prefix=" + each + " rule=" + rule);
            }
        }
        return set;
    }

    /**
     * Takes a rule from a prefix; with its last one the prefix goes.
     *
     * @param prefix its host bits are ignored
     * @param rule the rule
     * @return the set without it; this one if it was not there
     */
    public CaptureSet without(IpPrefix prefix, CaptureRule rule) {
        IpPrefix masked = prefix.masked();
        List<CaptureRule> present = own.getOrDefault(masked, List.of());
        if (!present.contains(rule)) {
            return this;
        }
        Map<IpPrefix, List<CaptureRule>> next = new LinkedHashMap<>(own);
        List<CaptureRule> rules = new ArrayList<>(present);
        rules.remove(rule);
        if (rules.isEmpty()) {
            next.remove(masked);
        } else {
            next.put(masked, List.copyOf(rules));
        }
        return new CaptureSet(config, next);
    }

    /**
     * Takes a prefix out with all its rules.
     *
     * @param prefix its host bits are ignored
     * @return the set without it; this one if it was not there
     */
    public CaptureSet without(IpPrefix prefix) {
        if (!own.containsKey(prefix.masked())) {
            return this;
        }
        Map<IpPrefix, List<CaptureRule>> next = new LinkedHashMap<>(own);
        next.remove(prefix.masked());
        return new CaptureSet(config, next);
    }

    /**
     * What is to be written where another set is to become this one.
     *
     * @param before the other
     * @return what is new or different, then what is to go
     */
    public List<Change> changes(CaptureSet before) {
        List<Change> changes = new ArrayList<>();
        for (IpPrefix prefix : own.keySet()) {
            List<CaptureRule> rules = effective(prefix);
            if (!before.own.containsKey(prefix) || !rules.equals(before.effective(prefix))) {
                changes.add(new Change(prefix, rules));
            }
        }
        for (IpPrefix prefix : before.own.keySet()) {
            if (!own.containsKey(prefix)) {
                changes.add(new Change(prefix, null));
            }
        }
        return changes;
    }

    /** {@return the prefixes with the rules that each was given, in the order in which they came} */
    public Map<IpPrefix, List<CaptureRule>> rules() {
        return Collections.unmodifiableMap(own);
    }

    /** The rules that decide about a prefix of the set: its own, and those of the prefixes around it. */
    List<CaptureRule> effective(IpPrefix prefix) {
        List<CaptureRule> all = new ArrayList<>(own.getOrDefault(prefix, List.of()));
        own.forEach((other, rules) -> {
            if (!other.equals(prefix) && encloses(other, prefix)) {
                all.addAll(rules);
            }
        });
        return RuleList.walkOrder(all);
    }

    private static boolean encloses(IpPrefix outer, IpPrefix inner) {
        return outer.length() <= inner.length() && outer.contains(inner.address());
    }

    /**
     * Refuses what does not fit, or would hold a whole family: a floor for each prefix does not do it, as two halves are a
     * whole. Addresses of prefixes inside others are counted twice, which errs to the safe side.
     */
    private void checkRoom(IpPrefix added) {
        BigInteger held = BigInteger.ZERO;
        int count = 0;
        int bits = added.family() == IpFamily.IPV4 ? 32 : 128;
        for (IpPrefix prefix : own.keySet()) {
            if (prefix.family() == added.family()) {
                held = held.add(BigInteger.ONE.shiftLeft(bits - prefix.length()));
                count++;
            }
        }
        if (held.compareTo(BigInteger.ONE.shiftLeft(bits)) >= 0) {
            throw new IllegalArgumentException(
                    "the prefixes would capture all of " + added.family() + ": prefix=" + added);
        }
        if (count > config.maxPrefixes()) {
            throw new IllegalArgumentException(
                    "at most " + config.maxPrefixes() + " prefixes of a family are captured: prefix=" + added);
        }
    }
}
