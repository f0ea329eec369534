//! Proofs and signed notes agree with implementations that know nothing of this one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test reports by panicking"
)]

use std::collections::HashMap;
use std::convert::Infallible;
use std::ops::Range;
use std::sync::LazyLock;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use sha2::Sha256;
use signed_note::{Note, StandardSigner, StandardVerifier, VerifierList};
use standards_registry::log::checkpoint::Checkpoint;
use standards_registry::log::frontier::Frontier;
use standards_registry::log::hash::{Hash, empty_root, leaf_hash};
use standards_registry::log::merkle::{
    Nodes, consistency, inclusion, root, verify_consistency, verify_inclusion,
};
use standards_registry::log::note::{self, NoteSigner, VerifierKey};

const SMALL: u64 = 300;
const LARGE: u64 = 70_000;

/// What a log stores of its tree, and the root it had at every size.
struct Stored {
    nodes: HashMap<(u32, u64), Hash>,
    roots: Vec<Hash>,
}

static STORED: LazyLock<Stored> = LazyLock::new(|| {
    let mut frontier = Frontier::default();
    let mut stored = Stored {
        nodes: HashMap::new(),
        roots: vec![empty_root()],
    };
    for index in 0..LARGE {
        let hash = leaf_hash(&bytes_of(index));
        stored.nodes.insert((0, index), hash);
        frontier.append(hash, |node| {
            stored.nodes.insert((node.level, node.index), node.hash);
        });
        stored.roots.push(frontier.root());
    }
    stored
});

impl Nodes for &Stored {
    type Fault = Infallible;

    fn hashes(&mut self, level: u32, range: Range<u64>) -> Result<Vec<Hash>, Infallible> {
        Ok(range.map(|index| self.nodes[&(level, index)]).collect())
    }
}

impl Stored {
    fn root(&self, size: u64) -> Hash {
        self.roots[usize::try_from(size).unwrap()]
    }
}

fn bytes_of(index: u64) -> [u8; 8] {
    index.to_be_bytes()
}

fn ct_root(size: u64) -> RootHash<Sha256> {
    RootHash::new(STORED.root(size).into(), size)
}

/// Proves one leaf and has the proof checked by everybody.
fn prove_inclusion(index: u64, size: u64) -> Vec<Hash> {
    let Ok(proof) = inclusion(&mut &*STORED, index, size);
    let (leaf, root) = (leaf_hash(&bytes_of(index)), STORED.root(size));
    let name = format!("leaf {index} of {size}");
    assert_eq!(
        verify_inclusion(&leaf, index, size, &proof, &root),
        Ok(()),
        "{name}"
    );
    ct_root(size)
        .verify_inclusion(
            &bytes_of(index),
            index,
            &InclusionProof::try_from_bytes(proof.concat()).unwrap(),
        )
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let foreign: Vec<_> = proof.iter().map(|hash| hash[..].try_into().unwrap()).collect();
    let (leaf, root) = (leaf[..].try_into().unwrap(), root[..].try_into().unwrap());
    sigstore_merkle::verify_inclusion_proof(&leaf, index, size, &foreign, &root)
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    proof
}

