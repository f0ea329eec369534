//! What somebody may have meant by words that name nothing.

use crate::domain::framework::content::Labelled;
use crate::domain::likeness::Likeness;

/// How alike a name must be, in thousandths, to be offered.
const WORTH_OFFERING: u32 = 400;

/// How many names are offered.
const OFFERED: usize = 3;

/// The names that some words are a piece of or resemble, best first.
pub fn nearest<'n>(names: impl Iterator<Item = &'n str>, words: &str) -> Vec<&'n str> {
    let words = words.trim();
    let meant = Likeness::of(words);
    let mut found: Vec<(u32, &str)> = names
        .map(|name| {
            let holds = !words.is_empty() && (name.contains(words) || words.contains(name));
            let share = if holds {
                u32::MAX
            } else {
                Likeness::of(name).to(&meant)
            };
            (share, name)
        })
        .filter(|(share, _)| *share >= WORTH_OFFERING)
        .collect();
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    found.dedup_by(|a, b| a.1 == b.1);
    found.into_iter().take(OFFERED).map(|(_, name)| name).collect()
}

/// The ids of things, those first whose id or title the words may have meant.
pub fn nearest_ids<'i, T: Labelled + 'i>(
    items: impl Iterator<Item = &'i T> + Clone,
    words: &str,
) -> Vec<&'i str> {
    let names = items.clone().flat_map(|item| [item.id(), item.title()]);
    let mut ids: Vec<&str> = Vec::new();
    for name in nearest(names, words) {
        let item = items
            .clone()
            .find(|item| item.id() == name || item.title() == name);
        if let Some(id) = item.map(Labelled::id)
            && !ids.contains(&id)
        {
            ids.push(id);
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_of_a_name_or_a_slip_finds_the_name() {
        let names = ["幼有善育", "老有颐养", "优军服务", "公共安全"];
        assert_eq!(nearest(names.into_iter(), "幼有"), ["幼有善育"]);
        assert_eq!(nearest(names.into_iter(), "老有颐享"), ["老有颐养"]);
        assert_eq!(nearest(names.into_iter(), "qingdo"), [""; 0]);
        assert_eq!(
            nearest(["qingdao", "chengyang"].into_iter(), "qingdo"),
            ["qingdao"]
        );
    }
}
