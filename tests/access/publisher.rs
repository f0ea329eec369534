//! An identity provider's key endpoint on the loopback, as small as HTTP allows.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

pub struct Publisher {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    answer: Mutex<(u16, String)>,
    requests: AtomicUsize,
    stopped: AtomicBool,
}

impl Publisher {
    pub fn start(body: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            answer: Mutex::new((200, body)),
            requests: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        });
        let server = Arc::clone(&shared);
        thread::spawn(move || {
            for connection in listener.incoming() {
                if server.stopped.load(Ordering::SeqCst) {
                    return;
                }
                server.serve(connection.unwrap());
            }
        });
        Self { address, shared }
    }

    pub fn url(&self) -> String {
        format!("http://{}/jwks.json", self.address)
    }

    pub fn publish(&self, status: u16, body: impl Into<String>) {
        *self.shared.answer.lock().unwrap() = (status, body.into());
    }

    /// How often it was asked so far.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn serve(&self, mut connection: TcpStream) {
        let lines = BufReader::new(connection.try_clone().unwrap()).lines();
        let asked = lines
            .map_while(Result::ok)
            .take_while(|line| !line.is_empty())
            .count();
        if asked == 0 {
            return;
        }
        self.requests.fetch_add(1, Ordering::SeqCst);
        let (status, body) = self.answer.lock().unwrap().clone();
        let length = body.len();
        // The other side may have gone away; that is its own affair.
        let _ = write!(
            connection,
            "HTTP/1.1 {status} Answer\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}
