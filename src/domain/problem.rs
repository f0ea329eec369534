//! Every way the registry says no: one table of problem types (RFC 9457), used by all layers and rendered once.

use serde_json::{Map, Value, json};

use crate::domain::fault::Faults;
use crate::domain::text::{Language, Text};

macro_rules! problem_types {
    ($($variant:ident $status:literal $slug:literal $zh:literal $en:literal $doc_zh:literal $doc_en:literal
        $(=> $step_zh:literal $step_en:literal)?)+) => {
        /// A type of problem; its path is `/problems/<slug>` and never changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ProblemType { $($variant),+ }

        impl ProblemType {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub fn status(self) -> u16 { match self { $(Self::$variant => $status),+ } }
            pub fn slug(self) -> &'static str { match self { $(Self::$variant => $slug),+ } }
            pub fn title(self) -> Text {
                match self { $(Self::$variant => Text { zh: $zh.to_owned(), en: $en.to_owned() }),+ }
            }
            /// What it means and what to do next.
            pub fn documentation(self) -> Text {
                match self { $(Self::$variant => Text { zh: $doc_zh.to_owned(), en: $doc_en.to_owned() }),+ }
            }
            /// What to do next, in one clause, where that is the same for all problems of the type.
            fn next_step(self) -> Option<Text> {
                match self {
                    $($(Self::$variant => Some(Text { zh: $step_zh.to_owned(), en: $step_en.to_owned() }),)?)+
                    _ => None,
                }
            }
        }
    };
}

