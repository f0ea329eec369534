//! A running server process: its address, its words, its end.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// Far above what starting or stopping takes, so that only a hang reaches it.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Process {
    child: Child,
    /// Lines of its standard output. The channel closes when the process ends.
    output: Receiver<String>,
    log: PathBuf,
}

impl Process {
    /// Starts the command and waits for the address it prints. What it says on standard error is added to `log`.
    pub fn start(command: &mut Command, log: &Path) -> (Self, String) {
        let errors = File::options()
            .create(true)
            .append(true)
            .open(log)
            .expect("a log file");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors);
        let mut child = command.spawn().expect("the server starts");
        let stdout = child.stdout.take().expect("a pipe");
        let (sender, output) = mpsc::channel();
        // Reads to the end even if nobody listens: a full pipe would stop the server.
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let process = Self {
            child,
            output,
            log: log.to_owned(),
        };
        let address = process.wait_for_address();
        (process, address)
    }

    fn wait_for_address(&self) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self
                .output
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(line) => {
                    if let Some(address) = address_in(&line) {
                        return address;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("the server printed no address"),
                Err(RecvTimeoutError::Disconnected) => panic!("the server ended before it listened"),
            }
        }
    }

    /// Asks until the answer is yes.
    #[allow(
        clippy::disallowed_methods,
        reason = "nothing but asking again tells when a server is ready"
    )]
    pub fn wait_until(&self, what: &str, ready: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !ready() {
            assert!(
                Instant::now() < deadline,
                "the server is not {what} after {PATIENCE:?}"
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGTERM, then waits for the end.
    pub fn stop(mut self) -> ExitStatus {
        self.signal("TERM");
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self
                .output
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().expect("an exit status"),
                Err(RecvTimeoutError::Timeout) => {
                    panic!("the server did not end within {PATIENCE:?} of SIGTERM")
                }
            }
        }
    }

    /// SIGKILL: no chance to tidy up, as in a crash.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// The standard library can only kill; the shell's own `kill` needs neither unsafe code nor a package.
    fn signal(&self, name: &str) {
        let order = format!("kill -{name} {}", self.child.id());
        let done = Command::new("sh").args(["-c", &order]).status().expect("a shell");
        assert!(done.success(), "{order}: {done}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
        if thread::panicking() {
            let said: Vec<_> = self.output.iter().collect();
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            eprintln!(
                "──── the server said ────\n{}\n{log}─────────────────────────",
                said.join("\n")
            );
        }
    }
}

fn address_in(line: &str) -> Option<String> {
    const HOST: &str = "http://127.0.0.1:";
    let (_, rest) = line.split_once(HOST)?;
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!port.is_empty()).then(|| format!("{HOST}{port}"))
}

/// Memory of its own that a process holds now, in bytes.
pub fn memory_of(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kilobytes.map_or(0, |kilobytes| kilobytes * 1024)
}
