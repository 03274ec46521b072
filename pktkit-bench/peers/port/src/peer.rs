// SPDX-License-Identifier: MIT

//! A peer: a TUN interface and a UDP socket around one handler.

use crate::uapi;
use pktkit::tuntap::{Tun, TuntapConfig};
use pktkit::wg::{Config, Handler, NoisePresharedKey, NoisePrivateKey, NoisePublicKey, PacketType, TimerAction};
use pktkit::{L3Device, Packet};
use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::unix::net::UnixListener;
use std::sync::{Arc, Mutex, MutexGuard, RwLock};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How many packets wait for a session.
const STAGED: usize = 128;

/// How often who receives looks whether there is another socket.
const WAIT: Duration = Duration::from_millis(100);

/// What the handler does not keep of a peer.
#[derive(Default)]
pub struct Configured {
    pub psk: Option<[u8; 32]>,
    pub endpoint: Option<SocketAddr>,
    pub allowed: Vec<(IpAddr, u8)>,
    pub keepalive: u16,
    pub sent: u64,
    pub received: u64,
    pub last_handshake: u64,
    staged: VecDeque<Vec<u8>>,
}

pub struct State {
    tun: Tun,
    private: Mutex<Option<[u8; 32]>>,
    handler: RwLock<Option<Arc<Handler>>>,
    socket: RwLock<Option<Arc<UdpSocket>>>,
    peers: Mutex<HashMap<[u8; 32], Configured>>,
}

pub fn run(name: &str) {
    let tun = Tun::open(TuntapConfig::new(name)).expect("TUN interface");
    let state = Arc::new(State {
        tun,
        private: Mutex::default(),
        handler: RwLock::default(),
        socket: RwLock::default(),
        peers: Mutex::default(),
    });
    let out = Arc::clone(&state);
    state.tun.set_handler(Arc::new(move |packet: &Packet| {
        out.send(packet.as_bytes());
        Ok(())
    }));
    let folder = "/var/run/wireguard";
    std::fs::create_dir_all(folder).expect(folder);
    let path = format!("{folder}/{name}.sock");
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).expect("socket");
    let told = Arc::clone(&state);
    thread::spawn(move || uapi::serve(listener, told));
    loop {
        thread::sleep(Duration::from_millis(100));
        state.poll_timers();
    }
}

