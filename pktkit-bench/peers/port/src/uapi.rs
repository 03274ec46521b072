// SPDX-License-Identifier: MIT

//! The cross-platform configuration protocol, as far as the tests' `wg` commands use it.

use crate::peer::{Configured, State};
use crate::{hex, key};
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;

pub fn serve(listener: UnixListener, state: Arc<State>) {
    for stream in listener.incoming().flatten() {
        // Whoever asks wrongly loses this connection only.
        let _ = talk(&stream, &state);
    }
}

fn talk(stream: &UnixStream, state: &Arc<State>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let mut out = stream;
    while let Some(first) = lines.next() {
        match first?.as_str() {
            "get=1" => out.write_all(shown(state).as_bytes())?,
            "set=1" => {
                let mut changes = Vec::new();
                for line in lines.by_ref() {
                    let line = line?;
                    if line.is_empty() {
                        break;
                    }
                    changes.push(line);
                }
                let error = match set(state, &changes) {
                    Some(()) => 0,
                    None => -22,
                };
                write!(out, "errno={error}\n\n")?;
            }
            _ => return Ok(()),
        }
    }
    Ok(())
}

fn shown(state: &State) -> String {
    let mut text = String::new();
    if let Some(private) = state.private_key() {
        text += &format!("private_key={}\n", hex(&private));
    }
    text += &format!("listen_port={}\n", state.port());
    for (public, peer) in &*state.peers() {
        text += &format!("public_key={}\n", hex(public));
        text += &format!("preshared_key={}\n", hex(&peer.psk.unwrap_or([0; 32])));
        text += "protocol_version=1\n";
        if let Some(endpoint) = peer.endpoint {
            text += &format!("endpoint={endpoint}\n");
        }
        text += &format!("last_handshake_time_sec={}\nlast_handshake_time_nsec=0\n", peer.last_handshake);
        text += &format!("tx_bytes={}\nrx_bytes={}\n", peer.sent, peer.received);
        text += &format!("persistent_keepalive_interval={}\n", peer.keepalive);
        for (address, bits) in &peer.allowed {
            text += &format!("allowed_ip={address}/{bits}\n");
        }
    }
    text + "errno=0\n\n"
}

fn set(state: &Arc<State>, changes: &[String]) -> Option<()> {
    let mut of: Option<[u8; 32]> = None;
    for change in changes {
        let (name, value) = change.split_once('=')?;
        match (name, of) {
            ("private_key", None) => state.set_private_key(key(value)?),
            ("listen_port", None) => state.listen(value.parse().ok()?)?,
            ("fwmark", None) => {}
            ("replace_peers", None) => state.remove_all(),
            ("public_key", _) => {
                let public = key(value)?;
                state.add(public);
                of = Some(public);
            }
            ("remove", Some(public)) => state.remove(&public),
            ("preshared_key", Some(public)) => state.set_psk(&public, key(value)?),
            ("persistent_keepalive_interval", Some(public)) => state.set_keepalive(&public, value.parse().ok()?),
            ("endpoint", Some(public)) => {
                let endpoint: SocketAddr = value.parse().ok()?;
                state.change(&public, |peer| peer.endpoint = Some(endpoint));
            }
            ("replace_allowed_ips", Some(public)) => state.change(&public, |peer| peer.allowed.clear()),
            ("allowed_ip", Some(public)) => {
                let (address, bits) = value.split_once('/')?;
                let prefix: (IpAddr, u8) = (address.parse().ok()?, bits.parse().ok()?);
                allow(state, &public, prefix);
            }
            ("protocol_version", Some(_)) | ("update_only", Some(_)) => {}
            _ => return None,
        }
    }
    Some(())
}

/// A prefix is one peer's.
fn allow(state: &State, public: &[u8; 32], prefix: (IpAddr, u8)) {
    let mut peers = state.peers();
    for peer in peers.values_mut() {
        peer.allowed.retain(|other| *other != prefix);
    }
    if let Some(Configured { allowed, .. }) = peers.get_mut(public) {
        allowed.push(prefix);
    }
}
