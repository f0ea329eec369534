//! The source's tree in tiles: every node above the leaves, and leaves only where they are looked at. All of it hangs
//! from one signed root.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use crate::log::hash::{Hash, leaf_hash};
use crate::log::merkle::above;
use crate::log::tile::TILE_WIDTH;
use crate::mirror::source::Source;
use crate::mirror::trouble::Trouble;
use crate::registry::absorb::Incoming;
use crate::registry::check::at;
use crate::registry::stored::as_hash;
use crate::store::conn::Conn;
use crate::store::leaf::{self, Node};

/// How many tiles are asked for at the same time: most of the wait is the way there and back.
const AT_ONCE: usize = 4;

/// The tile that a position is in.
pub fn tile_of(position: i64) -> u64 {
    u64::try_from(position).unwrap_or_default() / TILE_WIDTH
}

/// How many leaves of a tree of `size` leaves one tile holds.
pub fn width_of(index: u64, size: u64) -> u64 {
    size.saturating_sub(index * TILE_WIDTH).min(TILE_WIDTH)
}

/// The first position of a tile.
pub fn first_of(index: u64) -> i64 {
    i64::try_from(index * TILE_WIDTH).unwrap_or(i64::MAX)
}

/// Every node of a tree above its leaves, made from the lowest of them.
pub fn nodes(source: &Source, size: u64) -> Result<Vec<Node>, Trouble> {
    let count = size / TILE_WIDTH;
    let mut hashes = Vec::new();
    for index in 0..count.div_ceil(TILE_WIDTH) {
        hashes.extend(source.tile(1, index, width_of(index, count))?);
    }
    let mut nodes = Vec::new();
    let mut level = 1;
    while !hashes.is_empty() {
        nodes.extend((0..).zip(&hashes).map(|(node_index, hash)| Node {
            level,
            node_index,
            hash: hash.to_vec(),
        }));
        let full = hashes.as_chunks::<256>().0.iter();
        hashes = full.map(|tile| above(tile.to_vec())).collect();
        level += 1;
    }
    Ok(nodes)
}

/// The entries of some tiles, by position. Full tiles have the nodes above them; what the last one holds shows in the
/// root.
pub fn entries(
    source: &Source,
    size: u64,
    nodes: &[Node],
    wanted: &BTreeSet<u64>,
) -> Result<Vec<(i64, Vec<u8>)>, Trouble> {
    let mut entries = Vec::new();
    for index in wanted {
        let width = width_of(*index, size);
        let bundle = source.bundle(*index, width)?;
        if width == TILE_WIDTH {
            let hashes = bundle.iter().map(|entry| leaf_hash(entry)).collect();
            let node = nodes
                .iter()
                .find(|node| node.level == 1 && u64::try_from(node.node_index) == Ok(*index));
            if node.is_none_or(|node| node.hash != above(hashes)) {
                return Err(foreign(first_of(*index)));
            }
        }
        entries.extend((first_of(*index)..).zip(bundle));
    }
    Ok(entries)
}

/// Checks that leaves stand in the tree whose nodes a copy holds.
pub fn hold(source: &Source, conn: &mut Conn, size: u64, leaves: &[Incoming]) -> Result<(), Trouble> {
    let mut by_tile: BTreeMap<u64, Vec<&Incoming>> = BTreeMap::new();
    for leaf in leaves {
        let index = tile_of(leaf.envelope.position());
        by_tile.entry(index).or_default().push(leaf);
    }
    let (last, rest): (Vec<u64>, Vec<u64>) = by_tile
        .keys()
        .partition(|index| width_of(**index, size) < TILE_WIDTH);
    let mut tiles = fetch(source, &rest)?;
    for (index, hashes) in &tiles {
        let node = leaf::nodes(conn, 1, i64::try_from(*index).unwrap_or(i64::MAX), 1)?;
        if node.first().map(Vec::as_slice) != Some(above(hashes.clone()).as_slice()) {
            return Err(foreign(first_of(*index)));
        }
    }
    for index in last {
        let width = i64::try_from(width_of(index, size)).unwrap_or_default();
        let held = leaf::nodes(conn, 0, first_of(index), width)?;
        let hashes = held.iter().map(|hash| as_hash(hash)).collect::<Result<_, _>>()?;
        tiles.insert(index, hashes);
    }
    for (index, leaves) in by_tile {
        let hashes = tiles.get(&index).map(Vec::as_slice).unwrap_or_default();
        for leaf in leaves {
            let position = leaf.envelope.position();
            let place = usize::try_from(position - first_of(index)).unwrap_or(usize::MAX);
            if hashes.get(place) != Some(&leaf.leaf_hash) {
                return Err(foreign(position));
            }
        }
    }
    Ok(())
}

fn fetch(source: &Source, indexes: &[u64]) -> Result<BTreeMap<u64, Vec<Hash>>, Trouble> {
    let share = indexes.len().div_ceil(AT_ONCE).max(1);
    let fetched = thread::scope(|scope| {
        let parts: Vec<_> = indexes
            .chunks(share)
            .map(|part| {
                scope.spawn(move || {
                    let tiles = part.iter();
                    tiles
                        .map(|index| Ok((*index, source.tile(0, *index, TILE_WIDTH)?)))
                        .collect::<Result<Vec<_>, Trouble>>()
                })
            })
            .collect();
        let parts = parts.into_iter().map(|part| {
            part.join()
                .unwrap_or_else(|_| Err(Trouble::passing("a tile could not be asked for")))
        });
        parts.collect::<Result<Vec<_>, Trouble>>()
    })?;
    Ok(fetched.into_iter().flatten().collect())
}

/// What the source shows is not what it signed.
fn foreign(position: i64) -> Trouble {
    Trouble::Refused(at(position, "the leaf is not in the tree that was signed"))
}
