//! `token`: one JWT on standard output.

use clap::Args;

use crate::access::mint::{TokenOrder, mint, parse_lifetime, parse_scopes};
use crate::cli::Failure;
use crate::config::Config;
use crate::domain::division::Divisions;
use crate::domain::text::Text;
use crate::domain::time::Instant;
use crate::text;

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

pub fn run(config: &Config, request: &Request) -> Result<(), Failure> {
    let misuse = |text: Text| Failure::misuse(format!("{}\n{}", text.zh, text.en));
    for district in &request.districts {
        if Divisions::built_in().get(district).is_none() {
            return Err(misuse(text!(
                "没有代码为 {district} 的行政区划",
                "there is no division {district}"
            )));
        }
    }
    let order = TokenOrder {
        subject: request.subject.clone(),
        districts: request.districts.clone(),
        scopes: parse_scopes(&request.scope).map_err(misuse)?,
        lifetime: parse_lifetime(&request.ttl).map_err(misuse)?,
    };
    config
        .create_data_folder()
        .map_err(|error| Failure::failed(error.to_string()))?;
    let token =
        mint(&config.access, &order, Instant::now()).map_err(|error| Failure::failed(error.to_string()))?;
    println!("{token}");
    Ok(())
}
