//! The field's terms, each with its identifier, its Chinese name and an English one.

use crate::domain::coverage::{DuplicateReason, Gap, GapBy, Milestone, Standing};
use crate::domain::drift::{Drift, DriftAction, KnownBy, Severity};
use crate::domain::framework::matrix::Breakdown;
use crate::domain::permission::Scope;
use crate::domain::search::MatchReason;
use crate::domain::term::Term;
use crate::domain::webhook::{DeliveryStatus, DisabledBecause};
use crate::terms;

terms! {
    /// The kind of a registered entry.
    pub enum Kind = "kind" {
        Standard "standard" "标准" "Standard",
        Framework "framework" "标准体系框架" "Framework",
    }
}

terms! {
    /// What a sender says of a revision.
    pub enum RevisionAction = "revision_action" {
        Update "update" "更新" "Updated: the world changed",
        Correct "correct" "更正" "Corrected: the earlier revision was wrong",
    }
}

terms! {
    /// What one revision did to its entry.
    pub enum Action = "action" {
        Create "create" "登记" "Created",
        Update "update" "修改" "Updated",
        /// The earlier revision was wrong, the world did not change.
        Correct "correct" "更正" "Corrected",
        /// The row left its owner's catalogue; this says nothing about the standard itself.
        Withdraw "withdraw" "移出目录" "Withdrawn from the catalogue",
        Restore "restore" "恢复" "Restored",
        Redact "redact" "依法删除" "Redacted",
    }
}

terms! {
    /// Whether the owner made the standard or took it over.
    pub enum Origin = "origin" {
        Referenced "referenced" "引用" "Referenced",
        SelfBuilt "self_built" "自建" "Self-built",
    }
}

terms! {
    /// The level at which a standard is issued.
    pub enum Level = "level" {
        National "national" "国家" "National",
        Industry "industry" "行业" "Industry",
        Local "local" "地方" "Local",
        Group "group" "团体" "Group",
        Enterprise "enterprise" "企业" "Enterprise",
        Internal "internal" "内部" "Internal",
    }
}

terms! {
    /// How far a standard binds.
    pub enum Mandate = "mandate" {
        Mandatory "mandatory" "强制性" "Mandatory",
        Recommended "recommended" "推荐性" "Recommended",
        Guidance "guidance" "指导性" "Guidance",
        Voluntary "voluntary" "自愿采用" "Voluntary",
    }
}

terms! {
    /// Whether the standard exists yet.
    pub enum Supply = "supply" {
        Existing "existing" "现有" "Existing",
        Drafting "drafting" "正在制定" "Being drafted",
        Planned "planned" "应予制定" "To be made",
    }
}

terms! {
    /// Where a standard stands on a day; always computed, never stored.
    pub enum Validity = "validity" {
        Upcoming "upcoming" "即将实施" "Upcoming",
        InForce "in_force" "现行" "In force",
        Superseded "superseded" "被代替" "Superseded",
        Abolished "abolished" "废止" "Abolished",
        Unknown "unknown" "不详" "Unknown",
    }
}

terms! {
    /// What a computed validity rests on.
    pub enum ValiditySource = "validity_source" {
        Dates "dates" "日期" "Dates",
        Relation "relation" "代替关系" "A relation",
        Claim "claim" "来源所称" "A source's claim",
    }
}

terms! {
    /// For whom a standard is written.
    pub enum Audience = "audience" {
        PublicGuide "public_guide" "服务指南" "Public guide",
        InternalManual "internal_manual" "业务手册" "Internal manual",
        General "general" "通用" "General",
    }
}

terms! {
    /// The elements of a service that a standard settles.
    pub enum Element = "elements" {
        Facilities "facilities" "设施建设" "Facilities",
        Equipment "equipment" "设备配置" "Equipment",
        Staffing "staffing" "人员配备" "Staffing",
        Process "process" "服务流程" "Service process",
        Content "content" "服务内容" "Service content",
    }
}

