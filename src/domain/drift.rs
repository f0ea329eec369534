//! Drift: a catalogue rests on standards that go on changing. The terms for what happened to them and what to do.

use crate::terms;

terms! {
    /// What happened to a standard that a row rests on, the gravest first.
    pub enum Drift = "drift" {
        Superseded "superseded" "已被代替" "Superseded",
        Abolished "abolished" "已废止" "Abolished",
        /// It is known under another number now.
        Renumbered "renumbered" "已改号" "Renumbered",
        /// Its row has left the catalogue it was in.
        Withdrawn "withdrawn" "已移出目录" "Withdrawn from its catalogue",
        /// The day of its end, or of its replacement, is known and near.
        Ending "ending" "将被代替或废止" "Ending soon",
        /// A later edition, or a replacement of unknown day, is registered.
        NewerEdition "newer_edition" "已有新版" "A newer edition is known",
        /// Neither the catalogue nor those above it have what is named.
        Missing "missing" "未登记" "Not registered",
    }
}

terms! {
    /// How much a finding presses.
    pub enum Severity = "severity" {
        High "high" "须处理" "Act now",
        Medium "medium" "须关注" "Act soon",
        Low "low" "供参考" "For information",
    }
}

terms! {
    /// What to do about a drift.
    pub enum DriftAction = "drift_action" {
        SwitchToSuccessor "switch_to_successor" "改引代替标准" "Refer to the successor",
        StopReferring "stop_referring" "停止引用或另寻依据" "Stop referring, or find another basis",
        UpdateNumber "update_number" "更新编号" "Update the number",
        ReplaceTarget "replace_target" "恢复或改引其他条目" "Restore the row, or refer to another",
        Prepare "prepare" "准备过渡" "Prepare the transition",
        ReviewEdition "review_edition" "核对新版" "Review the newer edition",
        RegisterTarget "register_target" "登记所引标准或更正编号" "Register what is named, or mend the number",
    }
}

terms! {
    /// In whose catalogue it is said, seen from the row's owner.
    pub enum KnownBy = "known_by" {
        Own "own" "本级目录" "The owner's own catalogue",
        Above "above" "上级目录" "A catalogue above",
        Other "other" "其他目录" "Another catalogue",
    }
}

impl Drift {
    pub fn severity(self) -> Severity {
        match self {
            Self::Superseded | Self::Abolished => Severity::High,
            Self::Renumbered | Self::Withdrawn | Self::Ending => Severity::Medium,
            Self::NewerEdition | Self::Missing => Severity::Low,
        }
    }

    pub fn action(self) -> DriftAction {
        match self {
            Self::Superseded => DriftAction::SwitchToSuccessor,
            Self::Abolished => DriftAction::StopReferring,
            Self::Renumbered => DriftAction::UpdateNumber,
            Self::Withdrawn => DriftAction::ReplaceTarget,
            Self::Ending => DriftAction::Prepare,
            Self::NewerEdition => DriftAction::ReviewEdition,
            Self::Missing => DriftAction::RegisterTarget,
        }
    }
}
