//! What is wanting in a catalogue, what is there twice, and what is about to happen to it: the terms and the rules.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::vocabulary::{Supply, Validity};
use crate::terms;

terms! {
    /// Why a place of a framework has no standard to work by, the emptiest first.
    pub enum Gap = "gap" {
        Empty "empty" "空白" "Nothing at all",
        OnlyPlanned "only_planned" "仅有应予制定" "Only standards to be made",
        OnlyDrafting "only_drafting" "仅有正在制定" "Nothing finished yet",
        /// All that was made has ended.
        NothingInForce "nothing_in_force" "均已废止或被代替" "Nothing in force any more",
        OnlyUpcoming "only_upcoming" "均未实施" "Nothing in force yet",
        /// No source says whether any of it is in force.
        OnlyUnknown "only_unknown" "时效均不详" "Nothing known to be in force",
    }
}

terms! {
    /// What gaps are looked for in.
    pub enum GapBy = "gap_by" {
        Cell "cell" "格" "Cells",
        Node "node" "节点" "Nodes",
    }
}

terms! {
    /// Why several rows look like one standard, the surest first.
    pub enum DuplicateReason = "duplicate_reason" {
        /// One canonical number, but titles or dates that differ.
        NumberDiffers "number_differs" "同号而名称或日期不一" "One number, differing facts",
        /// One canonical number twice in one cell.
        SameNumber "same_number" "同格同号" "One number twice in a cell",
        /// Two editions of one number in one cell.
        OtherEdition "other_edition" "同格不同版次" "Two editions in a cell",
        /// Titles that are nearly the same, in one cell.
        NearTitle "near_title" "同格名称相近" "Nearly the same title in a cell",
    }
}

terms! {
    /// On which side of a comparison a standard stands.
    pub enum Standing = "standing" {
        OnlyThis "only_this" "仅此方有" "Only on this side",
        OnlyWith "only_with" "仅对方有" "Only on the other side",
        /// On both, but with another placement, origin, supply or validity.
        Differs "differs" "双方均有而不一" "On both, but differently",
        Both "both" "双方均有" "Alike on both",
    }
}

terms! {
    /// A day on which something begins or ends.
    pub enum Milestone = "milestone" {
        /// The last day of a framework's trial is near.
        TrialEnds "trial_ends" "试行将满" "A trial ends soon",
        /// A framework's trial has ended and no final edition took its place.
        TrialEnded "trial_ended" "试行已满而未转正" "A trial ended without a final edition",
        Implementation "implementation" "即将实施" "To be implemented soon",
        Abolition "abolition" "即将废止" "To be abolished soon",
    }
}

/// What stands in one place, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Stock {
    #[schema(example = 0)]
    pub in_force: u64,
    pub upcoming: u64,
    pub superseded: u64,
    pub abolished: u64,
    /// Existing, but no source says whether in force.
    pub unknown: u64,
    pub drafting: u64,
    #[schema(example = 1)]
    pub planned: u64,
}

impl Stock {
    /// Counts rows of one supply and validity.
    pub fn add(&mut self, supply: Option<Supply>, validity: Option<Validity>, rows: u64) {
        let count = match (supply, validity) {
            (Some(Supply::Planned), _) => &mut self.planned,
            (Some(Supply::Drafting), _) => &mut self.drafting,
            (_, Some(Validity::InForce)) => &mut self.in_force,
            (_, Some(Validity::Upcoming)) => &mut self.upcoming,
            (_, Some(Validity::Superseded)) => &mut self.superseded,
            (_, Some(Validity::Abolished)) => &mut self.abolished,
            (_, Some(Validity::Unknown) | None) => &mut self.unknown,
        };
        *count += rows;
    }

    /// Both together.
    pub fn plus(self, other: &Self) -> Self {
        Self {
            in_force: self.in_force + other.in_force,
            upcoming: self.upcoming + other.upcoming,
            superseded: self.superseded + other.superseded,
            abolished: self.abolished + other.abolished,
            unknown: self.unknown + other.unknown,
            drafting: self.drafting + other.drafting,
            planned: self.planned + other.planned,
        }
    }

    /// What is wanting here; nothing where any standard is in force.
    pub fn gap(&self) -> Option<Gap> {
        let ended = self.superseded + self.abolished;
        match () {
            () if self.in_force > 0 => None,
            () if self.upcoming > 0 => Some(Gap::OnlyUpcoming),
            () if self.unknown > 0 => Some(Gap::OnlyUnknown),
            () if ended > 0 => Some(Gap::NothingInForce),
            () if self.drafting > 0 => Some(Gap::OnlyDrafting),
            () if self.planned > 0 => Some(Gap::OnlyPlanned),
            () => Some(Gap::Empty),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::nothing(&[], Some(Gap::Empty))]
    #[case::planned(&[(Supply::Planned, None)], Some(Gap::OnlyPlanned))]
    #[case::drafting(&[(Supply::Planned, None), (Supply::Drafting, None)], Some(Gap::OnlyDrafting))]
    #[case::ended(&[(Supply::Existing, Some(Validity::Superseded)), (Supply::Drafting, None)], Some(Gap::NothingInForce))]
    #[case::unknown(&[(Supply::Existing, Some(Validity::Abolished)), (Supply::Existing, Some(Validity::Unknown))], Some(Gap::OnlyUnknown))]
    #[case::upcoming(&[(Supply::Existing, Some(Validity::Upcoming)), (Supply::Existing, Some(Validity::Unknown))], Some(Gap::OnlyUpcoming))]
    #[case::in_force(&[(Supply::Existing, Some(Validity::Abolished)), (Supply::Existing, Some(Validity::InForce))], None)]
    fn a_place_lacks_what_nobody_can_work_by(
        #[case] rows: &[(Supply, Option<Validity>)],
        #[case] gap: Option<Gap>,
    ) {
        let mut stock = Stock::default();
        for (supply, validity) in rows {
            stock.add(Some(*supply), *validity, 1);
        }
        assert_eq!(stock.gap(), gap);
    }
}
