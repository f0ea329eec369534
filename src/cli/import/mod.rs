//! `import`: the rows of a file registered in an owner's catalogue, all checked before any is written.

mod known;
mod note;
mod parts;
mod prepare;
mod send;
mod settle;
mod summary;
mod verdict;

use std::path::PathBuf;

use clap::Args;

use crate::cli::Failure;
use crate::cli::server::{ServerArgs, check_owner};
use crate::cli::source::{self, List};
use crate::config::Config;
use crate::domain::mapping::Mapping;
use crate::text;

use note::Note;
use send::Sender;
use summary::Summary;

pub const EXAMPLES: &str = "\
Examples / 示例:
  standards-registry import data/sample-catalogue.json --owner 370200
      Register rows that are contents already (.json, .ndjson, .jsonl)
  standards-registry import catalogue.xlsx --owner 370214 --dry-run --report findings.csv
      Check a spreadsheet (.xlsx or .csv), every finding into a table; nothing is written
  standards-registry import sports.json --mapping data/mapping-sports-catalogue.toml --owner 370200
      A foreign catalogue, by a mapping; the file named explains the format
  standards-registry import catalogue.csv --owner 370214 --skip-dirty
      Register what is right, report the rest
  standards-registry import catalogue.csv --owner 370214 --update --reason \"2026 年复核\"
      Also bring rows that are there already up to date; what the file does not say stays

A table's header has headings as `export` writes them (编号, 名称, 来源 …) or names of fields (number, title, origin …).
`;` separates the items of a list. A column `placements` holds `qingdao subsystem=老有颐养 dimension=process`; a column
named after a relation (replaces, cites …) holds numbers. Terms may be written as labels (自建, 地方).
A number that cannot be read, or that an earlier row has, is kept as number_as_written and reported.
Exit codes: 0 good, 1 rows are wrong (nothing was written unless --skip-dirty), 2 misuse.";

#[derive(Args, Debug)]
pub struct ImportArgs {
    /// Rows to register: .json, .ndjson, .jsonl, .csv or .xlsx
    file: PathBuf,
    /// Whose catalogue they belong to: a division code
    #[arg(long, value_name = "CODE")]
    owner: String,
    /// How foreign rows become content
    #[arg(long, value_name = "FILE.toml")]
    mapping: Option<PathBuf>,
    /// Why they are registered
    #[arg(long, value_name = "WORDS", required_if_eq("update", "true"))]
    reason: Option<String>,
    /// The document it rests on (文号)
    #[arg(long, value_name = "WORDS")]
    basis: Option<String>,
    /// Check everything, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Write the rows that are right although others are wrong
    #[arg(long)]
    skip_dirty: bool,
    /// Bring rows that are there already up to date instead of passing them over
    #[arg(long)]
    update: bool,
    /// Rows to a request once the file is too large for one
    #[arg(long, value_name = "ROWS", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    batch: u32,
    /// Write every finding to this file, as CSV
    #[arg(long, value_name = "FILE.csv")]
    report: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArgs,
}

pub fn run(config: &Config, args: &ImportArgs) -> Result<(), Failure> {
    check_owner(&args.owner)?;
    let mapping = args.mapping.as_deref().map(read_mapping).transpose()?;
    let list = mapping
        .as_ref()
        .map_or(List::Ours, |mapping| List::At(&mapping.records));
    let source = source::read(&args.file, &list)?;
    source.tell_passed_over();
    let client = args.server.connect(config, &args.owner)?;

    let mut prepared = prepare::rows(source, mapping.as_ref());
    let rows = prepared.rows.len();
    settle::numbers(&mut prepared);
    settle::successions(&mut prepared);
    let doubled = settle::external_ids(&mut prepared);
    let sender = Sender::new(&client, args);
    let checked = sender.check(prepared, &doubled)?;
    note::tell(&checked.notes);
    if let Some(report) = &args.report {
        note::write_report(report, &checked.notes)?;
    }

    let mut summary = Summary {
        rows,
        new: checked.new,
        there: checked.there,
        dirty: checked.dirty,
        warnings: checked.notes.iter().filter(|note| !note.is_error()).count(),
        ..Summary::default()
    };
    let refused = checked.dirty > 0 && !args.skip_dirty;
    let outcome = if args.dry_run || refused {
        Ok(())
    } else {
        sender.write(&checked, &mut summary)
    };
    summary.tell();
    outcome?;
    if refused {
        return Err(dirty(checked.dirty));
    }
    Ok(())
}

fn dirty(rows: usize) -> Failure {
    let told = text!(
        "{rows} 行有误：请更正后重试，或加 --skip-dirty 只写入无误的行",
        "{rows} rows are wrong: mend them, or add --skip-dirty to write the others"
    );
    Failure::failed(told.in_both())
}

fn read_mapping(path: &std::path::Path) -> Result<Mapping, Failure> {
    let shown = path.display();
    let toml = std::fs::read_to_string(path).map_err(|error| Failure::misuse(format!("{shown}: {error}")))?;
    Mapping::parse(&toml).map_err(|text| Failure::misuse(format!("{shown}: {}", text.in_both())))
}
