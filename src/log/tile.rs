//! Tiles (C2SP `tlog-tiles`): the tree in pieces of 256 hashes, under paths that never change their meaning.

/// How many hashes a full tile holds, and how many entries a full bundle.
pub const TILE_WIDTH: u64 = 256;

/// What a path below `tile/` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    pub of: TileOf,
    pub index: u64,
    /// How many hashes or entries it holds, 1 to 256.
    pub width: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TileOf {
    /// The hashes of a level.
    Hashes(u32),
    /// The entries themselves.
    Entries,
}

/// Levels beyond this hold more leaves than there are numbers for.
const LEVELS: u32 = 8;

impl Tile {
    /// Reads `<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`, where N is written `x001/x234/067`.
    pub fn parse(path: &str) -> Option<Self> {
        let (of, rest) = path.split_once('/')?;
        let of = match of {
            "entries" => TileOf::Entries,
            level => TileOf::Hashes(number(level).and_then(|level| u32::try_from(level).ok())?),
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (
                index,
                number(width).filter(|width| (1..TILE_WIDTH).contains(width))?,
            ),
            None => (rest, TILE_WIDTH),
        };
        Some(Self {
            of,
            index: index_of(index)?,
            width,
        })
    }

    pub fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The first and one past the last of what it holds, counted on its own level; nothing when a tree of `size`
    /// leaves does not hold it.
    pub fn span(&self, size: u64) -> Option<std::ops::Range<u64>> {
        let available = match self.of {
            TileOf::Entries => size,
            TileOf::Hashes(level) if level < LEVELS => size >> (8 * level),
            TileOf::Hashes(_) => 0,
        };
        let first = self.index.checked_mul(TILE_WIDTH)?;
        let end = first.checked_add(self.width)?;
        (end <= available).then_some(first..end)
    }
}

/// A decimal number without leading zeros.
fn number(digits: &str) -> Option<u64> {
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    digits.parse().ok().filter(|_| plain)
}

/// Groups of three digits, all but the last marked with `x`; only the shortest writing is one.
fn index_of(path: &str) -> Option<u64> {
    let mut index: u64 = 0;
    let mut groups = path.split('/').peekable();
    let mut first = true;
    while let Some(group) = groups.next() {
        let digits = match groups.peek() {
            Some(_) => group.strip_prefix('x')?,
            None => group,
        };
        if digits.len() != 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        if first && groups.peek().is_some() && digits == "000" {
            return None;
        }
        first = false;
        index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    Some(index)
}

/// An index as its path writes it.
pub fn index_path(index: u64) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_tiles() {
        let tile = |of, index, width| Some(Tile { of, index, width });
        assert_eq!(Tile::parse("0/000"), tile(TileOf::Hashes(0), 0, 256));
        assert_eq!(
            Tile::parse("1/x001/x234/067.p/12"),
            tile(TileOf::Hashes(1), 1_234_067, 12)
        );
        assert_eq!(Tile::parse("entries/x003/000"), tile(TileOf::Entries, 3_000, 256));
        for wrong in [
            "",
            "0",
            "0/",
            "0/0",
            "0/0000",
            "00/000",
            "x/000",
            "0/x000/001",
            "0/x001/1",
            "0/001/002",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/01",
            "entries/-01",
            "0/000.p/",
        ] {
            assert_eq!(Tile::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_index_reads_as_it_is_written() {
        for index in [0, 7, 255, 999, 1_000, 1_234_067, 999_999_999] {
            assert_eq!(index_of(&index_path(index)), Some(index));
        }
    }

    #[test]
    fn only_what_the_tree_holds_can_be_had() {
        let span = |path, size| Tile::parse(path).and_then(|tile| tile.span(size));
        assert_eq!(span("0/000", 256), Some(0..256));
        assert_eq!(span("0/000", 255), None);
        assert_eq!(span("0/001.p/44", 300), Some(256..300));
        assert_eq!(span("1/000.p/1", 300), Some(0..1));
        assert_eq!(span("1/000.p/2", 300), None);
        assert_eq!(span("63/000.p/1", u64::MAX), None);
        assert_eq!(span("entries/001.p/45", 300), None);
    }
}
