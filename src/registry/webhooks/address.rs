//! Which addresses a hint may be sent to: a webhook must not become a way to reach what only this machine can.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::registry::webhooks::network::Network;

/// Where an address leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Anywhere on the public internet.
    Public,
    /// This machine or the network around it: only where the operator allows it.
    Inside,
    /// Where no receiver of hints can be: cloud metadata, link-local, multicast, reserved.
    Never,
}

/// Where hints may go besides the public internet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Anywhere inside.
    pub private: bool,
    /// Only there inside.
    pub networks: Vec<Network>,
}

impl Allowed {
    pub fn holds(&self, address: IpAddr) -> bool {
        match Reach::of(address) {
            Reach::Public => true,
            Reach::Inside => self.private || self.networks.iter().any(|network| network.contains(address)),
            Reach::Never => false,
        }
    }
}

/// Services of cloud providers, at addresses of otherwise harmless ranges, that hand out a machine's credentials.
const METADATA: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254)),
];

impl Reach {
    pub fn of(address: IpAddr) -> Self {
        if METADATA.contains(&address) {
            return Self::Never;
        }
        match address {
            IpAddr::V4(address) => of_v4(address),
            IpAddr::V6(address) => of_v6(address),
        }
    }
}

/// By the IANA registry of special-purpose IPv4 addresses.
fn of_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        [10 | 127, ..] | [192, 168, ..] | [172, 16..=31, ..] => Reach::Inside,
        // Shared by customers of a carrier (RFC 6598).
        [100, 64..=127, ..] => Reach::Inside,
        [0 | 224..=255, ..] | [169, 254, ..] => Reach::Never,
        // Protocol assignments, 6to4 relays, benchmarks, documentation.
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] => Reach::Never,
        [198, 51, 100, _] | [203, 0, 113, _] => Reach::Never,
        _ => Reach::Public,
    }
}

/// By the IANA registry of special-purpose IPv6 addresses; an IPv4 address inside decides where there is one.
fn of_v6(address: Ipv6Addr) -> Reach {
    let segments = address.segments();
    match segments {
        [0, 0, 0, 0, 0, 0, 0, 1] => Reach::Inside,
        // Mapped (::ffff:0:0/96) and NAT64 (64:ff9b::/96).
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        // 6to4.
        [0x2002, high, low, ..] => embedded(high, low),
        // Protocol assignments (Teredo among them) and documentation.
        [0x2001, 0..=0x01ff | 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => Reach::Never,
        // Unique local.
        [0xfc00..=0xfdff, ..] => Reach::Inside,
        // Global unicast; all the rest is not given out.
        [0x2000..=0x3fff, ..] => Reach::Public,
        _ => Reach::Never,
    }
}

fn embedded(high: u16, low: u16) -> Reach {
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    Reach::of(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_are(reach: Reach, addresses: &[&str]) {
        for address in addresses {
            assert_eq!(Reach::of(address.parse().unwrap()), reach, "{address}");
        }
    }

    #[test]
    fn the_internet_is_public() {
        all_are(
            Reach::Public,
            &[
                "8.8.8.8",
                "223.5.5.5",
                "100.63.255.255",
                "100.128.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "2400:3200::1",
                "2001:200::1",
                "::ffff:8.8.8.8",
                "64:ff9b::808:808",
                "2002:808:808::1",
            ],
        );
    }

    #[test]
    fn this_machine_and_its_network_are_inside() {
        all_are(
            Reach::Inside,
            &[
                "127.0.0.1",
                "127.255.255.254",
                "10.0.0.1",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "100.64.0.1",
                "100.127.255.255",
                "::1",
                "fc00::1",
                "fdff::1",
                "::ffff:127.0.0.1",
                "::ffff:192.168.1.1",
                "64:ff9b::a00:1",
                "2002:7f00:1::",
            ],
        );
    }

    #[test]
    fn some_addresses_have_no_receiver() {
        all_are(
            Reach::Never,
            &[
                "0.0.0.0",
                "169.254.169.254",
                "100.100.100.200",
                "168.63.129.16",
                "192.0.0.1",
                "192.0.2.1",
                "192.88.99.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.1",
                "203.0.113.1",
                "224.0.0.1",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::7f00:1",
                "fe80::1",
                "fec0::1",
                "ff02::1",
                "fd00:ec2::254",
                "2001::1",
                "2001:db8::1",
                "3fff::1",
                "64:ff9b:1::1",
                "::ffff:169.254.169.254",
                "::ffff:100.100.100.200",
                "64:ff9b::a9fe:a9fe",
                "2002:a9fe:a9fe::",
            ],
        );
    }

    #[test]
    fn what_is_inside_needs_the_operator_and_some_things_no_one_can_allow() {
        let (nothing, private) = (
            Allowed::default(),
            Allowed {
                private: true,
                ..Allowed::default()
            },
        );
        let everything: Vec<Network> = vec!["0.0.0.0/0".parse().unwrap(), "10.1.0.0/16".parse().unwrap()];
        let networks = Allowed {
            networks: everything.clone(),
            ..Allowed::default()
        };
        let one = Allowed {
            networks: everything[1..].to_vec(),
            ..Allowed::default()
        };
        for (address, allowed) in [
            ("8.8.8.8", [true, true, true, true]),
            ("10.1.2.3", [false, true, true, true]),
            ("10.2.2.3", [false, true, true, false]),
            ("169.254.169.254", [false; 4]),
        ] {
            let address = address.parse().unwrap();
            let found = [&nothing, &private, &networks, &one].map(|policy| policy.holds(address));
            assert_eq!(found, allowed, "{address}");
        }
    }
}
