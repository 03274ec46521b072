// SPDX-License-Identifier: MIT

//! A handler without network: each line of the input is a request, each line of the output its answer.
//!
//! ```text
//! key PRIVATE LOAD      a new handler, under load from so many initiations a second: "public KEY"
//! peer PUBLIC [PSK]     "done"
//! remove PUBLIC         "done"
//! initiate PUBLIC       "bytes DATAGRAM", or "refused WHY"
//! seal PUBLIC [PACKET]  "bytes DATAGRAM", or "refused WHY"
//! take ADDRESS DATAGRAM "TYPE ANSWER PACKET", each of the latter "-" where there is none, or "refused WHY"
//! ```

use crate::{hex, key, unhex};
use pktkit::wg::{Config, Handler, NoisePresharedKey, NoisePrivateKey, NoisePublicKey, PacketType};
use std::io::{BufRead, Write, stdin, stdout};
use std::sync::Arc;

pub fn run() {
    let mut handler = None;
    for line in stdin().lock().lines() {
        let line = line.expect("input");
        let words: Vec<&str> = line.split(' ').collect();
        let answer = answer(&mut handler, &words).unwrap_or_else(|| format!("wrong request: {line}"));
        let mut out = stdout().lock();
        writeln!(out, "{answer}").and_then(|()| out.flush()).expect("output");
    }
}

fn answer(handler: &mut Option<Arc<Handler>>, words: &[&str]) -> Option<String> {
    if let ["key", private, load] = words {
        let config = Config::default()
            .private_key(NoisePrivateKey::from(key(private)?))
            .load_threshold(load.parse().ok()?);
        let made = Handler::new(config).ok()?;
        let public = hex(made.public_key().as_bytes());
        *handler = Some(made);
        return Some(format!("public {public}"));
    }
    let handler = handler.as_ref()?;
    let public = |text: &str| key(text).map(NoisePublicKey::from);
    let told = match *words {
        ["peer", peer] => {
            handler.add_peer(public(peer)?);
            "done".into()
        }
        ["peer", peer, psk] => {
            handler.add_peer_with_psk(public(peer)?, NoisePresharedKey::from(key(psk)?));
            "done".into()
        }
        ["remove", peer] => {
            handler.remove_peer(&public(peer)?);
            "done".into()
        }
        ["initiate", peer] => bytes(handler.initiate_handshake(&public(peer)?)),
        ["seal", peer] => bytes(handler.encrypt(&[], &public(peer)?)),
        ["seal", peer, packet] => bytes(handler.encrypt(&unhex(packet)?, &public(peer)?)),
        ["take", from, datagram] => match handler.process_packet(&unhex(datagram)?, &from.parse().ok()?) {
            Ok(taken) => format!("{} {} {}", name(taken.ty), or_dash(&taken.response), or_dash(&taken.data)),
            Err(why) => format!("refused {why}"),
        },
        _ => return None,
    };
    Some(told)
}

fn bytes(made: pktkit::Result<Vec<u8>>) -> String {
    match made {
        Ok(bytes) => format!("bytes {}", hex(&bytes)),
        Err(why) => format!("refused {why}"),
    }
}

fn name(ty: PacketType) -> &'static str {
    match ty {
        PacketType::HandshakeResponse => "handshake",
        PacketType::CookieReply => "cookie-reply",
        PacketType::TransportData => "data",
        PacketType::Keepalive => "keepalive",
        PacketType::CookieReceived => "cookie-received",
    }
}

fn or_dash(bytes: &[u8]) -> String {
    if bytes.is_empty() { "-".into() } else { hex(bytes) }
}
