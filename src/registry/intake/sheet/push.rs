//! A sheet's rows as a push to a catalogue.

use crate::domain::sheet::Edit;
use crate::registry::catalogue::{Extent, Push, Row, Wanted};
use crate::registry::intake::push::PushTerms;
use crate::registry::intake::sheet::Rows;
use crate::registry::operation::Words;

/// What a request says about an import beside what every push has.
pub struct ImportTerms {
    pub push: PushTerms,
    pub extent: Extent,
    pub base: Option<i64>,
    pub words: Words,
}

/// The push that a sheet's rows ask for.
pub fn read(rows: &Rows, terms: ImportTerms) -> Push {
    Push {
        owner: terms.push.owner,
        base: terms.base,
        max_withdrawals: terms.push.max_withdrawals,
        dry_run: terms.push.dry_run,
        expected_plan: terms.push.expected_plan,
        words: terms.words,
        language: terms.push.language,
        extent: terms.extent,
        header: Some(rows.header.clone()),
        rows: rows.edits.iter().map(row).collect(),
    }
}

fn row(edit: &Edit) -> Row {
    Row {
        id: edit.id,
        number: usize::try_from(edit.row).unwrap_or_default(),
        wanted: Wanted::Edit(Box::new(edit.clone())),
    }
}
