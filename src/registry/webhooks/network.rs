//! A network by its addresses' common beginning, as operators write it: `10.20.0.0/16`, `fd12:3456::/32`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::Deserialize;

/// All addresses that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    first: IpAddr,
    /// How many bits are the same in all of them.
    prefix: u32,
}

impl Network {
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                begin_alike(first.to_bits().into(), address.to_bits().into(), 32 - self.prefix)
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                begin_alike(first.to_bits(), address.to_bits(), 128 - self.prefix)
            }
            _ => false,
        }
    }
}

/// Whether two addresses differ in nothing but their last bits.
fn begin_alike(one: u128, other: u128, last_bits: u32) -> bool {
    (one ^ other).checked_shr(last_bits).unwrap_or(0) == 0
}

impl FromStr for Network {
    type Err = String;

    fn from_str(words: &str) -> Result<Self, String> {
        let not_a_network = || format!("not a network, write 10.20.0.0/16 or fd12:3456::/32: {words}");
        let (address, prefix) = match words.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (words, None),
        };
        let first: IpAddr = address.parse().map_err(|_| not_a_network())?;
        let bits = if first.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(bits), str::parse).map_err(|_| not_a_network())?;
        let network = Self { first, prefix };
        // An address with something behind its prefix is a slip: which of the two was meant is not ours to guess.
        if prefix > bits || !network.begins_at_its_address() {
            return Err(not_a_network());
        }
        Ok(network)
    }
}

impl Network {
    fn begins_at_its_address(&self) -> bool {
        let (address, bits) = match self.first {
            IpAddr::V4(first) => (u128::from(first.to_bits()), 32),
            IpAddr::V6(first) => (first.to_bits(), 128),
        };
        let behind = bits - self.prefix;
        behind == 0 || address.trailing_zeros() >= behind
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(words: String) -> Result<Self, String> {
        words.parse()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, address: &str) -> bool {
        let network: Network = network.parse().unwrap();
        network.contains(address.parse().unwrap())
    }

    #[test]
    fn a_network_holds_the_addresses_that_begin_like_it() {
        for (network, address, holds) in [
            ("10.20.0.0/16", "10.20.255.1", true),
            ("10.20.0.0/16", "10.21.0.1", false),
            ("10.20.0.0/16", "::ffff:10.20.0.1", true),
            ("192.168.1.7", "192.168.1.7", true),
            ("192.168.1.7", "192.168.1.8", false),
            ("0.0.0.0/0", "10.0.0.1", true),
            ("0.0.0.0/0", "fd00::1", false),
            ("fd12:3456::/32", "fd12:3456:1::1", true),
            ("fd12:3456::/32", "fd12:3457::1", false),
            ("::/0", "fd00::1", true),
        ] {
            assert_eq!(contains(network, address), holds, "{network} {address}");
        }
    }

    #[test]
    fn slips_are_refused() {
        for words in [
            "",
            "10.20.0.0/33",
            "10.20.0.1/16",
            "10.20.0.0/",
            "10.20/16",
            "fd12::/129",
            "intranet",
        ] {
            assert!(words.parse::<Network>().is_err(), "{words}");
        }
    }
}
