//! Checking evidence leaf by leaf, against a checkpoint, trusting nothing that was not checked.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::domain::text::Text;
use crate::evidence::proof::Inclusion;
use crate::log::checkpoint::{self, Checkpoint};
use crate::log::envelope::{ContentRef, EntryRef, Envelope};
use crate::log::frontier::Frontier;
use crate::log::hash::{Hash, from_hex, leaf_hash, sha256, to_hex};
use crate::log::note::VerifierKey;
use crate::text;

/// The first epoch of every log.
const FIRST_EPOCH: i64 = 1;

/// Something that does not hold, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub position: Option<i64>,
    pub cause: Text,
}

/// One leaf with what belongs to it, as it was handed over.
#[derive(Clone, Debug, Default)]
pub struct LeafEvidence {
    pub envelope: Vec<u8>,
    /// The hash the log is said to hold, where it is said apart from the envelope.
    pub leaf_hash: Option<Hash>,
    /// Where not the whole log is at hand.
    pub proof: Option<Inclusion>,
    /// Empty when there is none, or no more.
    pub content: Vec<u8>,
    pub note: Vec<u8>,
}

/// A checkpoint by which a trusted key has handed over to another: it ends with the leaf that names that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOver {
    pub checkpoint: Checkpoint,
    pub to: VerifierKey,
}

/// What a verification rests on.
pub struct Basis {
    pub checkpoint: Checkpoint,
    /// The key that signed it.
    pub key: VerifierKey,
    /// An older checkpoint that the checker has kept, its signature checked.
    pub earlier: Option<Checkpoint>,
    /// By what the checker came to trust the key, if it was not given: signatures checked, oldest first.
    pub hand_overs: Vec<HandOver>,
    /// Whether every leaf will be handed over, from the first on.
    pub whole: bool,
}

impl Basis {
    fn is_asked_about(&self, size: u64) -> bool {
        let hand_overs = self.hand_overs.iter().map(|hand_over| &hand_over.checkpoint);
        let mut asked = self.earlier.iter().chain(hand_overs);
        asked.any(|checkpoint| checkpoint.size == size)
    }
}

/// What was counted on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub leaves: u64,
    pub revisions: u64,
    pub entries: u64,
    pub contents: u64,
    pub erased: u64,
}

/// What a verification came to.
pub struct Verdict {
    pub basis: Basis,
    pub counts: Counts,
    pub findings: Vec<Finding>,
}

/// A verification under way.
pub struct Verifier {
    basis: Basis,
    frontier: Frontier,
    next: i64,
    last_recorded_at: String,
    /// The newest revision seen of each entry, with its leaf hash.
    newest: HashMap<String, (i64, Hash)>,
    /// Bytes that are named and not there, with the position that names them.
    missing: Vec<(String, i64)>,
    erased: HashSet<String>,
    /// The key the log named last, and where.
    named: Option<(VerifierKey, i64)>,
    log: Option<String>,
    epoch: i64,
    /// The keys the log has named, by position.
    announced: HashMap<i64, VerifierKey>,
    /// The roots of the earlier trees that are asked about, by size.
    roots: HashMap<u64, Hash>,
    counts: Counts,
    findings: Vec<Finding>,
}

impl Verifier {
    pub fn new(basis: Basis) -> Self {
        Self {
            basis,
            frontier: Frontier::default(),
            next: 0,
            last_recorded_at: String::new(),
            newest: HashMap::new(),
            missing: Vec::new(),
            erased: HashSet::new(),
            named: None,
            log: None,
            epoch: FIRST_EPOCH,
            announced: HashMap::new(),
            roots: HashMap::from([(0, Frontier::default().root())]),
            counts: Counts::default(),
            findings: Vec::new(),
        }
    }

    /// Takes the next leaf, in the order of the log.
    pub fn leaf(&mut self, evidence: &LeafEvidence) {
        let own_hash = leaf_hash(&evidence.envelope);
        let envelope = Envelope::from_bytes(&evidence.envelope).ok();
        let claimed = envelope.as_ref().map_or(self.next, Envelope::position);
        self.place(claimed);
        if evidence.leaf_hash.is_some_and(|said| said != own_hash) {
            let cause = text!(
                "条目字节与其叶摘要不符",
                "the envelope's bytes do not have the leaf's hash"
            );
            self.find(claimed, cause);
        }
        self.prove(claimed, evidence, own_hash);
        self.counts.leaves += 1;
        self.next = claimed.saturating_add(1);
        let Some(envelope) = envelope else {
            self.find(claimed, text!("条目无法识读", "the envelope does not read"));
            return;
        };
        self.time(&envelope);
        self.read(&envelope, evidence, own_hash);
    }

