//! What feeds hold, for the specification; the lines themselves are put together from stored bytes.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::Ref;

use crate::domain::vocabulary::{Action, Kind};
use crate::log::envelope::{Erased, KeyRef, TreeRef};

/// One page of changes.
#[derive(Serialize, ToSchema)]
pub struct ChangePage {
    pub items: Vec<Change>,
    /// Where to go on from, always: the cursor of the last line or, where lines were left out, of a later place.
    #[schema(example = "cAAAAAAAAAywAAAAAAAAAAaurq6urq6ur")]
    pub next: String,
    /// Whether the page reaches `position`: nothing more for now.
    pub end: bool,
    /// The log position the page was read at.
    #[schema(example = 812)]
    pub position: i64,
    /// At the end: how many entries are live.
    #[schema(example = 641)]
    pub count: Option<u64>,
    /// At the end: the digest of the live entries.
    #[schema(example = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881")]
    pub digest: Option<String>,
}

/// One thing that happened; `type` says what.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(discriminator(property_name = "type", mapping(
    ("revision" = "#/components/schemas/RevisionLine"),
    ("leave" = "#/components/schemas/LeaveLine"),
    ("key" = "#/components/schemas/EventLine"),
    ("redact" = "#/components/schemas/EventLine"),
    ("epoch" = "#/components/schemas/EventLine"),
)))]
pub enum Change {
    Revision(RevisionLine),
    Leave(LeaveLine),
    Event(EventLine),
}

/// What a line with a revision is called.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RevisionLineType {
    Revision,
}

/// What a line is called that takes an entry away.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeaveLineType {
    Leave,
}

/// What can happen to the log itself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventLineType {
    Key,
    Redact,
    Epoch,
}

/// One revision of one entry.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "cursor": "cAAAAAAAAAywAAAAAAAAAAaurq6urq6ur", "type": "revision",
    "id": "01938f5e-7b1a-7000-8000-000000000001", "kind": "standard", "revision": 1, "position": 812,
    "recorded_at": "2026-11-21T03:04:05.000123Z", "owner": "370214", "action": "create", "actor": "district-370214",
    "reason": "列入目录", "content_sha256": "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",
    "withdrawn": false,
    "content": {"number": "GB 38600-2019", "title": "养老机构服务安全基本规范", "origin": "referenced"}
}))]
pub struct RevisionLine {
    /// Where to go on after this line; not in snapshots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    #[schema(inline, example = "revision")]
    pub r#type: RevisionLineType,
    #[schema(format = Uuid)]
    pub id: String,
    pub kind: Kind,
    pub revision: i64,
    pub position: i64,
    #[schema(format = DateTime)]
    pub recorded_at: String,
    pub owner: String,
    pub action: Action,
    pub actor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// SHA-256 of the bytes of `content` as they stand in the line.
    pub content_sha256: String,
    pub withdrawn: bool,
    /// The canonical bytes, verbatim; absent once erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = content, required = false)]
    pub content: Option<()>,
    /// The position of the redaction that erased the content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redacted_by: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaf: Option<LeafProof>,
}

/// An entry that still exists but no longer meets the filters.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "cursor": "cAAAAAAAAAzAAAAAAAAAAAc3Nzc3Nzc3N", "type": "leave",
    "id": "01938f5e-7b1a-7000-8000-000000000001", "kind": "standard", "revision": 2, "position": 816,
    "recorded_at": "2026-11-21T03:05:00.000456Z", "action": "leave"
}))]
pub struct LeaveLine {
    pub cursor: String,
    #[schema(inline, example = "leave")]
    pub r#type: LeaveLineType,
    #[schema(format = Uuid)]
    pub id: String,
    pub kind: Kind,
    pub revision: i64,
    pub position: i64,
    #[schema(format = DateTime)]
    pub recorded_at: String,
    #[schema(inline, example = "leave")]
    pub action: LeaveLineType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaf: Option<LeafProof>,
}

/// Something that happened to the log itself: a signing key took effect, bytes were erased, history was cut on purpose.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "cursor": "cAAAAAAAAAAIAAAAAAAAAAc3Nzc3Nzc3N", "type": "key", "action": "key", "position": 2,
    "recorded_at": "2026-11-21T03:00:00.000001Z", "actor": "system",
    "key": {"id": "0a1b2c3d", "name": "standards.qingdao.gov.cn/1", "public_key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}
}))]
pub struct EventLine {
    pub cursor: String,
    #[schema(inline, example = "key")]
    pub r#type: EventLineType,
    #[schema(inline, example = "key")]
    pub action: EventLineType,
    pub position: i64,
    #[schema(format = DateTime)]
    pub recorded_at: String,
    pub actor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// Of `key`: the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyRef>,
    /// Of `redact`: what was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased: Option<Vec<Erased>>,
    /// Of `epoch`: its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<i64>,
    /// Of `epoch`: the tree it was cut from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<TreeRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaf: Option<LeafProof>,
}

/// The bytes that prove a line, with `leaf=true`.
#[derive(Serialize, ToSchema)]
pub struct LeafProof {
    /// SHA-256(0x00 ‖ envelope), in hexadecimal.
    pub hash: String,
    /// The envelope's bytes in base64.
    pub envelope: String,
    /// What the envelope names as `note.sha256`; absent once erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
}

/// Why and on what ground, with the salt that keeps short reasons from being guessed.
#[derive(Serialize, ToSchema)]
pub struct Note {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    pub salt: String,
}

fn content() -> Ref {
    Ref::from_schema_name("EntryContent")
}

/// One page of what is live at a position.
#[derive(Serialize, ToSchema)]
pub struct SnapshotPage {
    /// As in changes, without `cursor`.
    pub items: Vec<RevisionLine>,
    /// `after` of the next page; null at the end.
    #[schema(example = "scAAAAAAAAAywAAAAAAAAAAaurq6urq6ur.AAAAAAAAAoA", required)]
    pub next: Option<String>,
    /// Whether this is the last page.
    pub end: bool,
    /// The position all pages show.
    #[schema(example = 812)]
    pub position: i64,
    /// Where changes go on from this state.
    #[schema(example = "cAAAAAAAAAywAAAAAAAAAAaurq6urq6ur")]
    pub changes_after: String,
    /// On the last page: how many entries are live.
    #[schema(example = 641)]
    pub count: Option<u64>,
    /// On the last page: the digest of the live entries.
    #[schema(example = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881")]
    pub digest: Option<String>,
}
