//! What each row wants its entry to be, once that entry is known.

use std::sync::Arc;

use serde_json::Value;

use crate::domain::fault::Faults;
use crate::domain::problem::Problem;
use crate::domain::sheet::{Edit, Header};
use crate::domain::vocabulary::Kind;
use crate::registry::catalogue::matching::Matched;
use crate::registry::catalogue::plan::{Push, Wanted};
use crate::registry::sealed::{Content, Sealed};

/// Works out the content of every row; an edit is applied to what there is.
pub fn settle(push: &Push, mut matched: Vec<Matched>) -> Result<Vec<Matched>, Problem> {
    for row in &mut matched {
        match push.rows.get(row.index).map(|sent| &sent.wanted) {
            None => {}
            // One that does not read was refused when it was matched.
            Some(Wanted::Whole(content)) => row.content = content.as_ref().ok().cloned(),
            Some(Wanted::Edit(edit)) => settle_edit(row, edit, push.header.as_ref())?,
        }
    }
    Ok(matched)
}

fn settle_edit(row: &mut Matched, edit: &Edit, header: Option<&Header>) -> Result<(), Problem> {
    let current = row.current.as_ref().and_then(|current| current.content.as_ref());
    let current = current.map(|sealed| sealed.value()).transpose()?;
    let wanted = edit.onto(current.as_ref());
    let mut faults = Faults::default();
    let content = Content::read(Kind::Standard, &wanted, "", &mut faults);
    let unread = |pointer: &str| {
        let mut own = edit.faults.iter();
        own.any(|fault| pointer.starts_with(fault.pointer.as_str()))
    };
    // What a faulty cell leaves open is no fault of its own.
    faults.0.retain(|fault| !unread(&fault.pointer));
    if edit.faults.is_empty() && faults.is_empty() {
        match content {
            Some(content) => row.content = Some(Sealed::new(content).map(Arc::new)?),
            None => return Err(Problem::internal("a row without faults does not read")),
        }
        return Ok(());
    }
    let columns = faults
        .0
        .iter()
        .map(|fault| header.and_then(|header| header.locate(&fault.pointer, &wanted, edit)));
    row.columns = edit
        .faults
        .iter()
        .map(|fault| Some(fault.place))
        .chain(columns)
        .collect();
    let mut all = Faults::default();
    for fault in &edit.faults {
        all.push(fault.pointer.clone(), fault.code, fault.detail.clone());
    }
    all.0.extend(faults.0);
    row.problem = Some(Problem::invalid(all));
    Ok(())
}

/// The columns that the faults of a settled content come from.
pub fn locate(push: &Push, index: usize, problem: &Problem, content: &Sealed) -> Vec<Option<usize>> {
    let (Some(header), Some(row)) = (&push.header, push.rows.get(index)) else {
        return Vec::new();
    };
    let Wanted::Edit(edit) = &row.wanted else {
        return Vec::new();
    };
    let content: Value = content.value().unwrap_or_default();
    let faults = problem.errors.0.iter();
    faults
        .map(|fault| header.locate(&fault.pointer, &content, edit))
        .collect()
}
