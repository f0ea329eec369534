//! What a page shows as tables and data, by the same parameters.

use crate::http::explorer::address::Address;
use crate::http::explorer::frame::{Frame, LANGUAGE};

/// Parameters that only pages know.
const OF_PAGES: [&str; 3] = ["cursor", "limit", "side"];

/// Links to a list as data: JSON, and tables for people in the page's language.
pub fn of(frame: &Frame, path: &str) -> Vec<(&'static str, Address)> {
    let asked = frame.here.clone().without(&OF_PAGES).at(path);
    forms(frame, &asked)
}

/// The same list in each form. Tables are for people: headers in their language, and a mark that tells Excel the
/// encoding.
pub fn forms(frame: &Frame, list: &Address) -> Vec<(&'static str, Address)> {
    let plain = list.clone().without(&[LANGUAGE]);
    let table = plain.clone().plus(LANGUAGE, frame.t("zh", "en"));
    vec![
        ("Excel (XLSX)", table.clone().plus("format", "xlsx")),
        ("CSV", table.plus("format", "csv").plus("bom", "true")),
        ("JSON", plain),
    ]
}