problem_types! {
    MalformedJson 400 "malformed-json" "请求体不是 JSON" "The body is not JSON"
        "请求体必须是 UTF-8 编码的 JSON，嵌套不超过 64 层。detail 指出行与列。"
        "The body must be JSON in UTF-8, nested at most 64 deep. The detail names line and column."
    InvalidParameter 400 "invalid-parameter" "参数有误" "A parameter is invalid"
        "errors 逐项指出有误的查询参数；未知参数同样拒绝，以免拼写错误被当作无条件查询。"
        "`errors` names each faulty query parameter or header. Unknown parameters are refused too, so that a misspelt filter never reads as no filter."
    BeyondHead 400 "beyond-head" "时点在日志之后" "The time lies beyond the log"
        "所指位置、大小或时刻尚未到来。`head` 给出当前最新位置。"
        "A position, a size or an instant is named that has not come yet. `head` gives the newest position."
    Unauthorized 401 "unauthorized" "需要有效的令牌" "A valid token is required"
        "写入及审计须携带 Authorization: Bearer <JWT>。WWW-Authenticate 说明缺失或无效。"
        "Writes and audit reads need `Authorization: Bearer <JWT>`. `WWW-Authenticate` says whether it was missing or invalid."
        => "请以 Authorization: Bearer <令牌> 携带有效的令牌"
           "send a valid token as `Authorization: Bearer <token>`"
    InsufficientScope 403 "insufficient-scope" "令牌权限不足" "The token's scope does not suffice"
        "令牌有效，但缺少此操作所需的 scope；所需者见 `scope`。"
        "The token is valid but lacks the scope this operation needs; `scope` names it."
        => "请换用有此权限的令牌；GET /v1/whoami 列出令牌的权限"
           "use a token that has it; `GET /v1/whoami` lists what a token may do"
    OutOfReach 403 "out-of-reach" "令牌不及此行政区划" "The token does not reach this division"
        "令牌的 districts 须包含条目所属行政区划或其上级。`GET /v1/whoami` 可查看令牌所及范围。"
        "The token's `districts` must hold the entry's division or one above it. `GET /v1/whoami` shows what a token reaches."
        => "请换用 districts 含此区划或其上级的令牌；GET /v1/whoami 列出令牌所及"
           "use a token whose `districts` hold it or one above it; `GET /v1/whoami` lists what a token reaches"
    NotFound 404 "not-found" "没有找到" "Not found"
        "路径或标识不存在；在 as_of 之前尚未登记的条目同样如此。"
        "No such path or identifier; an entry not yet registered at `as_of` counts as such."
        => "请核对路径、标识与 as_of；接口说明见 /docs/"
           "check the path, the identifier and `as_of`; /docs/ describes the interface"
    MethodNotAllowed 405 "method-not-allowed" "不支持此方法" "The method is not allowed here"
        "Allow 列出此路径支持的方法。"
        "`Allow` lists the methods of this path."
        => "请使用 Allow 所列方法"
           "use one of the methods in `Allow`"
    NotAcceptable 406 "not-acceptable" "没有可接受的格式" "No acceptable format"
        "Accept 所列格式均不提供；可用者见 `available`。"
        "None of the formats in `Accept` is offered here; `available` lists those that are."
        => "请以其中之一作为 Accept"
           "send one of them as `Accept`"
    Conflict 409 "conflict" "与现有内容冲突" "In conflict with what is there"
        "请求与登记簿当前状态冲突，detail 说明缘由。"
        "The request conflicts with the registry's state; the detail says how."
    Duplicate 409 "duplicate" "同一目录内已有此标准" "Already in this catalogue"
        "同一行政区划内，标准编号与 external_id 不得重复。`existing` 指出已有条目。"
        "Within one division a number and an `external_id` occur once. `existing` names the entry that has it."
        => "请改为修改 existing 所指条目，或换用其他编号或 external_id"
           "change the entry in `existing` instead, or use another number or `external_id`"
    InUse 409 "in-use" "仍在使用，不能删除" "Still in use"
        "框架的取值或节点仍有标准归入，应标记 retired 而非删除。`usage` 给出数量。"
        "Standards are still placed under this value or node: retire it instead of removing it. `usage` counts them."
        => "请先将其归入别处，或将取值、节点标为停用（retired）而不删除"
           "place them elsewhere first, or retire the value or node instead of removing it"
    ErasedContent 409 "erased-content" "内容已依法删除，不得再写入" "Erased content may not come back"
        "与所提交内容逐字节相同的内容已依法删除。`redacted_by` 给出删除记录的日志位置，见 `/v1/redactions/{position}`；去除须删除的部分后再提交。"
        "Exactly this content was erased for a legal reason. `redacted_by` is the position of the entry that erased it, see `/v1/redactions/{position}`; send it without what had to go."
        => "请去除须删除的部分后重发"
           "send it without what had to go"
    SharedContent 409 "shared-content" "其他条目也有相同内容" "Other entries hold the same content"
        "内容按哈希存放一份，删除即对所有持有者生效。`copies` 列出其他条目；确属有意时设 include_copies=true。"
        "A content is kept once, by its hash, so erasing it erases it for all who hold it. `copies` lists the other entries; if that is meant, set `include_copies` to true."
    IdempotencyInFlight 409 "idempotency-in-flight" "同一 Idempotency-Key 的请求正在处理" "The same Idempotency-Key is in flight"
        "稍后以同一键重试即可得到首个请求的结果。"
        "Retry with the same key in a moment to get the first request's answer."
        => "请按 Retry-After 以同一键重试"
           "try again with the same key after `Retry-After`"
    TooManyWithdrawals 409 "too-many-withdrawals" "移出目录的条目过多" "Too many rows would be withdrawn"
        "此次推送将移出的条目超过上限。确属有意时，以 max_withdrawals 提高上限。"
        "The push would withdraw more rows than the guard allows. If that is meant, raise `max_withdrawals`."
    Withdrawn 410 "withdrawn" "已移出目录" "Withdrawn from the catalogue"
        "条目已移出其目录（并非标准废止）。历史、差异、关系及更早的 as_of 仍可读取；以 PUT 与 If-Match 可恢复。"
        "The row left its catalogue (which says nothing about the standard). History, diff, relations and an earlier `as_of` still answer; `PUT` with `If-Match` restores it."
        => "以 PUT 提交完整内容，并将 GET 所得 ETag 作为 If-Match，即可恢复"
           "to restore it, `PUT` the whole content with the `ETag` that `GET` answers as `If-Match`"
    Redacted 410 "redacted" "内容已依法删除" "The content was erased for a legal reason"
        "`redacted_by` 给出删除记录的日志位置，`reason` 与 `basis` 为所述法定理由与依据。条目仍在册：可以 PUT 提交新内容，或移出目录；其余版本及关系仍可读取。"
        "`redacted_by` is the position of the log entry that erased it, `reason` and `basis` the legal reason it states. The entry is still there: it can be replaced by `PUT` or withdrawn, and its other revisions still answer."
        => "可读取其他版本，或以 PUT 提交新的内容"
           "read another revision, or `PUT` a new content"
    CursorGone 410 "cursor-gone" "游标所指之处不在本日志之中" "The cursor's place is not in this log"
        "日志由较早的备份恢复过，或游标来自另一登记簿。请另取一份快照（`snapshot`），整体替换现有副本，切勿合并。"
        "The log was restored from an older backup, or the cursor is another registry's. Load a fresh copy from `snapshot` and swap it in whole; never merge."
        => "请自 snapshot 另取一份副本，整体替换"
           "load a fresh copy from `snapshot` and swap it in whole"
    PreconditionFailed 412 "precondition-failed" "版本已变" "The revision has moved on"
        "If-Match 不是当前版本。读取 `current_revision`，合并后重试。"
        "`If-Match` is not the current revision. Read `current_revision`, merge and try again."
        => "请读取当前版本，合并后以其 ETag 作为 If-Match 重发"
           "read the current revision, merge, and send again with its `ETag` as `If-Match`"
    PayloadTooLarge 413 "payload-too-large" "请求体过大" "The body is too large"
        "请求体上限 16 MiB；更大的目录请分批提交。"
        "A body may hold 16 MiB; send larger catalogues in parts."
    UnsupportedMediaType 415 "unsupported-media-type" "不支持的内容类型" "Unsupported media type"
        "`expected` 列出此处接受的 Content-Type。"
        "`expected` lists the content types taken here."
    ReadOnlyMirror 421 "read-only-mirror" "此为只读副本" "This is a copy for reading"
        "副本只接收其来源的写入。请向 `write_to`（亦见 Location）发送同一请求；写入后以所得 Log-Position 作为 Min-Position 读取副本即可见到。"
        "A mirror takes over what its source wrote, nothing else. Send the same request to `write_to`, which is also in `Location`; with its `Log-Position` as `Min-Position` a read here shows the write."
    InvalidContent 422 "invalid-content" "内容有误" "The content is invalid"
        "errors 以 JSON 指针逐项指出所有错误，一次改齐即可。"
        "`errors` names every fault with its JSON pointer: mend all and send again."
    UnparsableNumber 422 "unparsable-number" "无法识别的标准编号" "Not a standard number"
        "detail 说明编号何处不合文法。"
        "The detail says where the number leaves the grammar."
    IdempotencyMismatch 422 "idempotency-mismatch" "同一 Idempotency-Key 用于不同请求" "The Idempotency-Key was used for another request"
        "每个不同的请求使用新的键。"
        "Use a new key for each different request."
    BatchRefused 422 "batch-refused" "批量操作未执行" "The batch was not applied"
        "原子批量中有操作失败，全部未写入。`results` 逐项说明。"
        "An operation of an atomic batch failed, so nothing was written. `results` says which and why."
    PlanRefused 422 "plan-refused" "推送计划含有被拒绝或冲突的条目" "The plan holds refused or conflicting rows"
        "全部未写入。`plan` 逐项说明；冲突者请先取得最新内容。"
        "Nothing was written. `plan` says why for each row; for conflicts fetch the newest content first."
    FailedDependency 424 "failed-dependency" "因同批其他操作失败而未执行" "Not applied because another operation failed"
        "同一原子批量中的其他操作失败。"
        "Another operation of the same atomic batch failed."
    PreconditionRequired 428 "precondition-required" "需要 If-Match" "If-Match is required"
        "修改须声明所依据的版本：读取条目，将其 ETag 作为 If-Match 发送。"
        "A change must name the revision it rests on: read the entry and send its `ETag` as `If-Match`."
    TooManyRequests 429 "too-many-requests" "请求过于频繁" "Too many requests"
        "按 Retry-After 所示秒数后重试。"
        "Try again after the seconds in `Retry-After`."
    Internal 500 "internal" "内部错误" "Internal error"
        "请携带 X-Request-Id 联系运维人员。"
        "Give the operator the `X-Request-Id`."
    Overloaded 503 "overloaded" "服务繁忙" "The service is busy"
        "没有写入任何内容；按 Retry-After 重试。"
        "Nothing was written; try again after `Retry-After`."
    OutcomeUnknown 503 "outcome-unknown" "写入结果未知" "The write's outcome is unknown"
        "提交时与数据库的连接中断。以同一 Idempotency-Key 重试，或先读取条目再决定。"
        "The connection to the database broke during commit. Retry with the same `Idempotency-Key`, or read the entry first."
    HistoryLoading 503 "history-loading" "历史正在载入" "The history is being loaded"
        "此副本先载入当前内容，再载入历史；此请求须用到历史。`history_from` 为现已可读的最早位置，`history_loaded` 为已载入的日志条目数；按 Retry-After 重试，或向来源读取。"
        "This copy loads the present first and the past after it; the request needs the past. `history_from` is the earliest position that can be read now, `history_loaded` how many entries of the log have come; try again after `Retry-After`, or ask the source."
    Behind 503 "behind" "尚未达到所要求的位置" "Not yet at the position asked for"
        "本实例尚未达到 Min-Position；按 Retry-After 重试。"
        "This instance has not reached `Min-Position`; try again after `Retry-After`."
    Unsigned 503 "unsigned" "日志暂不能签名" "The log cannot be signed just now"
        "日志与已签名的历史不符，或签名密钥不在；/readyz 说明缘由。读取照常；历史存疑期间不接受写入，证明须待恢复。"
        "The log does not extend what was signed, or its key is missing; `/readyz` says which. Reads go on. While history is in doubt nothing is written, and proofs wait until it is settled."
    Unavailable 503 "unavailable" "暂不可用" "Unavailable"
        "数据库或日志不可用；/readyz 说明缘由。"
        "The database or the log is unavailable; `/readyz` says why."
}

