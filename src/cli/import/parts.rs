//! Operations cut into requests the registry takes.

use serde_json::Value;

/// How many operations one request may hold.
pub const MOST_ROWS: usize = 10_000;

/// Safely below the 16 MiB a body may hold.
pub const MOST_BYTES: usize = 15 * 1024 * 1024;

/// The lengths of consecutive parts, each within both limits; an operation too large for any goes alone.
pub fn lengths(operations: &[&Value], most_rows: usize, most_bytes: usize) -> Vec<usize> {
    let mut lengths = Vec::new();
    let (mut rows, mut bytes) = (0, 0);
    for operation in operations {
        // The comma between two operations counts too.
        let size = operation.to_string().len() + 1;
        if rows > 0 && (rows == most_rows || bytes + size > most_bytes) {
            lengths.push(rows);
            (rows, bytes) = (0, 0);
        }
        rows += 1;
        bytes += size;
    }
    if rows > 0 {
        lengths.push(rows);
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_is_beyond_a_limit_and_none_is_empty() {
        let [short, long] = ["a", "aaaaaaaaaa"].map(Value::from);
        let operations = [&short, &short, &short, &long, &short];
        assert_eq!(lengths(&operations, 2, 100), [2, 2, 1]);
        assert_eq!(lengths(&operations, 10, 13), [3, 1, 1]);
        assert_eq!(lengths(&operations, 10, 1_000), [5]);
        assert!(lengths(&[], 10, 10).is_empty());
    }
}
