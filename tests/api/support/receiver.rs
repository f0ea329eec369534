//! A receiver of webhooks: each attempt waits until the test has looked at it and answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver as Queue, Sender};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Far above what a hint takes, so that only a missing one reaches it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Listens until the test ends.
pub struct Receiver {
    listens: SocketAddr,
    attempts: Queue<Attempt>,
}

/// One request under way. Dropped without an answer it is broken off.
pub struct Attempt {
    head: Vec<(String, String)>,
    pub body: String,
    connection: TcpStream,
}

impl Receiver {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let listens = listener.local_addr().expect("an address");
        let (arrived, attempts) = mpsc::channel();
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let arrived = arrived.clone();
                thread::spawn(move || receive(connection, &arrived));
            }
        });
        Self { listens, attempts }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hooks/registry", self.listens)
    }

    /// The next attempt, as soon as it is there.
    #[track_caller]
    pub fn next(&self) -> Attempt {
        self.attempts.recv_timeout(PATIENCE).expect("a hint")
    }

    /// Whether nothing has arrived that was not looked at.
    pub fn is_quiet(&self) -> bool {
        self.attempts.try_recv().is_err()
    }
}

fn receive(connection: TcpStream, arrived: &Sender<Attempt>) -> Option<()> {
    let mut reader = BufReader::new(connection.try_clone().ok()?);
    let mut request_line = String::new();
    reader.read_line(&mut request_line).ok()?;
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        head.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let (_, length) = head.iter().find(|(name, _)| name == "content-length")?;
    let mut body = vec![0; length.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    arrived
        .send(Attempt {
            head,
            body,
            connection,
        })
        .ok()
}

impl Attempt {
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let found = self.head.iter().find(|(present, _)| present == name);
        found.map_or_else(|| panic!("no {name} in {:?}", self.head), |(_, value)| value)
    }

    pub fn id(&self) -> String {
        self.header("webhook-id").to_owned()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }

    pub fn position(&self) -> u64 {
        self.json()["data"]["position"].as_u64().expect("a position")
    }

    /// Whether the signature is the one its secret makes, worked out by the letter of RFC 2104.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret"));
        let mut block = key.expect("Base64");
        block.resize(64, 0);
        let padded = |pad: u8| block.iter().map(|byte| byte ^ pad).collect::<Vec<_>>();
        let signed = format!("{}.{}.{}", self.id(), self.header("webhook-timestamp"), self.body);
        let inner = Sha256::new()
            .chain_update(padded(0x36))
            .chain_update(signed)
            .finalize();
        let outer = Sha256::new()
            .chain_update(padded(0x5c))
            .chain_update(inner)
            .finalize();
        self.header("webhook-signature") == format!("v1,{}", STANDARD.encode(outer))
    }

    pub fn answer(self, status: u16) {
        self.answer_with(status, "");
    }

    /// Answers with a line more in the head.
    pub fn answer_with(mut self, status: u16, line: &str) {
        let line = if line.is_empty() {
            String::new()
        } else {
            format!("{line}\r\n")
        };
        // The sender may have given up, and then does not want to know.
        let _ = write!(
            self.connection,
            "HTTP/1.1 {status} As Asked\r\n{line}Content-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }
}