/// Proves that one tree is the beginning of another and has the proof checked by everybody.
fn prove_consistency(from: u64, to: u64) -> Vec<Hash> {
    let Ok(proof) = consistency(&mut &*STORED, from, to);
    let (old, new) = (STORED.root(from), STORED.root(to));
    let name = format!("{from} of {to}");
    assert_eq!(verify_consistency(from, to, &old, &new, &proof), Ok(()), "{name}");
    if from > 0 {
        ct_root(to)
            .verify_consistency(
                &ct_root(from),
                &ConsistencyProof::try_from_bytes(proof.concat()).unwrap(),
            )
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let foreign: Vec<_> = proof.iter().map(|hash| hash[..].try_into().unwrap()).collect();
    let (old, new) = (old[..].try_into().unwrap(), new[..].try_into().unwrap());
    sigstore_merkle::verify_consistency_proof(from, to, &foreign, &old, &new)
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    proof
}

#[test]
fn every_leaf_of_every_small_tree_is_proved_as_others_prove_it() {
    let mut theirs = MemoryBackedTree::<Sha256, [u8; 8]>::new();
    for size in 1..=SMALL {
        theirs.push(bytes_of(size - 1));
        assert_eq!(theirs.root(), ct_root(size));
        let Ok(ours) = root(&mut &*STORED, size);
        assert_eq!(ours, STORED.root(size));
        for index in 0..size {
            let proof = prove_inclusion(index, size).concat();
            let expected = theirs.prove_inclusion(usize::try_from(index).unwrap());
            assert_eq!(proof, expected.as_bytes(), "leaf {index} of {size}");
        }
    }
}

#[test]
fn every_small_tree_is_the_beginning_of_every_larger_one() {
    for to in 0..=SMALL {
        // Beyond a hundred every pair with the edges of tiles and powers of two, and a sample of the others.
        let telling =
            |from: &u64| to <= 100 || from % 13 == to % 13 || from.is_power_of_two() || from + 2 > to;
        for from in (0..=to).filter(telling) {
            prove_consistency(from, to);
        }
    }
}

proptest! {
    #[test]
    fn large_trees_are_proved_likewise(size in 1..=LARGE, index in any::<prop::sample::Index>()) {
        let size_ = usize::try_from(size).unwrap();
        prove_inclusion(u64::try_from(index.index(size_)).unwrap(), size);
        prove_consistency(u64::try_from(index.index(size_ + 1)).unwrap(), size);
        let Ok(ours) = root(&mut &*STORED, size);
        prop_assert_eq!(ours, STORED.root(size));
    }
}

/// Every hash that differs from `hash` in one bit.
fn with_one_bit_changed(hash: Hash) -> impl Iterator<Item = Hash> {
    (0..256).map(move |bit| {
        let mut changed = hash;
        changed[bit / 8] ^= 1 << (bit % 8);
        changed
    })
}

/// Every proof that differs from `proof` in one bit, or by one hash more or less.
fn with_something_changed(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut changed: Vec<Vec<Hash>> = (0..proof.len())
        .flat_map(|at| {
            with_one_bit_changed(proof[at]).map(move |hash| {
                let mut changed = proof.to_vec();
                changed[at] = hash;
                changed
            })
        })
        .collect();
    changed.push([proof, &[[0; 32]]].concat());
    if let Some((_, shorter)) = proof.split_last() {
        changed.push(shorter.to_vec());
    }
    changed
}

#[test]
fn no_bit_of_a_proof_of_inclusion_can_be_changed() {
    for (index, size) in [(0, 1), (0, 2), (6, 7), (3, 8), (8, 9), (20, 33), (257, 300)] {
        let (leaf, root) = (leaf_hash(&bytes_of(index)), STORED.root(size));
        let proof = prove_inclusion(index, size);
        for changed in with_something_changed(&proof) {
            assert!(verify_inclusion(&leaf, index, size, &changed, &root).is_err());
        }
        for leaf in with_one_bit_changed(leaf) {
            assert!(verify_inclusion(&leaf, index, size, &proof, &root).is_err());
        }
        for root in with_one_bit_changed(root) {
            assert!(verify_inclusion(&leaf, index, size, &proof, &root).is_err());
        }
        for other in (0..=size).filter(|other| *other != index) {
            assert!(verify_inclusion(&leaf, other, size, &proof, &root).is_err());
        }
    }
}

#[test]
fn no_bit_of_a_proof_of_consistency_can_be_changed() {
    for (from, to) in [
        (0, 0),
        (0, 5),
        (1, 2),
        (4, 4),
        (4, 8),
        (3, 7),
        (6, 9),
        (256, 300),
        (255, 257),
    ] {
        let (old, new) = (STORED.root(from), STORED.root(to));
        let proof = prove_consistency(from, to);
        for changed in with_something_changed(&proof) {
            assert!(verify_consistency(from, to, &old, &new, &changed).is_err());
        }
        for old in with_one_bit_changed(old) {
            assert!(verify_consistency(from, to, &old, &new, &proof).is_err());
        }
        // Of the empty tree every tree is an extension.
        for new in with_one_bit_changed(new).filter(|_| from > 0 || to == 0) {
            assert!(verify_consistency(from, to, &old, &new, &proof).is_err());
        }
    }
}

const NAME: &str = "qingdao.example/registry/1";

fn signer() -> NoteSigner {
    NoteSigner::new(NAME, SigningKey::from_bytes(&[7; 32]))
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        origin: NAME.to_owned(),
        size: SMALL,
        root: STORED.root(SMALL),
    }
}

fn trusted_by_others(key: &VerifierKey) -> VerifierList {
    VerifierList::new(vec![Box::new(StandardVerifier::new(&key.to_string()).unwrap())])
}

#[test]
fn others_open_our_notes_and_refuse_changed_ones() {
    let signed = signer().sign(&checkpoint().to_text());
    let trusted = trusted_by_others(signer().verifier());
    let opened = Note::from_bytes(signed.as_bytes()).unwrap();
    let (verified, unknown) = opened.verify(&trusted).unwrap();
    assert_eq!((verified.len(), unknown.len()), (1, 0));
    assert_eq!(opened.text(), checkpoint().to_text().as_bytes());

    let changed = signed.replacen("\n300\n", "\n301\n", 1);
    assert!(
        Note::from_bytes(changed.as_bytes())
            .unwrap()
            .verify(&trusted)
            .is_err()
    );
}

#[test]
fn we_open_the_notes_of_others() {
    let key = signer().verifier().clone();
    let id = u32::from_be_bytes(key.id());
    let secret = [&[1], [7; 32].as_slice()].concat();
    let secret = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, secret);
    let theirs = StandardSigner::new(&format!("PRIVATE+KEY+{NAME}+{id:08x}+{secret}")).unwrap();
    let mut note = Note::new(checkpoint().to_text().as_bytes(), &[]).unwrap();
    note.add_sigs(&[&theirs]).unwrap();
    let signed = String::from_utf8(note.to_bytes()).unwrap();

    assert_eq!(
        signed,
        signer().sign(&checkpoint().to_text()),
        "Ed25519 is deterministic"
    );
    assert_eq!(
        Checkpoint::open(&signed, std::slice::from_ref(&key)),
        Ok(checkpoint())
    );
    assert_eq!(note::open(&signed, &[]), Err(note::NoteFault::NotSigned));
}