/// A refusal with everything its answer needs. Built where the reason is known, rendered at the door.
#[derive(Clone, Debug)]
pub struct Problem {
    pub kind: ProblemType,
    pub detail: Text,
    /// What to do next, where that is not what all problems of the type come down to.
    pub next_step: Option<Box<Text>>,
    pub errors: Faults,
    /// Members beyond RFC 9457's own, by name.
    pub extra: Map<String, Value>,
    /// Seconds until a retry makes sense.
    pub retry_after: Option<u32>,
    /// The tag of the current representation, where the answer is about one.
    pub etag: Option<String>,
    /// Where to send the request instead.
    pub location: Option<String>,
    /// What happened inside, for the log only; never shown.
    pub cause: Option<String>,
}

impl Problem {
    pub fn new(kind: ProblemType, detail: Text) -> Self {
        let retry_after = matches!(kind.status(), 429 | 503).then_some(1);
        Self {
            kind,
            detail,
            next_step: None,
            errors: Faults::default(),
            extra: Map::new(),
            retry_after,
            etag: None,
            location: None,
            cause: None,
        }
    }

    /// Content that was read and found faulty.
    pub fn invalid(errors: Faults) -> Self {
        Self::with_faults(ProblemType::InvalidContent, errors)
    }

    /// Parameters or headers that were read and found faulty.
    pub fn parameters(errors: Faults) -> Self {
        Self::with_faults(ProblemType::InvalidParameter, errors)
    }

