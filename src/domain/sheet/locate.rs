//! Which cell a fault of the content comes from.

use serde_json::Value;

use crate::domain::sheet::column::{ClaimPart, Column, Holds, PlacePart};
use crate::domain::sheet::edit::Edit;
use crate::domain::sheet::header::Header;
use crate::domain::sheet::place;
use crate::domain::term::Term;

impl Header {
    /// The column that a pointer into `content` leads to, if the sheet has it.
    pub fn locate(&self, pointer: &str, content: &Value, edit: &Edit) -> Option<usize> {
        let pointer = pointer.strip_prefix("/content").unwrap_or(pointer);
        let mut parts = pointer.split('/').skip(1);
        let (field, item) = (parts.next()?, parts.next());
        let below: Vec<&str> = parts.collect();
        match field {
            "placements" => self.place_of(&below, listed(content, field, item), edit),
            "relations" => {
                let written = place::text(listed(content, field, item)?, "type");
                self.holding(|holds| matches!(holds, Holds::Relations(told) if told.id() == written))
            }
            "claimed_status" => {
                let part = match item {
                    Some("source") => ClaimPart::Source,
                    Some("on") => ClaimPart::On,
                    _ => ClaimPart::Value,
                };
                self.holding(|holds| holds == Holds::Claim(part))
            }
            name => self
                .named()
                .find(|(_, column)| column.name == name)
                .map(|(place, _)| place),
        }
    }

    fn place_of(&self, below: &[&str], found: Option<&Value>, edit: &Edit) -> Option<usize> {
        let own = edit.places.own.as_ref().and_then(|own| own.place.as_ref());
        if found.is_none() || found != own {
            let others = self.holding(|holds| holds == Holds::Places);
            if others.is_some() {
                return others;
            }
        }
        let part = match below {
            ["cell", place::DIMENSION, ..] => PlacePart::Dimension,
            ["framework", ..] => PlacePart::Framework,
            ["node", ..] => PlacePart::Node,
            ["code", ..] => PlacePart::Code,
            ["order", ..] => PlacePart::Order,
            _ => PlacePart::Subsystem,
        };
        self.holding(|holds| holds == Holds::Place(part))
            .or_else(|| self.holding(|holds| matches!(holds, Holds::Place(_))))
    }

    fn holding(&self, is_meant: impl Fn(Holds) -> bool) -> Option<usize> {
        let mut named = self.named();
        let found = named.find(|(_, column)| is_meant(column.holds));
        found.map(|(place, _): (usize, &Column)| place)
    }
}

/// The item of a list that a pointer names.
fn listed<'v>(content: &'v Value, field: &str, item: Option<&str>) -> Option<&'v Value> {
    content.get(field)?.get(item?.parse::<usize>().ok()?)
}
