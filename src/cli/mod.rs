//! The command line: one binary for everything.

mod client;
mod export;
mod fsck;
mod import;
mod log;
mod migrate;
mod mirror;
mod progress;
mod push;
mod rebuild;
mod serve;
mod server;
mod source;
mod token;
mod verify;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, Settings};
use crate::http::openapi;

/// 公共服务标准登记簿：一部日志，既是今天的目录，也是任一天的目录。
/// A versioned registry of public-service standards: one log, read as it stands and as it stood.
#[derive(Parser)]
#[command(name = "standards-registry", version, after_help = EXAMPLES, max_term_width = 110)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    /// TOML file with settings; its keys are the flags' names with `_`
    #[arg(long, env = "REGISTRY_CONFIG", global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Subcommand)]
enum Command {
    /// Answer HTTP requests (the default) / 启动服务
    Serve,
    /// Issue a token and print it, nothing else / 签发令牌
    Token(token::Request),
    /// Print the OpenAPI specification / 输出接口规范
    Openapi,
    /// Bring the database to the newest shape and stop / 升级数据库结构
    Migrate,
    /// Register the rows of a file: JSON, NDJSON, CSV or XLSX, foreign ones by a mapping / 导入目录
    #[command(after_help = import::EXAMPLES)]
    Import(import::ImportArgs),
    /// Write a list to a file: XLSX, CSV, NDJSON or JSON / 导出
    #[command(after_help = export::EXAMPLES)]
    Export(export::ExportArgs),
    /// Make a catalogue equal to a file, after showing what that changes / 推送目录
    #[command(after_help = push::EXAMPLES)]
    Push(push::PushArgs),
    /// Keep a copy of another registry, and know that it is complete / 保存另一登记簿的副本
    #[command(after_help = mirror::EXAMPLES)]
    Mirror(mirror::MirrorArgs),
    /// Check that everything stored is what was written / 检查数据完好
    #[command(after_help = fsck::EXAMPLES)]
    Fsck,
    /// The key that signs the log, and what to do after a restore / 日志的签名密钥与纪元
    #[command(subcommand, after_help = log::EXAMPLES)]
    Log(log::LogCommand),
    /// Make the projection again from the log / 由日志重建投影
    #[command(after_help = rebuild::EXAMPLES)]
    Rebuild,
    /// Check evidence without trusting who gave it: a bundle, a registry, a mirror / 核验证据
    #[command(after_help = verify::EXAMPLES)]
    Verify(verify::VerifyArgs),
}

const EXAMPLES: &str = "\
Examples / 示例:
  standards-registry
      Serve on http://127.0.0.1:8080 with everything under ./data
  standards-registry --bind 0.0.0.0:8080 --data /var/lib/registry
      Serve to the network
  DATABASE_URL=postgres://registry@db/registry standards-registry
      Serve from PostgreSQL; migrations run on start
  standards-registry token --subject chengyang-sync --district 370214 --scope \"standards:write\"
      Issue a token for Chengyang's system
  standards-registry import catalogue.csv --owner 370214 --dry-run
      Check a spreadsheet's rows; without --dry-run, register them
  standards-registry export standards --owner 370214 --out chengyang.xlsx
      A catalogue as a workbook; edited, `import` takes it back
  standards-registry push catalogue.json --owner 370214 --reason \"2026 Q4\"
      Show how a catalogue would change, and change it once confirmed
  standards-registry mirror https://registry.qingdao.example.cn --data /var/lib/copy
      Keep a verified copy of the city's registry; `serve --mirror-of` serves it as well
  standards-registry fsck
      Check that nothing stored was altered
  standards-registry log keys
      Show the keys to check the log's signatures with
  standards-registry verify evidence-all-812.zip
      Check evidence without trusting who gave it
  standards-registry openapi > openapi.json
      Save the specification for a client generator

Settings come from flags, then the environment (REGISTRY_*, DATABASE_URL), then the file of --config.
Exit codes: 0 good, 1 failed, 2 misuse.";

/// What a failed command tells people, with the code the process ends with.
#[derive(Debug)]
pub struct Failure {
    pub code: u8,
    pub message: String,
}

impl Failure {
    pub fn failed(message: impl Into<String>) -> Self {
        Self {
            code: 1,
            message: message.into(),
        }
    }

    /// A failure of which standard output has told already.
    pub fn told() -> Self {
        Self::failed("")
    }

    pub fn misuse(message: impl Into<String>) -> Self {
        Self {
            code: 2,
            message: message.into(),
        }
    }
}

/// Runs the command given and answers the process's exit code.
pub fn main() -> ExitCode {
    let given = CommandLine::parse();
    match run(given) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.message.is_empty() {
                eprintln!("standards-registry: {}", failure.message);
            }
            ExitCode::from(failure.code)
        }
    }
}

fn run(given: CommandLine) -> Result<(), Failure> {
    let config = Config::resolve(given.settings, given.config.as_deref()).map_err(Failure::misuse)?;
    match given.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(&config),
        Command::Token(request) => token::run(&config, &request),
        Command::Openapi => {
            print!("{}", openapi::document_text());
            Ok(())
        }
        Command::Migrate => migrate::run(&config),
        Command::Import(args) => import::run(&config, &args),
        Command::Export(args) => export::run(&config, &args),
        Command::Push(args) => push::run(&config, &args),
        Command::Mirror(args) => mirror::run(&config, &args),
        Command::Fsck => fsck::run(&config),
        Command::Log(command) => log::run(&config, &command),
        Command::Rebuild => rebuild::run(&config),
        Command::Verify(args) => verify::run(&args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }
}