    /// Which position comes here.
    fn place(&mut self, claimed: i64) {
        let expected = self.next;
        let size = i64::try_from(self.basis.checkpoint.size).unwrap_or(i64::MAX);
        if claimed >= size {
            let cause = text!(
                "条目在检查点之外：检查点只含 {size} 条",
                "a leaf beyond the checkpoint, which counts {size}"
            );
            self.find(claimed, cause);
        } else if claimed < expected {
            let cause = text!(
                "位置有误：此处应为 {expected}",
                "out of place: {expected} was expected here"
            );
            self.find(claimed, cause);
        } else if claimed > expected && self.basis.whole {
            self.find(expected, text!("条目缺失", "the leaf is missing"));
        }
    }

    /// Takes the leaf into the tree, or follows its proof to the root.
    fn prove(&mut self, position: i64, evidence: &LeafEvidence, own_hash: Hash) {
        if self.basis.whole {
            self.frontier
                .append(evidence.leaf_hash.unwrap_or(own_hash), |_| {});
            let size = self.frontier.size();
            if self.basis.is_asked_about(size) {
                self.roots.insert(size, self.frontier.root());
            }
            return;
        }
        let checkpoint = &self.basis.checkpoint;
        let proof = evidence.proof.as_ref();
        if !proof.is_some_and(|proof| proof.shows(&own_hash, position, checkpoint)) {
            let cause = text!(
                "包含证明不成立：此条目不在检查点所签的日志中",
                "the inclusion proof fails: this leaf is not in the log the checkpoint signs"
            );
            self.find(position, cause);
        }
    }

    fn time(&mut self, envelope: &Envelope) {
        let recorded_at = envelope.recorded_at();
        // Six decimals and Z: in this form earlier also sorts earlier.
        if recorded_at <= self.last_recorded_at.as_str() {
            let cause = text!(
                "记录时间不晚于前一条目",
                "recorded no later than the leaf before it"
            );
            self.find(envelope.position(), cause);
        }
        self.last_recorded_at = recorded_at.to_owned();
    }

    fn read(&mut self, envelope: &Envelope, evidence: &LeafEvidence, own_hash: Hash) {
        let position = envelope.position();
        if let Some(named) = envelope.note() {
            self.bytes(position, named, &evidence.note);
        }
        match envelope {
            Envelope::Genesis { origin, .. } => self.log = Some(origin.clone()),
            Envelope::Key { key, .. } => {
                if let Some(key) = VerifierKey::from_ref(key) {
                    self.announced.insert(position, key.clone());
                    self.named = Some((key, position));
                }
            }
            Envelope::Redact { erased, .. } => {
                self.erased
                    .extend(erased.iter().map(|erased| erased.sha256.clone()));
            }
            Envelope::Epoch { epoch, .. } => self.epoch = *epoch,
            Envelope::Revision { content, entry, .. } => {
                self.counts.revisions += 1;
                self.link(position, entry, own_hash);
                self.content(position, content, &evidence.content);
            }
        }
    }

    /// Revisions of an entry are 1, 2, 3 …, each naming the leaf before.
    fn link(&mut self, position: i64, entry: &EntryRef, own_hash: Hash) {
        let (revision, hash) = match self.newest.get(&entry.id) {
            Some((revision, hash)) => (*revision, Some(to_hex(hash))),
            None => (0, None),
        };
        let (id, number, expected) = (&entry.id, entry.revision, revision + 1);
        if number != expected {
            let cause = text!(
                "条目 {id} 的第 {number} 版之前缺第 {expected} 版",
                "revision {number} of {id} comes where revision {expected} belongs"
            );
            self.find(position, cause);
        } else if entry.previous != hash {
            let cause = text!(
                "条目 {id} 第 {number} 版所指的上一版不符",
                "revision {number} of {id} does not name the leaf of the revision before it"
            );
            self.find(position, cause);
        }
        self.newest.insert(entry.id.clone(), (number, own_hash));
    }

    fn content(&mut self, position: i64, named: &ContentRef, bytes: &[u8]) {
        self.bytes(position, &named.sha256, bytes);
        if !bytes.is_empty() && named.size != bytes.len() as u64 {
            let cause = text!(
                "内容长度与条目所载不符",
                "the content is not as long as the leaf says"
            );
            self.find(position, cause);
        }
    }

