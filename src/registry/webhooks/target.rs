//! A webhook's URL, checked as far as that goes without asking anyone. Names are resolved, and their addresses checked,
//! at each delivery: who owns a name can point it elsewhere at any time.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ureq::http::Uri;

use crate::domain::text::Text;
use crate::registry::webhooks::address::Allowed;
use crate::text;

/// Where `localhost` leads (RFC 6761 §6.3).
const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// Reads a URL that hints can be sent to; else the stable code of what is wrong, and words for it.
pub fn check(url: &str, allowed: &Allowed) -> Result<(), (&'static str, Text)> {
    let not_a_url = || {
        (
            "not_a_url",
            text!(
                "应为 http 或 https 的绝对 URL，不带片段",
                "must be an absolute http or https URL without a fragment"
            ),
        )
    };
    let uri: Uri = url.parse().map_err(|_| not_a_url())?;
    let authority = uri.authority().ok_or_else(not_a_url)?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) || authority.host().is_empty() || url.contains('#')
    {
        return Err(not_a_url());
    }
    if authority.as_str().contains('@') {
        return Err((
            "has_userinfo",
            text!(
                "URL 不得含用户名或口令",
                "the URL must not hold a user name or password"
            ),
        ));
    }
    let may_go = match literal(authority.host()) {
        Host::Address(address) => allowed.holds(address),
        Host::Name(name) if name == "localhost" || name.ends_with(".localhost") => {
            LOOPBACK.iter().any(|address| allowed.holds(*address))
        }
        Host::Name(_) => true,
        Host::Neither => return Err(not_a_url()),
    };
    if may_go {
        return Ok(());
    }
    Err((
        "private_address",
        text!(
            "目标位于内部或保留地址段，不予投递",
            "the target lies in a private or reserved address range: nothing is sent there"
        ),
    ))
}

enum Host {
    Address(IpAddr),
    Name(String),
    /// `127.1`, `0x7f000001`: resolvers take these for addresses, and they are written so only to deceive.
    Neither,
}

fn literal(host: &str) -> Host {
    if let Some(inside) = host.strip_prefix('[') {
        let address = inside.strip_suffix(']').map(str::parse::<Ipv6Addr>);
        return match address {
            Some(Ok(address)) => Host::Address(address.into()),
            _ => Host::Neither,
        };
    }
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Host::Address(address.into());
    }
    let last = host.rsplit('.').next().unwrap_or_default();
    let hexadecimal = last.strip_prefix("0x");
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit())
        || hexadecimal.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if numeric { Host::Neither } else { Host::Name(host) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(url: &str, private: bool) -> Option<&'static str> {
        let allowed = Allowed {
            private,
            ..Allowed::default()
        };
        check(url, &allowed).err().map(|(code, _)| code)
    }

    #[test]
    fn names_and_public_addresses_are_taken() {
        for url in [
            "https://hooks.chengyang.example/registry?key=1",
            "http://8.8.8.8:8080/",
            "https://[2400:3200::1]/hook",
            "https://0x7f.example",
        ] {
            assert_eq!(code(url, false), None, "{url}");
        }
    }

    #[test]
    fn what_lies_inside_is_refused_unless_allowed() {
        for url in [
            "http://127.0.0.1/",
            "http://127.0.0.1./",
            "http://[::1]:9/",
            "https://10.1.2.3/hook",
            "http://localhost:8080/",
            "http://a.LOCALHOST/",
            "http://[::ffff:192.168.0.1]/",
        ] {
            assert_eq!(code(url, false), Some("private_address"), "{url}");
            assert_eq!(code(url, true), None, "{url}");
        }
        assert_eq!(
            code("http://169.254.169.254/latest", true),
            Some("private_address")
        );
    }

    #[test]
    fn disguises_are_refused() {
        for url in [
            "http://2130706433/",
            "http://127.1/",
            "http://0x7f000001/",
            "http://017700000001/",
            "http://[fe80::1%25eth0]/",
            "ftp://hooks.example/",
            "file:///etc/passwd",
            "/hook",
            "hooks.example",
            "https://hooks.example/#here",
            "https://",
            "",
        ] {
            assert_eq!(code(url, true), Some("not_a_url"), "{url}");
        }
        assert_eq!(
            code("https://user:pass@hooks.example/", true),
            Some("has_userinfo")
        );
        assert_eq!(
            code("https://hooks.example@127.0.0.1/", true),
            Some("has_userinfo")
        );
    }
}
