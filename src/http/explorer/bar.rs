//! Shares of a whole as the pieces of a bar.

/// How wide a whole bar is, in units of its picture.
const WIDTH: f64 = 100.0;

/// A piece of a bar.
#[derive(Clone, Debug)]
pub struct Piece {
    pub class: &'static str,
    pub x: String,
    pub width: String,
    pub label: &'static str,
    pub count: u64,
}

/// Pieces beside each other; what counts nothing has none. A bar is full when they add up to `whole`.
pub fn pieces(parts: impl IntoIterator<Item = (&'static str, &'static str, u64)>, whole: u64) -> Vec<Piece> {
    let mut x = 0.0;
    let mut pieces = Vec::new();
    for (class, label, count) in parts {
        if count == 0 {
            continue;
        }
        let width = proportion(count, whole) * WIDTH;
        pieces.push(Piece {
            class,
            x: format!("{x:.2}"),
            width: format!("{width:.2}"),
            label,
            count,
        });
        x += width;
    }
    pieces
}

/// What follows a number for those who cannot see the bar.
pub fn spoken(pieces: &[Piece], joint: &str) -> String {
    let pieces = pieces
        .iter()
        .map(|piece| format!("{} {}", piece.label, piece.count));
    pieces.collect::<Vec<_>>().join(joint)
}

fn proportion(part: u64, whole: u64) -> f64 {
    let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(part) / number(whole).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_stand_side_by_side_and_fill_the_bar() {
        let pieces = pieces([("a", "A", 1), ("b", "B", 0), ("c", "C", 3)], 4);
        let drawn: Vec<_> = pieces
            .iter()
            .map(|piece| (piece.class, piece.x.as_str(), piece.width.as_str()))
            .collect();
        assert_eq!(drawn, [("a", "0.00", "25.00"), ("c", "25.00", "75.00")]);
        assert_eq!(spoken(&pieces, "，"), "A 1，C 3");
    }
}