impl State {
    pub fn peers(&self) -> MutexGuard<'_, HashMap<[u8; 32], Configured>> {
        self.peers.lock().expect("peers")
    }

    pub fn private_key(&self) -> Option<[u8; 32]> {
        *self.private.lock().expect("key")
    }

    pub fn port(&self) -> u16 {
        let socket = self.socket();
        socket.and_then(|socket| socket.local_addr().ok()).map_or(0, |address| address.port())
    }

    fn handler(&self) -> Option<Arc<Handler>> {
        self.handler.read().expect("handler").clone()
    }

    fn socket(&self) -> Option<Arc<UdpSocket>> {
        self.socket.read().expect("socket").clone()
    }

    /// The key of a handler is for ever, and so another key is another handler.
    pub fn set_private_key(&self, private: [u8; 32]) {
        let config = Config::default().private_key(NoisePrivateKey::from(private));
        let handler = Handler::new(config).expect("handler");
        for (public, peer) in &*self.peers() {
            authorize(&handler, public, peer);
        }
        *self.handler.write().expect("handler") = Some(handler);
        *self.private.lock().expect("key") = Some(private);
    }

    pub fn listen(self: &Arc<Self>, port: u16) -> Option<()> {
        // Whoever receives on the one before lets it go soon; nobody else is on that port.
        *self.socket.write().expect("socket") = None;
        let socket = (0..50).find_map(|_| {
            let bound = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, port));
            bound.inspect_err(|_| thread::sleep(WAIT)).ok()
        })?;
        socket.set_read_timeout(Some(WAIT)).ok()?;
        let socket = Arc::new(socket);
        *self.socket.write().expect("socket") = Some(Arc::clone(&socket));
        let state = Arc::clone(self);
        thread::spawn(move || state.receive(&socket));
        Some(())
    }

    pub fn add(&self, public: [u8; 32]) {
        let mut peers = self.peers();
        let peer = peers.entry(public).or_default();
        if let Some(handler) = self.handler() {
            authorize(&handler, &public, peer);
        }
    }

    pub fn set_psk(&self, public: &[u8; 32], psk: [u8; 32]) {
        self.change(public, |peer| peer.psk = Some(psk).filter(|psk| *psk != [0; 32]));
        if let Some(handler) = self.handler() {
            handler.add_peer_with_psk(NoisePublicKey::from(*public), NoisePresharedKey::from(psk));
        }
    }

    pub fn set_keepalive(&self, public: &[u8; 32], seconds: u16) {
        self.change(public, |peer| peer.keepalive = seconds);
        if let Some(handler) = self.handler() {
            let interval = Some(seconds).filter(|seconds| *seconds != 0).map(|s| Duration::from_secs(s.into()));
            handler.set_persistent_keepalive(&NoisePublicKey::from(*public), interval);
        }
    }

    pub fn change(&self, public: &[u8; 32], change: impl FnOnce(&mut Configured)) {
        if let Some(peer) = self.peers().get_mut(public) {
            change(peer);
        }
    }

    pub fn remove(&self, public: &[u8; 32]) {
        self.peers().remove(public);
        if let Some(handler) = self.handler() {
            handler.remove_peer(&NoisePublicKey::from(*public));
        }
    }

    pub fn remove_all(&self) {
        let all: Vec<_> = self.peers().keys().copied().collect();
        for public in all {
            self.remove(&public);
        }
    }

    /// A packet of this host for the peer whose prefix is the longest.
    fn send(&self, packet: &[u8]) {
        let Some(destination) = address(packet, 16, 24) else { return };
        let Some(public) = self.owner(destination) else { return };
        let Some(handler) = self.handler() else { return };
        let peer = NoisePublicKey::from(public);
        if handler.has_session(&peer) {
            if let Ok(datagram) = handler.encrypt(packet, &peer) {
                self.transmit(&public, &datagram);
            }
            return;
        }
        self.change(&public, |peer| {
            if peer.staged.len() == STAGED {
                peer.staged.pop_front();
            }
            peer.staged.push_back(packet.to_vec());
        });
        // Without a session this fails, and makes the timers want one. If there is one by now, it is a keepalive.
        match handler.encrypt(&[], &peer) {
            Ok(keepalive) => {
                self.transmit(&public, &keepalive);
                self.flush(&public);
            }
            Err(_) => self.poll_timers(),
        }
    }

    fn flush(&self, public: &[u8; 32]) {
        let Some(handler) = self.handler() else { return };
        let peer = NoisePublicKey::from(*public);
        if !handler.has_session(&peer) {
            return;
        }
        let mut staged = VecDeque::new();
        self.change(public, |peer| staged = std::mem::take(&mut peer.staged));
        for packet in staged {
            if let Ok(datagram) = handler.encrypt(&packet, &peer) {
                self.transmit(public, &datagram);
            }
        }
    }

    fn receive(&self, socket: &Arc<UdpSocket>) {
        let mut buffer = vec![0; 65_535];
        while self.socket().is_some_and(|current| Arc::ptr_eq(&current, socket)) {
            if let Ok((length, from)) = socket.recv_from(&mut buffer) {
                let from = SocketAddr::new(from.ip().to_canonical(), from.port());
                self.take(&buffer[..length], from);
            }
        }
    }

    fn take(&self, datagram: &[u8], from: SocketAddr) {
        let Some(handler) = self.handler() else { return };
        let taken = match handler.process_packet(datagram, &from) {
            Ok(taken) => taken,
            Err(why) => {
                eprintln!("from {from}: {why}");
                return;
            }
        };
        if matches!(taken.ty, PacketType::CookieReply) {
            self.transmit_to(from, &taken.response);
            return;
        }
        if matches!(taken.ty, PacketType::CookieReceived) {
            return;
        }
        let public = *taken.peer_key.as_bytes();
        self.change(&public, |peer| {
            peer.endpoint = Some(from);
            peer.received += datagram.len() as u64;
            if matches!(taken.ty, PacketType::HandshakeResponse) {
                peer.last_handshake = now();
            }
        });
        if !taken.response.is_empty() {
            self.transmit(&public, &taken.response);
        }
        self.flush(&public);
        if !taken.data.is_empty() {
            let allowed = address(&taken.data, 12, 8).and_then(|source| self.owner(source)) == Some(public);
            if allowed {
                let _ = self.tun.send(Packet::from_slice(&taken.data));
            } else {
                eprintln!("from {from}: source is not allowed");
            }
        }
    }

    fn poll_timers(&self) {
        let Some(handler) = self.handler() else { return };
        for action in handler.poll_timers() {
            match action {
                TimerAction::SendHandshake { peer, packet } | TimerAction::SendKeepalive { peer, packet } => {
                    self.transmit(peer.as_bytes(), &packet);
                }
                TimerAction::HandshakeFailed { peer } => self.change(peer.as_bytes(), |peer| peer.staged.clear()),
                _ => {}
            }
        }
    }

    fn transmit(&self, public: &[u8; 32], datagram: &[u8]) {
        let mut endpoint = None;
        self.change(public, |peer| {
            endpoint = peer.endpoint;
            peer.sent += datagram.len() as u64;
        });
        if let Some(endpoint) = endpoint {
            self.transmit_to(endpoint, datagram);
        }
    }

    fn transmit_to(&self, to: SocketAddr, datagram: &[u8]) {
        let mapped = match to.ip() {
            IpAddr::V4(v4) => v4.to_ipv6_mapped(),
            IpAddr::V6(v6) => v6,
        };
        if let Some(socket) = self.socket()
            && let Err(why) = socket.send_to(datagram, (mapped, to.port()))
        {
            eprintln!("to {to}: {why}");
        }
    }

    fn owner(&self, address: IpAddr) -> Option<[u8; 32]> {
        let peers = self.peers();
        let all = peers.iter().flat_map(|(public, peer)| peer.allowed.iter().map(move |prefix| (prefix, *public)));
        all.filter(|(prefix, _)| contains(**prefix, address)).max_by_key(|(prefix, _)| prefix.1).map(|found| found.1)
    }
}

