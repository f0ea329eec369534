//! `token`: one JWT on standard output.

use clap::Args;

use crate::cli::Failure;
use crate::config::Config;

/// What the token shall allow.
#[derive(Args)]
pub struct Request {
    /// Who it is for; becomes the actor of what is written with it
    #[arg(long, value_name = "NAME")]
    pub subject: String,
    /// Division code it reaches, with everything below; may be repeated
    #[arg(long = "district", value_name = "CODE")]
    pub districts: Vec<String>,
    /// What it may do, separated by blanks: standards:write frameworks:write audit:read admin
    #[arg(long, value_name = "SCOPES", default_value = "")]
    pub scope: String,
    /// How long it holds: 15m, 1h, 30d
    #[arg(long, value_name = "DURATION", default_value = "1h")]
    pub ttl: String,
}

pub fn run(_config: &Config, _request: &Request) -> Result<(), Failure> {
    Err(Failure::failed("tokens cannot be issued yet"))
}
