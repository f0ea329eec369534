//! Taking stock of a catalogue: what is wanting, what is there twice, what is being made, how two catalogues differ,
//! which days are near, and what rests on something that changed. One page for each.

mod cells;
pub mod compare;
pub mod drift;
mod drifted;
pub mod duplicates;
mod gap_map;
pub mod gaps;
mod months;
pub mod overview;
mod pairs;
mod scope;
pub mod supply;
pub mod trials;
mod turn;

use crate::http::explorer::address::Address;
use crate::http::explorer::frame::Frame;

/// The pages of a review: where each is, and what it is called.
const PAGES: &[(&str, &str, &str)] = &[
    ("/coverage", "总览", "Overview"),
    ("/coverage/gaps", "缺口", "Gaps"),
    ("/coverage/supply", "供给", "Supply"),
    ("/coverage/duplicates", "重复", "Duplicates"),
    ("/drift", "漂移", "Drift"),
    ("/coverage/trials", "期限", "Dates ahead"),
    ("/coverage/compare", "对比", "Compare"),
];

/// What all pages of a review take over from each other.
const KEPT: [&str; 3] = ["owner", "owner_exact", "framework"];

/// Another page of the review, of the same catalogue and framework.
pub fn page(frame: &Frame, path: &str) -> Address {
    let kept = frame.here.pairs().iter();
    let kept = kept.filter(|(name, _)| KEPT.contains(&name.as_str()));
    kept.fold(frame.to(path), |address, (name, value)| {
        address.plus(name, value.clone())
    })
}

/// The pages that take stock of what another page shows, in one framework if it is of one.
pub fn links(frame: &Frame, slug: Option<&str>) -> Vec<(&'static str, Address)> {
    let pages = PAGES.iter().skip(1);
    let links = pages.map(|(path, zh, en)| {
        let href = page(frame, path);
        let href = slug.map_or(href.clone(), |slug| href.with("framework", slug));
        (frame.t(zh, en), href)
    });
    links.collect()
}

/// The pages of the review, with the one shown.
fn tabs(frame: &Frame) -> Vec<(&'static str, Address, bool)> {
    let tabs = PAGES
        .iter()
        .map(|(path, zh, en)| (frame.t(zh, en), page(frame, path), frame.here.path() == *path));
    tabs.collect()
}
