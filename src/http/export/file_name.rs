//! What a browser calls the file it saves.

use std::fmt::Write;

use actix_web::http::header::{self, HeaderName, HeaderValue};

use crate::domain::sheet::{Style, Words};
use crate::domain::term::Term;
use crate::http::export::layout::Layout;
use crate::http::negotiate::Format;

/// `Content-Disposition` for tables (RFC 6266): the name in ASCII, and in the reader's language for all who read UTF-8.
pub fn header(layout: &Layout, title: &Words, position: i64) -> Option<(HeaderName, HeaderValue)> {
    if !matches!(layout.format, Format::Csv | Format::Xlsx) {
        return None;
    }
    let extension = layout.format.id();
    let at = if position > 0 {
        format!("-{position}")
    } else {
        String::new()
    };
    let plain = format!("{}{at}.{extension}", title.id);
    let title = title.in_style(Style::Labels(layout.language));
    let full = encoded(&format!("{title}{at}.{extension}"));
    let value = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{full}");
    let value = HeaderValue::try_from(value).ok()?;
    Some((header::CONTENT_DISPOSITION, value))
}

/// Percent-encoded as RFC 8187 has it.
fn encoded(name: &str) -> String {
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chinese_name_is_encoded() {
        assert_eq!(encoded("目录-8.csv"), "%E7%9B%AE%E5%BD%95-8.csv");
    }
}