terms! {
    /// How one standard relates to another document.
    pub enum RelationType = "relation_type" {
        Replaces "replaces" "代替" "Replaces",
        Amends "amends" "修改" "Amends",
        DerivesFrom "derives_from" "细化自" "Derives from",
        Adopts "adopts" "采用" "Adopts",
        Cites "cites" "引用文件" "Cites",
        Implements "implements" "落实" "Implements",
        PromotedFrom "promoted_from" "上升自" "Promoted from",
        CopiedFrom "copied_from" "复制自" "Copied from",
    }
}

terms! {
    /// How much of the target a standard replaces. Only a whole replacement supersedes.
    pub enum Extent = "extent" {
        Whole "whole" "全部" "Whole",
        Partial "partial" "部分" "Partial",
    }
}

terms! {
    /// In what respect a local standard derives from another.
    pub enum Aspect = "aspects" {
        ApplicationConditions "application_conditions" "申报条件" "Application conditions",
        Materials "materials" "提交材料" "Materials",
        Process "process" "服务流程" "Service process",
        TimeLimit "time_limit" "服务时限" "Time limit",
        Other "other" "其他" "Other",
    }
}

terms! {
    /// The degree to which an international standard is adopted.
    pub enum Adoption = "adoption" {
        Identical "IDT" "等同采用" "Identical",
        Modified "MOD" "修改采用" "Modified",
        NotEquivalent "NEQ" "非等效" "Not equivalent",
    }
}

terms! {
    /// Where a framework stands on a day; computed from its trial period.
    pub enum Trial = "framework_status" {
        Trial "trial" "试行" "On trial",
        Final "final" "正式" "Final",
        Expired "expired" "试行期满" "Trial expired",
    }
}

/// One value of a vocabulary as people see it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct VocabularyTerm {
    #[schema(example = "self_built")]
    pub id: &'static str,
    #[schema(example = "自建")]
    pub zh: &'static str,
    #[schema(example = "Self-built")]
    pub en: &'static str,
    /// Its place among the vocabulary's values, from 1.
    #[schema(example = 2)]
    pub order: usize,
}

/// One vocabulary with its values in order.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Vocabulary {
    /// As fields and parameters spell it.
    #[schema(example = "origin")]
    pub name: &'static str,
    pub terms: Vec<VocabularyTerm>,
}

/// Every vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct VocabularyList {
    pub items: Vec<Vocabulary>,
}

/// Every vocabulary of the domain.
pub fn vocabularies() -> Vec<Vocabulary> {
    vec![
        vocabulary::<Kind>(),
        vocabulary::<Action>(),
        vocabulary::<RevisionAction>(),
        vocabulary::<Origin>(),
        vocabulary::<Level>(),
        vocabulary::<Mandate>(),
        vocabulary::<Supply>(),
        vocabulary::<Validity>(),
        vocabulary::<ValiditySource>(),
        vocabulary::<Audience>(),
        vocabulary::<Element>(),
        vocabulary::<RelationType>(),
        vocabulary::<Extent>(),
        vocabulary::<Aspect>(),
        vocabulary::<Adoption>(),
        vocabulary::<Trial>(),
        vocabulary::<Breakdown>(),
        vocabulary::<Gap>(),
        vocabulary::<GapBy>(),
        vocabulary::<DuplicateReason>(),
        vocabulary::<Standing>(),
        vocabulary::<Milestone>(),
        vocabulary::<Drift>(),
        vocabulary::<Severity>(),
        vocabulary::<DriftAction>(),
        vocabulary::<KnownBy>(),
        vocabulary::<Scope>(),
        vocabulary::<MatchReason>(),
        vocabulary::<DeliveryStatus>(),
        vocabulary::<DisabledBecause>(),
    ]
}

/// One vocabulary as people see it.
pub fn vocabulary<T: Term>() -> Vocabulary {
    let terms = T::ALL.iter().zip(1..).map(|(term, order)| VocabularyTerm {
        id: term.id(),
        zh: term.zh(),
        en: term.en(),
        order,
    });
    Vocabulary {
        name: T::NAME,
        terms: terms.collect(),
    }
}
