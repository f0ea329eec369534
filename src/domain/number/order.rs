//! Natural order: numbers inside a text count by value, so that GB/T 2 stands before GB/T 10.

/// A key whose byte order is the natural order of the texts.
///
/// A run of digits is written without leading zeros and led by its length, so that a longer run is the larger.
pub fn sort_key_of(text: &str) -> String {
    let mut key = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let end = if c.is_ascii_digit() {
            rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())
        } else {
            c.len_utf8()
        };
        let (piece, after) = rest.split_at(end);
        if c.is_ascii_digit() {
            push_by_value(&mut key, piece);
        } else {
            key.push_str(piece);
        }
        rest = after;
    }
    key
}

fn push_by_value(key: &mut String, digits: &str) {
    let value = digits.trim_start_matches('0');
    let mut length = value.len();
    // Nine means "eight more and on", so that lengths of any size keep their order.
    while length > 8 {
        key.push('9');
        length -= 8;
    }
    key.push_str(&length.to_string());
    key.push_str(value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ordered(texts: &[&str]) {
        assert!(
            texts.is_sorted_by(|a, b| sort_key_of(a) < sort_key_of(b)),
            "{texts:?}"
        );
    }

    #[test]
    fn serials_and_parts_count_by_value() {
        ordered(&[
            "GB/T 2-2020",
            "GB/T 2.2-2001",
            "GB/T 2.10-1999",
            "GB/T 10-1999",
            "GB/T 10-2001",
        ]);
        ordered(&["QD-FW 9", "QD-FW 009-1", "QD-FW 10"]);
        ordered(&["DB37/T 1-2020", "DB3702/T 1-2020"]);
    }

    proptest! {
        #[test]
        fn any_two_numbers_keep_their_order(a: u128, b: u128) {
            let (first, second) = (sort_key_of(&format!("№{a}.")), sort_key_of(&format!("№{b}.")));
            prop_assert_eq!(first.cmp(&second), a.cmp(&b));
        }
    }
}
