// SPDX-License-Identifier: MIT
/**
 * The capture as bytes: the program, the values of its tries, and the set of prefixes that decides them. Pure.
 *
 * <p>The program looks the address of a packet up in a trie of its family. The value is the list of the prefix's rules,
 * four bytes each, the one that takes all first; it walks that list, and looks at protocol and port only when the address
 * was found and is not captured whole. So what the host gets costs one lookup, whatever is captured. A trie answers with the
 * longest prefix alone, therefore a prefix holds the rules of those around it as well: a narrower one adds to a broader
 * one and never takes away, and to remove a broader one is to write the narrower ones anew.
 */
@NullMarked
package io.pktkit.afxdp.internal.capture;

import org.jspecify.annotations.NullMarked;
