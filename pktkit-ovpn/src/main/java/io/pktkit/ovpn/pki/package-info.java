// SPDX-License-Identifier: MIT

/**
 * A small certificate authority in a folder: all that a server needs, and one file for each client.
 *
 * <pre>
 *  ca.crt ca.key server.crt server.key crl.pem   certificates (EC P-256) and the list of those revoked
 *  tls-crypt-v2.key                              the server's key, with which those of clients are made
 *  server.properties                             endpoint, port and protocol that clients are told
 *  clients/NAME.crt clients/NAME.ovpn            what clients were given
 *  users                                         names and passwords, if any were set
 * </pre>
 *
 * The folder is for its owner alone (0700), and so is each file with a secret (0600). A file is written beside its place and
 * then moved there. The authority is good for ten years, a certificate for 825 days.
 */
@NullMarked
package io.pktkit.ovpn.pki;

import org.jspecify.annotations.NullMarked;