    fn bytes(&mut self, position: i64, named: &str, bytes: &[u8]) {
        if bytes.is_empty() {
            self.missing.push((named.to_owned(), position));
            return;
        }
        self.counts.contents += 1;
        if from_hex(named) != Some(sha256(bytes)) {
            let cause = text!(
                "内容或附注与条目所载摘要 {named} 不符",
                "the content or note does not have the hash {named} that the leaf names"
            );
            self.find(position, cause);
        }
    }

    /// Something outside the leaves that does not hold.
    pub fn whole(&mut self, cause: Text) {
        self.findings.push(Finding {
            position: None,
            cause,
        });
    }

    /// Something about the leaf that comes next.
    pub fn here(&mut self, cause: Text) {
        self.find(self.next, cause);
    }

    fn find(&mut self, position: i64, cause: Text) {
        self.findings.push(Finding {
            position: Some(position),
            cause,
        });
    }

    /// All leaves have been handed over: what can only be told now.
    pub fn finish(mut self) -> Verdict {
        self.end();
        self.name();
        self.explain_missing();
        self.counts.entries = self.newest.len() as u64;
        Verdict {
            basis: self.basis,
            counts: self.counts,
            findings: self.findings,
        }
    }

    /// The tree is the one that was signed, and extends the one signed earlier.
    fn end(&mut self) {
        if !self.basis.whole {
            return;
        }
        let (size, root) = (self.basis.checkpoint.size, self.basis.checkpoint.root);
        let leaves = self.frontier.size();
        if leaves < size {
            let cause = text!(
                "日志在此中断：检查点含 {size} 条，只有 {leaves} 条",
                "the log breaks off: the checkpoint counts {size} leaves, {leaves} are here"
            );
            self.find(self.next, cause);
        }
        if self.frontier.root() != root {
            self.whole(text!(
                "由全部叶摘要算出的根与检查点所签不符",
                "the root made from the leaf hashes is not the one the checkpoint signs"
            ));
        }
        if let Some(earlier) = &self.basis.earlier
            && self.roots.get(&earlier.size) != Some(&earlier.root)
        {
            let size = earlier.size;
            self.whole(text!(
                "历史被改写：此日志的前 {size} 条不是先前检查点所签的 {size} 条",
                "history was rewritten: the first {size} leaves are not those the earlier checkpoint signs"
            ));
        }
        for hand_over in std::mem::take(&mut self.basis.hand_overs) {
            self.handed_over(&hand_over);
        }
    }

    /// What a key signed when it handed over is this history, up to the leaf that names the next.
    fn handed_over(&mut self, hand_over: &HandOver) {
        let HandOver { checkpoint, to } = hand_over;
        let position = i64::try_from(checkpoint.size).unwrap_or(i64::MAX) - 1;
        let is_named = self.announced.get(&position) == Some(to);
        if !is_named || self.roots.get(&checkpoint.size) != Some(&checkpoint.root) {
            let to = to.to_string();
            let cause = text!(
                "此处并未将签名移交给 {to}：移交时所签的是另一部历史",
                "this does not hand over to {to}: what was signed then is another history"
            );
            self.find(position, cause);
        }
    }

    /// The checkpoint's name and key are those the log itself announces.
    fn name(&mut self) {
        let said = self.basis.checkpoint.origin.clone();
        match &self.log {
            None => self.find(0, text!("缺少创世条目", "the genesis leaf is missing")),
            Some(log) => {
                let expected = checkpoint::origin(log, self.epoch);
                if expected != said {
                    self.whole(text!(
                        "检查点属于 {said}，而此日志是 {expected}",
                        "the checkpoint is of {said}, this log is {expected}"
                    ));
                }
            }
        }
        let key = self.basis.key.to_string();
        match &self.named {
            Some((named, _)) if *named == self.basis.key => {}
            Some((named, position)) => {
                let (named, position) = (named.to_string(), *position);
                let cause = text!(
                    "自此由 {named} 签署，而检查点由 {key} 签署",
                    "from here on {named} signs, but the checkpoint is signed by {key}"
                );
                self.find(position, cause);
            }
            None => self.whole(text!(
                "日志中没有公布签名密钥 {key} 的条目",
                "no leaf of the log announces the signing key {key}"
            )),
        }
    }

    /// Bytes may be missing only where the log says that they were erased.
    fn explain_missing(&mut self) {
        let mut erased = BTreeSet::new();
        for (named, position) in std::mem::take(&mut self.missing) {
            if self.erased.contains(&named) {
                erased.insert(named);
            } else {
                let cause = text!(
                    "缺少摘要为 {named} 的内容，且没有条目说明已依法删除",
                    "the content or note {named} is missing and no leaf says that it was erased"
                );
                self.find(position, cause);
            }
        }
        self.counts.erased = erased.len() as u64;
    }
}
