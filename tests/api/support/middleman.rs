//! What stands between a registry and those who read it: an address that stays, and mishaps by order.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use super::client::Address;

/// What becomes of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    Pass,
    /// The connection breaks after so many bytes.
    Cut(usize),
    /// 503, as from an overloaded balancer.
    Busy,
    /// Bytes are replaced by others, as many, wherever they occur.
    Replace(Vec<u8>, Vec<u8>),
}

type Judge = Box<dyn FnMut(&str) -> Fate + Send>;

/// Decides the fate of each answer by its request line. It lives as long as the test's process.
pub struct Middleman {
    address: String,
    judge: Arc<Mutex<Judge>>,
    passed: Arc<AtomicUsize>,
}

impl Middleman {
    pub fn before(upstream: Address) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let judge: Arc<Mutex<Judge>> = Arc::new(Mutex::new(Box::new(|_| Fate::Pass)));
        let passed = Arc::new(AtomicUsize::new(0));
        let (judging, counting) = (judge.clone(), passed.clone());
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (judge, passed, upstream) = (judging.clone(), counting.clone(), upstream.clone());
                thread::spawn(move || {
                    let upstream = upstream.read().unwrap().replace("http://", "");
                    // Whatever breaks here is one more mishap.
                    let _ = relay(client, &upstream, &judge, &passed);
                });
            }
        });
        Self {
            address,
            judge,
            passed,
        }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// From now on answers fare as `judge` says, which sees the request's first line.
    pub fn decide(&self, judge: impl FnMut(&str) -> Fate + Send + 'static) {
        *self.judge.lock().unwrap() = Box::new(judge);
    }

    /// How many answers went through whole.
    pub fn passed(&self) -> usize {
        self.passed.load(Ordering::SeqCst)
    }
}

fn relay(
    mut client: TcpStream,
    upstream: &str,
    judge: &Mutex<Judge>,
    passed: &AtomicUsize,
) -> std::io::Result<()> {
    let head = read_head(&mut client)?;
    let line = head.lines().next().unwrap_or_default().to_owned();
    let mut server = TcpStream::connect(upstream)?;
    // One request a connection, and nothing packed: what is replaced must be seen.
    let kept = head.lines().filter(|line| {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        !matches!(name.as_str(), "connection" | "accept-encoding") && !line.is_empty()
    });
    let kept: Vec<_> = kept.collect();
    write!(server, "{}\r\nConnection: close\r\n\r\n", kept.join("\r\n"))?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    let fate = (judge.lock().unwrap())(&line);
    match fate {
        Fate::Pass => {}
        Fate::Cut(at) => answer.truncate(at),
        Fate::Busy => {
            answer = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec();
        }
        Fate::Replace(found, by) => replace(&mut answer, &found, &by),
    }
    client.write_all(&answer)?;
    passed.fetch_add(1, Ordering::SeqCst);
    client.shutdown(Shutdown::Both)
}

fn read_head(client: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn replace(answer: &mut [u8], found: &[u8], by: &[u8]) {
    assert_eq!(found.len(), by.len(), "the answer's length is told beforehand");
    for start in 0..answer.len().saturating_sub(found.len()) {
        if answer[start..].starts_with(found) {
            answer[start..start + by.len()].copy_from_slice(by);
        }
    }
}
