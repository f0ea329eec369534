//! All pairs of a list that are alike enough, without comparing all with all.
//!
//! Two sets of which a share *t* is common share one of the rarest few of each: of a set with *n* items, leaving out the
//! *⌈n·t/(2−t)⌉ − 1* most frequent ones cannot hide a pair. So only those that share a rare item are compared, and
//! nothing is missed.

use std::collections::HashMap;

use super::{Likeness, SAME};

/// Two of a list, by their places in it, and how alike they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alike {
    pub first: usize,
    pub second: usize,
    pub share: u32,
}

/// Every pair that is alike by at least `threshold` thousandths, in order.
pub fn alike(titles: &[&Likeness], threshold: u32) -> Vec<Alike> {
    let threshold = threshold.clamp(1, SAME);
    let frequency = frequencies(titles);
    let mut having: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut found = Vec::new();
    let mut compared: Vec<usize> = vec![usize::MAX; titles.len()];
    for (second, title) in titles.iter().enumerate() {
        let rare = rarest(title, &frequency, threshold);
        for item in &rare {
            for first in having.get(item).into_iter().flatten() {
                let Some(last) = compared.get_mut(*first).filter(|last| **last != second) else {
                    continue;
                };
                *last = second;
                let share = titles.get(*first).map_or(0, |other| {
                    if within_reach(other.pairs.len(), title.pairs.len(), threshold) {
                        other.to(title)
                    } else {
                        0
                    }
                });
                if share >= threshold {
                    found.push(Alike {
                        first: *first,
                        second,
                        share,
                    });
                }
            }
        }
        for item in rare {
            having.entry(item).or_default().push(second);
        }
    }
    found.sort_unstable();
    found
}

fn frequencies(titles: &[&Likeness]) -> HashMap<u64, usize> {
    let mut frequency = HashMap::new();
    for item in titles.iter().flat_map(|title| &title.pairs) {
        *frequency.entry(*item).or_default() += 1;
    }
    frequency
}

/// The rarest items of a title, of which any alike one must have one.
fn rarest(title: &Likeness, frequency: &HashMap<u64, usize>, threshold: u32) -> Vec<u64> {
    let mut items: Vec<(usize, u64)> = title
        .pairs
        .iter()
        .map(|item| (frequency.get(item).copied().unwrap_or_default(), *item))
        .collect();
    items.sort_unstable();
    items.truncate(items.len() + 1 - least_common(items.len(), threshold));
    items.into_iter().map(|(_, item)| item).collect()
}

/// How much a set of so many items has in common with any that is alike, at least.
fn least_common(items: usize, threshold: u32) -> usize {
    let (threshold, whole) = (u64::from(threshold), u64::from(SAME));
    let least = (items as u64 * threshold).div_ceil(2 * whole - threshold);
    usize::try_from(least).unwrap_or(items).clamp(1, items.max(1))
}

/// Whether sets of these sizes can be alike enough at all.
fn within_reach(a: usize, b: usize, threshold: u32) -> bool {
    super::share(a.min(b), a + b) >= threshold
}
