//! The primaries of a Redis Cluster and their slots.
//!
//! The cluster client of the `redis` crate follows moved slots by itself, also to a promoted replica that still
//! has removed rows. Here a moved slot ends the session.

use std::fmt::Write;
use std::ops::RangeInclusive;

use redis::{ErrorKind, RedisError};

const SLOTS: usize = 16_384;

/// The primaries, sorted by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Topology(Vec<Primary>);

/// A primary in the description of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Primary {
    name: String,
    /// Empty if the server does not know its own address.
    pub host: String,
    pub port: u16,
    /// Grows when the server gets slots.
    epoch: String,
    slots: Vec<(u16, u16)>,
}

impl Topology {
    /// Parses the answer to `CLUSTER NODES`. An error if a slot has no primary.
    pub fn parse(nodes: &str) -> Result<Self, RedisError> {
        let mut primaries: Vec<_> = nodes.lines().filter_map(Primary::parse).collect();
        primaries.sort();
        let count = |primary: &Primary| primary.ranges().map(|range| range.len()).sum::<usize>();
        if primaries.iter().map(count).sum::<usize>() != SLOTS {
            return Err((
                ErrorKind::Client,
                "some slots of the cluster have no primary",
            )
                .into());
        }
        Ok(Self(primaries))
    }

    pub fn primaries(&self) -> &[Primary] {
        &self.0
    }

    /// A text that identifies this state of the cluster: all primaries with their slots, epochs and `run_id`.
    pub fn name(&self, runs: &[String]) -> String {
        let mut text = String::new();
        for (primary, run) in self.0.iter().zip(runs) {
            // Writing to a String cannot fail.
            let _ = write!(
                text,
                "{}@{}={run}:{:?};",
                primary.name, primary.epoch, primary.slots
            );
        }
        sha1_smol::Sha1::from(text).digest().to_string()
    }
}

impl Primary {
    /// `<id> <host>:<port>@<bus>[,<name>] <flags> <primary> <ping> <pong> <epoch> <link> <slot> <from>-<to> …`
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let (name, place, flags) = (words.next()?, words.next()?, words.next()?);
        let is = |flag: &str| flags.split(',').any(|given| given == flag);
        if !is("master") || is("fail") || is("noaddr") {
            return None;
        }
        let epoch = words.nth(3)?;
        let (place, host_name) = place.split_once(',').unwrap_or((place, ""));
        let (place, _) = place.split_once('@').unwrap_or((place, ""));
        let (address, port) = place.rsplit_once(':')?;
        let host_name = host_name.split(',').next().unwrap_or_default();
        // Slots in brackets are being moved; they belong to this server until the move has ended.
        let slots = words.skip(1).filter(|word| !word.starts_with('['));
        let slots = slots.map(range).collect::<Option<Vec<_>>>()?;
        if slots.is_empty() {
            return None;
        }
        let host = if host_name.is_empty() {
            address
        } else {
            host_name
        };
        Some(Self {
            name: name.to_owned(),
            host: host.to_owned(),
            port: port.parse().ok()?,
            epoch: epoch.to_owned(),
            slots,
        })
    }

    pub fn ranges(&self) -> impl Iterator<Item = RangeInclusive<u16>> {
        self.slots.iter().map(|(first, last)| *first..=*last)
    }
}

fn range(word: &str) -> Option<(u16, u16)> {
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    Some((first.parse().ok()?, last.parse().ok()?))
}

/// The slot of a key: CRC-16 (XMODEM) of the text in its first braces, or of the whole key. The function of the
/// `redis` crate is not public.
pub(super) fn slot(key: &str) -> u16 {
    let tag = key
        .split_once('{')
        .and_then(|(_, rest)| rest.split_once('}'));
    let tag = tag.map(|(tag, _)| tag).filter(|tag| !tag.is_empty());
    let mut crc: u16 = 0;
    for byte in tag.unwrap_or(key).bytes() {
        crc ^= u16::from(byte) << 8;
        for _ in 0..8 {
            let carry = crc & 0x8000 != 0;
            crc = (crc << 1) ^ if carry { 0x1021 } else { 0 };
        }
    }
    crc & 0x3fff
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODES: &str = "\
bb 10.0.0.2:7001@17001 master - 0 1 2 connected 5461-10922\n\
cc 10.0.0.3:7002@17002,redis-c master - 0 1 3 connected 10923-16382 16383 [93-<-aa]\n\
aa [::1]:7000@17000 myself,master - 0 0 1 connected 0-5460\n\
dd 10.0.0.4:7003@17003 slave aa 0 1 1 connected\n\
ee 10.0.0.5:7004@17004 master,fail - 0 1 9 disconnected\n\
ff 10.0.0.6:7005@17005 master - 0 1 0 connected\n";

    #[test]
    fn each_slot_has_a_primary() {
        let topology = Topology::parse(NODES).unwrap();
        let place = |primary: &Primary| (primary.host.clone(), primary.port);
        let places: Vec<_> = topology.primaries().iter().map(place).collect();
        let expected = [("[::1]", 7000), ("10.0.0.2", 7001), ("redis-c", 7002)];
        assert_eq!(places, expected.map(|(host, port)| (host.to_owned(), port)));
    }

    #[test]
    fn a_slot_without_a_primary_is_an_error() {
        let lacking = NODES.replace("5461-10922", "5461-10921");
        assert!(Topology::parse(&lacking).is_err());
        assert!(Topology::parse("").is_err());
    }

    #[test]
    fn another_run_another_epoch_and_other_slots_make_another_cluster() {
        let runs = ["1", "2", "3"].map(str::to_owned);
        let name = |nodes: &str, runs: &[String]| Topology::parse(nodes).unwrap().name(runs);
        let first = name(NODES, &runs);
        let reordered: Vec<_> = NODES.lines().rev().collect();
        assert_eq!(name(&reordered.join("\n"), &runs), first);
        let promoted = NODES.replace(
            "10.0.0.2:7001@17001 master - 0 1 2",
            "10.0.0.2:7001@17001 master - 0 1 7",
        );
        let moved = NODES
            .replace("5461-10922", "5461-10921")
            .replace("0-5460", "0-5460 10922");
        assert_ne!(name(&promoted, &runs), first);
        assert_ne!(name(&moved, &runs), first);
        assert_ne!(name(NODES, &["1", "2", "4"].map(str::to_owned)), first);
    }

    /// From the specification of Redis Cluster, and `CLUSTER KEYSLOT`.
    #[test]
    fn keys_have_the_slots_that_redis_gives_them() {
        assert_eq!(slot("123456789"), 0x31c3);
        assert_eq!(slot("foo"), 12_182);
        assert_eq!(slot("{foo}.bar"), 12_182);
        assert_eq!(slot("x{foo}{y}"), 12_182);
        assert_eq!(slot("foo{}{bar}"), 8_363);
    }
}
