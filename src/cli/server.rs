//! Which registry a command speaks to, and as whom.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use clap::Args;
use ureq::http::Uri;

use crate::access::local_key::LocalKey;
use crate::access::mint::{TokenOrder, mint};
use crate::cli::Failure;
use crate::cli::client::Client;
use crate::config::Config;
use crate::domain::division::Divisions;
use crate::domain::permission::Scope;
use crate::domain::time::Instant;
use crate::text;

/// The actor of what is written with a token the command made itself.
const SUBJECT: &str = "command-line";

/// Longer than any import takes.
const LIFETIME: Duration = Duration::from_secs(3600);

#[derive(Args, Clone, Debug)]
pub struct ServerArgs {
    /// Address of the registry [default: where --bind has one listen, http://127.0.0.1:8080]
    #[arg(long, env = "REGISTRY_SERVER", value_name = "URL")]
    pub server: Option<String>,
    /// Token to write with; for a server on this machine one is made with the key under --data
    #[arg(long, env = "REGISTRY_TOKEN", value_name = "JWT", hide_env_values = true)]
    pub token: Option<String>,
}

impl ServerArgs {
    /// A client that may write the catalogue of `owner`.
    pub fn connect(&self, config: &Config, owner: &str) -> Result<Client, Failure> {
        self.connect_with(config, Some(owner), Scope::StandardsWrite)
    }

    /// A client that may do one thing for one division and all below it.
    pub fn connect_with(
        &self,
        config: &Config,
        owner: Option<&str>,
        scope: Scope,
    ) -> Result<Client, Failure> {
        let base = self.address(config);
        let local = is_local(&base)?;
        let token = match &self.token {
            Some(token) => token.trim().to_owned(),
            None => own_token(config, owner, scope, local)?,
        };
        Ok(Client::new(base, Some(token), local))
    }

    /// A client for what everybody may read.
    pub fn connect_to_read(&self, config: &Config) -> Result<Client, Failure> {
        let base = self.address(config);
        let local = is_local(&base)?;
        let token = self.token.as_ref().map(|token| token.trim().to_owned());
        Ok(Client::new(base, token, local))
    }

    fn address(&self, config: &Config) -> String {
        match &self.server {
            Some(server) => server.trim_end_matches('/').to_owned(),
            None => format!("http://{}", reachable(config.bind)),
        }
    }
}

/// An address programs on this machine can open: listening everywhere includes here.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port())
    } else {
        address
    }
}

/// The division a command names as owner, if there is one.
pub fn check_owner(owner: &str) -> Result<(), Failure> {
    if Divisions::built_in().get(owner).is_some() {
        return Ok(());
    }
    let unknown = text!("没有代码为 {owner} 的行政区划", "there is no division {owner}");
    Err(Failure::misuse(unknown.in_both()))
}

fn is_local(base: &str) -> Result<bool, Failure> {
    let uri = base.parse::<Uri>().ok();
    let host = uri
        .as_ref()
        .filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")))
        .and_then(Uri::host);
    match host {
        Some(host) => Ok(matches!(host, "localhost" | "127.0.0.1" | "[::1]")),
        None => {
            let wrong = text!(
                "--server {base} 不是 http:// 或 https:// 地址",
                "--server {base} is not an address that begins with http:// or https://"
            );
            Err(Failure::misuse(wrong.in_both()))
        }
    }
}

/// A token of the data folder's key. A key that is not there is not made: no running server would know it.
fn own_token(config: &Config, owner: Option<&str>, scope: Scope, local: bool) -> Result<String, Failure> {
    if !local || !LocalKey::path(&config.access.data_dir).is_file() {
        let missing = text!(
            "需要令牌：以 --token 或环境变量 REGISTRY_TOKEN 给出；本机服务可用 --data 指定其数据目录，由命令自行签发",
            "a token is needed: give --token or REGISTRY_TOKEN; for a server on this machine name its folder with --data and one is made"
        );
        return Err(Failure::misuse(missing.in_both()));
    }
    let order = TokenOrder {
        subject: SUBJECT.to_owned(),
        districts: owner.map(str::to_owned).into_iter().collect(),
        scopes: vec![scope],
        lifetime: LIFETIME,
    };
    mint(&config.access, &order, Instant::now()).map_err(|error| Failure::failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_local() {
        for (base, local) in [
            ("http://127.0.0.1:8080", true),
            ("http://localhost:8080", true),
            ("http://[::1]:8080", true),
            ("https://registry.example.cn", false),
            ("http://127.0.0.1.example.cn", false),
        ] {
            assert_eq!(is_local(base).ok(), Some(local), "{base}");
        }
        assert_eq!(is_local("registry.example.cn").unwrap_err().code, 2);
    }
}
