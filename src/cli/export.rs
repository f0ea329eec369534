//! `export`: any list of a registry as a file that spreadsheets and programs open.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::cli::Failure;
use crate::cli::server::{ServerArgs, check_owner};
use crate::cli::words::say;
use crate::config::Config;
use crate::domain::permission::Scope;
use crate::text;

pub const EXAMPLES: &str = "\
Examples / 示例:
  standards-registry export standards --owner 370214 --out chengyang.xlsx
      A district's catalogue as a workbook: edit it, then `import chengyang.xlsx --owner 370214 --update --reason …`
  standards-registry export standards --query level=national --query validity=in_force --as-of 2026-08-31 --out then.csv
      What the registry said at the end of August, as CSV with names of fields
  standards-registry export matrix --framework qingdao --out matrix.xlsx --lang en
      The matrix as a grid, in English
  standards-registry export diff --query from=2026-10-31 --out changes.ndjson
      What changed since, a line each
  standards-registry export audit --out audit.csv --lang zh --bom --server https://registry.example.cn --token \"$TOKEN\"
      The audit trail, as Chinese spreadsheets like it

The file's name says the format: .xlsx, .csv, .ndjson or .json.
Exit codes: 0 good, 1 refused or broken off, 2 misuse.";

#[derive(Args, Debug)]
pub struct ExportArgs {
    /// Which list
    #[arg(value_enum)]
    list: List,
    /// The file to write: .xlsx, .csv, .ndjson or .json
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Only of this division and all below it
    #[arg(long, value_name = "CODE")]
    owner: Option<String>,
    /// What the registry said then: a log position, a day or an instant
    #[arg(long, value_name = "WHEN")]
    as_of: Option<String>,
    /// The day on which validity is judged
    #[arg(long, value_name = "DAY")]
    valid_at: Option<String>,
    /// A filter of the list, name=value; may be repeated
    #[arg(long = "query", value_name = "NAME=VALUE")]
    filters: Vec<String>,
    /// Of `matrix`: which framework
    #[arg(long, value_name = "SLUG", default_value = "qingdao")]
    framework: String,
    /// Headings and labels in this language, zh or en
    #[arg(long, value_name = "LANG")]
    lang: Option<String>,
    /// Begin CSV with a byte order mark, for spreadsheets that need one
    #[arg(long)]
    bom: bool,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum List {
    Standards,
    Frameworks,
    Matrix,
    Diff,
    Audit,
    Divisions,
}

pub fn run(config: &Config, args: &ExportArgs) -> Result<(), Failure> {
    if let Some(owner) = &args.owner {
        check_owner(owner)?;
    }
    let path = path(args)?;
    let client = match args.list {
        List::Audit => args
            .server
            .connect_with(config, args.owner.as_deref(), Scope::AuditRead)?,
        _ => args.server.connect_to_read(config)?,
    };
    // What broke off must not look like what is whole.
    let folder = args.out.parent().filter(|folder| !folder.as_os_str().is_empty());
    let failed = |error: std::io::Error| Failure::failed(format!("{}: {error}", args.out.display()));
    let mut file = tempfile_in(folder.unwrap_or(Path::new(".")), &args.out).map_err(failed)?;
    let position = client.download(&path, &mut file.file)?;
    file.keep(&args.out).map_err(failed)?;
    let shown = args.out.display();
    let told = match position {
        Some(position) => text!(
            "已写入 {shown}，日志位置 {position}",
            "{shown} written, log position {position}"
        ),
        None => text!("已写入 {shown}", "{shown} written"),
    };
    say(told.in_both());
    Ok(())
}

/// A file beside the one to be written.
struct Draft {
    file: std::fs::File,
    path: PathBuf,
}

fn tempfile_in(folder: &Path, out: &Path) -> std::io::Result<Draft> {
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    let path = folder.join(format!(".{name}.{}", std::process::id()));
    let file = std::fs::File::create(&path)?;
    Ok(Draft { file, path })
}

impl Draft {
    fn keep(mut self, out: &Path) -> std::io::Result<()> {
        self.file.flush()?;
        self.file.sync_all()?;
        std::fs::rename(&self.path, out)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Once kept, it is no more under this name.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn path(args: &ExportArgs) -> Result<String, Failure> {
    let extension = args.out.extension().and_then(|extension| extension.to_str());
    let format = extension.unwrap_or_default().to_ascii_lowercase();
    if !matches!(format.as_str(), "xlsx" | "csv" | "ndjson" | "json") {
        let told = text!(
            "--out 须以 .xlsx、.csv、.ndjson 或 .json 结尾",
            "--out must end in .xlsx, .csv, .ndjson or .json"
        );
        return Err(Failure::misuse(told.in_both()));
    }
    let resource = match args.list {
        List::Standards => "/v1/standards".to_owned(),
        List::Frameworks => "/v1/frameworks".to_owned(),
        List::Matrix => format!("/v1/frameworks/{}/matrix", encoded(&args.framework)),
        List::Diff => "/v1/diff".to_owned(),
        List::Audit => "/v1/audit/revisions".to_owned(),
        List::Divisions => "/v1/divisions".to_owned(),
    };
    let mut pairs = vec![("format".to_owned(), format.clone())];
    let mut add = |name: &str, value: Option<&String>| {
        pairs.extend(value.map(|value| (name.to_owned(), value.clone())));
    };
    add("owner", args.owner.as_ref());
    add("as_of", args.as_of.as_ref());
    add("valid_at", args.valid_at.as_ref());
    add("lang", args.lang.as_ref());
    if args.bom {
        pairs.push(("bom".to_owned(), "true".to_owned()));
    }
    // Tables and differences are whole by themselves.
    let is_list = matches!(args.list, List::Standards | List::Audit);
    if is_list && matches!(format.as_str(), "json" | "ndjson") {
        pairs.push(("all".to_owned(), "true".to_owned()));
    }
    for filter in &args.filters {
        let Some((name, value)) = filter.split_once('=') else {
            let told = text!("--query 应为 名称=取值", "--query is name=value");
            return Err(Failure::misuse(told.in_both()));
        };
        pairs.push((name.to_owned(), value.to_owned()));
    }
    let pairs = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    Ok(format!("{resource}?{}", pairs.collect::<Vec<_>>().join("&")))
}

fn encoded(words: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encode = |byte: u8| match kept(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    words.bytes().map(encode).collect()
}
