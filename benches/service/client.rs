//! The smallest HTTP client that keeps its connection: what it costs is taken from the side it measures, so it costs
//! next to nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use crate::Outcome;

pub struct Client {
    stream: BufReader<TcpStream>,
}

pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Client {
    pub fn connect(address: &str) -> Outcome<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::with_capacity(64 * 1024, stream),
        })
    }

    pub fn get(&mut self, line: &str, headers: &[(&str, &str)]) -> Outcome<Reply> {
        self.ask(line, headers)?;
        self.reply()
    }

    /// Asks without waiting for the answer.
    pub fn ask(&mut self, line: &str, headers: &[(&str, &str)]) -> Outcome<()> {
        let headers: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let request = format!("GET {line} HTTP/1.1\r\nHost: bench\r\n{headers}\r\n");
        Ok(self.stream.get_mut().write_all(request.as_bytes())?)
    }

    pub fn post(&mut self, line: &str, token: &str, body: &[u8]) -> Outcome<Reply> {
        let mut request = format!(
            "POST {line} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.stream.get_mut().write_all(&request)?;
        self.reply()
    }

    /// How many lines a body has that comes chunk by chunk.
    pub fn count_lines(&mut self, line: &str, headers: &[(&str, &str)]) -> Outcome<usize> {
        let mut lines = 0;
        self.chunks(line, headers, |chunk| {
            lines += chunk.iter().filter(|byte| **byte == b'\n').count();
        })?;
        Ok(lines)
    }

    /// How many bytes a body has that comes chunk by chunk.
    pub fn count_bytes(&mut self, line: &str, headers: &[(&str, &str)]) -> Outcome<usize> {
        let mut bytes = 0;
        self.chunks(line, headers, |chunk| bytes += chunk.len())?;
        Ok(bytes)
    }

    fn chunks(&mut self, line: &str, headers: &[(&str, &str)], mut each: impl FnMut(&[u8])) -> Outcome<()> {
        self.ask(line, headers)?;
        let reply = self.head()?.expect(200)?;
        if reply.header("transfer-encoding") != Some("chunked") {
            return Err("a body that is not sent chunk by chunk".into());
        }
        let mut chunk = Vec::new();
        loop {
            let length = usize::from_str_radix(&self.head_line()?, 16)?;
            chunk.resize(length, 0);
            self.stream.read_exact(&mut chunk)?;
            self.head_line()?;
            if length == 0 {
                return Ok(());
            }
            each(&chunk);
        }
    }

    fn reply(&mut self) -> Outcome<Reply> {
        let mut reply = self.head()?;
        let length = reply.header("content-length").map_or(Ok(0), str::parse)?;
        if reply.status != 304 {
            reply.body.resize(length, 0);
            self.stream.read_exact(&mut reply.body)?;
        }
        Ok(reply)
    }

    /// A reply before its body.
    fn head(&mut self) -> Outcome<Reply> {
        let status_line = self.head_line()?;
        let status = status_line
            .split(' ')
            .nth(1)
            .ok_or("a reply without a status")?
            .parse()?;
        let mut headers = Vec::new();
        loop {
            let line = self.head_line()?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Ok(Reply {
            status,
            headers,
            body: Vec::new(),
        })
    }

    fn head_line(&mut self) -> Outcome<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err("the server hung up".into());
        }
        line.truncate(line.trim_end().len());
        Ok(line)
    }
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Passes a reply of the expected status on; any other is a failed measurement.
    pub fn expect(self, status: u16) -> Outcome<Self> {
        if self.status == status {
            return Ok(self);
        }
        let body: String = String::from_utf8_lossy(&self.body).chars().take(600).collect();
        Err(format!("status {} instead of {status}: {body}", self.status).into())
    }
}