    /// One faulty parameter or header.
    pub fn parameter(name: &str, code: &'static str, detail: Text) -> Self {
        let mut errors = Faults::default();
        errors.push(format!("?{name}"), code, detail);
        Self::parameters(errors)
    }

    fn with_faults(kind: ProblemType, errors: Faults) -> Self {
        let detail = match errors.0.as_slice() {
            [only] => only.detail.clone(),
            many => {
                let count = many.len();
                crate::text!("共 {count} 处错误，见 errors", "{count} faults, see errors")
            }
        };
        Self {
            errors,
            ..Self::new(kind, detail)
        }
    }

    /// A failure of our own: the caller learns nothing, the log everything.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        let detail = crate::text!("处理请求时发生内部错误", "the request could not be handled");
        Self::new(ProblemType::Internal, detail).because(cause)
    }

    /// The problem document (RFC 9457) in one language.
    pub fn to_value(&self, language: Language) -> Value {
        let mut document = self.extra.clone();
        document.insert(
            "type".to_owned(),
            format!("/problems/{}", self.kind.slug()).into(),
        );
        document.insert("title".to_owned(), self.kind.title().in_language(language).into());
        document.insert("status".to_owned(), self.kind.status().into());
        document.insert("detail".to_owned(), self.told().in_language(language).into());
        if !self.errors.is_empty() {
            let errors: Vec<Value> = self
                .errors
                .0
                .iter()
                .map(|fault| {
                    json!({
                        "pointer": fault.pointer,
                        "code": fault.code,
                        "detail": fault.detail.in_language(language),
                    })
                })
                .collect();
            document.insert("errors".to_owned(), errors.into());
        }
        Value::Object(document)
    }

    /// What is wrong, and then what to do about it.
    pub fn told(&self) -> Text {
        let Text { zh, en } = &self.detail;
        let own_step = self.next_step.as_deref().cloned();
        match own_step.or_else(|| self.kind.next_step()) {
            Some(step) => Text {
                zh: format!("{zh}；{}", step.zh),
                en: format!("{en}; {}", step.en),
            },
            None => self.detail.clone(),
        }
    }

    /// A better next step than that of all problems of the type.
    pub fn next(mut self, step: Text) -> Self {
        self.next_step = Some(Box::new(step));
        self
    }

    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(name.to_owned(), value.into());
        self
    }

    pub fn because(mut self, cause: impl std::fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }
}
