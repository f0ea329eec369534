//! A bad network: answers 503 of its own, breaks bodies off at any byte, loses what was on its way.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::thread;

use super::chance::Chance;
use super::client::Address;

const REFUSAL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// How often a connection is answered 503, and how often it breaks, in a hundred.
const REFUSED: usize = 8;
const BROKEN: usize = 35;

/// Stands between clients and a server until it is dropped.
pub struct Proxy {
    listens: SocketAddr,
    stopping: Arc<AtomicBool>,
}

impl Proxy {
    /// A bad connection to wherever `target` is at the time.
    pub fn to(target: Address, chance: Chance) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let listens = listener.local_addr().expect("an address");
        let stopping = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stopping);
        let chance = Arc::new(Mutex::new(chance));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let chance = chance.lock().unwrap().fork();
                let target = target.read().unwrap().clone();
                thread::spawn(move || carry(client, &target, chance));
            }
        });
        Self { listens, stopping }
    }

    /// Where clients find it.
    pub fn address(&self) -> Address {
        Arc::new(RwLock::new(format!("http://{}", self.listens)))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.listens);
    }
}

/// Carries one connection, for as long as chance lets it.
fn carry(mut client: TcpStream, target: &str, mut chance: Chance) {
    if chance.percent(REFUSED) {
        let mut request = [0; 4096];
        let _ = client.read(&mut request);
        let _ = client.write_all(REFUSAL);
        return;
    }
    let Ok(mut server) = TcpStream::connect(target.trim_start_matches("http://")) else {
        return;
    };
    let (Ok(mut from_client), Ok(mut to_server)) = (client.try_clone(), server.try_clone()) else {
        return;
    };
    thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Both);
    });
    let mut left = if chance.percent(BROKEN) {
        chance.size()
    } else {
        usize::MAX
    };
    let mut buffer = [0; 8192];
    while left > 0 {
        let Ok(read @ 1..) = server.read(&mut buffer) else {
            break;
        };
        let passed = read.min(left);
        if client.write_all(&buffer[..passed]).is_err() {
            break;
        }
        left -= passed;
    }
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}
