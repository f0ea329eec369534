//! Load for reads, by `wrk`: it is quick enough not to be what is measured.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::Outcome;

const CONNECTIONS: &str = "32";

/// Asks for the lines of a file in turn.
const IN_TURN: &str = r#"
local requests, turn = {}, 0
function init()
  for line in io.lines(os.getenv("BENCH_LINES")) do
    requests[#requests + 1] = wrk.format("GET", line)
  end
end
function request()
  turn = turn % #requests + 1
  return requests[turn]
end
"#;

/// Requests a second that `address` answers when asked for `lines`, in turn.
pub fn load(
    address: &str,
    lines: &[String],
    headers: &[(&str, &str)],
    time: Duration,
    folder: &Path,
) -> Outcome<f64> {
    let (listed, script) = (folder.join("lines"), folder.join("in-turn.lua"));
    fs::write(&listed, lines.join("\n"))?;
    fs::write(&script, IN_TURN)?;
    let mut wrk = Command::new("wrk");
    wrk.args(["--threads", "1", "--connections", CONNECTIONS, "--duration"])
        .arg(format!("{}s", time.as_secs()))
        .arg("--script")
        .arg(&script)
        .env("BENCH_LINES", &listed);
    for (name, value) in headers {
        wrk.arg("--header").arg(format!("{name}: {value}"));
    }
    let output = wrk.arg(format!("http://{address}/")).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() || said.contains("Non-2xx") || said.contains("Socket errors") {
        return Err(format!("wrk: {said}{}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let rate = said
        .lines()
        .find_map(|line| line.trim().strip_prefix("Requests/sec:"))
        .ok_or("wrk told no rate")?;
    Ok(rate.trim().parse()?)
}