fn authorize(handler: &Handler, public: &[u8; 32], peer: &Configured) {
    let key = NoisePublicKey::from(*public);
    match peer.psk {
        Some(psk) => handler.add_peer_with_psk(key, NoisePresharedKey::from(psk)),
        None => handler.add_peer(key),
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

fn contains((network, bits): (IpAddr, u8), address: IpAddr) -> bool {
    fn same(a: u128, b: u128, width: u32, bits: u8) -> bool {
        bits == 0 || (a ^ b) >> (width - u32::from(bits)) == 0
    }
    match (network, address) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same(u32::from(a).into(), u32::from(b).into(), 32, bits),
        (IpAddr::V6(a), IpAddr::V6(b)) => same(a.into(), b.into(), 128, bits),
        _ => false,
    }
}

/// The address at one of two offsets, by the packet's version.
fn address(packet: &[u8], in_v4: usize, in_v6: usize) -> Option<IpAddr> {
    match packet.first()? >> 4 {
        4 => {
            let bytes: [u8; 4] = packet.get(in_v4..in_v4 + 4)?.try_into().ok()?;
            Some(Ipv4Addr::from(bytes).into())
        }
        6 => {
            let bytes: [u8; 16] = packet.get(in_v6..in_v6 + 16)?.try_into().ok()?;
            Some(Ipv6Addr::from(bytes).into())
        }
        _ => None,
    }
}
