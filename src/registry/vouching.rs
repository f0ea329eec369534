//! Who vouches for the log: its own key, or for a copy the source's, whose checkpoints are handed on as they came.

use std::sync::Arc;

use crate::domain::problem::{Problem, ProblemType};
use crate::domain::text::Text;
use crate::registry::head_watch::HeadInfo;
use crate::registry::signing::guard::Signed;
use crate::registry::signing::signer::Signer;
use crate::store::pool::Store;
use crate::store::witnessed::{self, Witnessed};
use crate::text;

#[derive(Clone)]
pub enum Vouching {
    Signing(Arc<Signer>),
    Relaying(Store),
}

impl Vouching {
    /// The newest checkpoint there is of the log at `head`; a copy's may cover less than it holds.
    pub async fn newest(&self, head: HeadInfo) -> Result<Arc<Signed>, Problem> {
        let size = head.position + 1;
        match self {
            Self::Signing(signer) => match signer.newest() {
                Some(newest) if newest.epoch == head.epoch && i64::try_from(newest.size()) == Ok(size) => {
                    Ok(newest)
                }
                _ => at_work(signer, Signer::sign).await,
            },
            Self::Relaying(store) => {
                let found = store
                    .read(move |snapshot| Ok(witnessed::newest_covered(snapshot.conn, size)?))
                    .await?;
                relayed(found)
            }
        }
    }

    /// The checkpoint of the first `size` entries. A copy has only those it has seen.
    pub async fn at(&self, size: u64) -> Result<Arc<Signed>, Problem> {
        match self {
            Self::Signing(signer) => at_work(signer, move |signer| signer.sign_at(size)).await,
            Self::Relaying(store) => {
                let size = i64::try_from(size).map_err(Problem::internal)?;
                let found = store
                    .read(move |snapshot| Ok(witnessed::newest_covered(snapshot.conn, size)?))
                    .await?;
                relayed(found.filter(|found| found.size == size))
            }
        }
    }

    /// Refuses to add to a log whose history is in doubt.
    pub fn admit_writes(&self) -> Result<(), Problem> {
        match self {
            Self::Signing(signer) => signer.admit_writes(),
            Self::Relaying(_) => Ok(()),
        }
    }

    /// What is wrong without standing in the way of reads.
    pub fn concerns(&self) -> Vec<Text> {
        match self {
            Self::Signing(signer) => signer.concerns(),
            Self::Relaying(_) => Vec::new(),
        }
    }

    pub fn is_relaying(&self) -> bool {
        matches!(self, Self::Relaying(_))
    }
}

async fn at_work(
    signer: &Arc<Signer>,
    work: impl FnOnce(&Signer) -> Result<Arc<Signed>, Problem> + Send + 'static,
) -> Result<Arc<Signed>, Problem> {
    let signer = Arc::clone(signer);
    tokio::task::spawn_blocking(move || work(&signer))
        .await
        .map_err(Problem::internal)?
}

fn relayed(found: Option<Witnessed>) -> Result<Arc<Signed>, Problem> {
    let Some(found) = found else {
        return Err(Problem::new(
            ProblemType::Unsigned,
            text!(
                "此副本未见过来源在该大小的检查点；请省略 size，或向来源查询",
                "this copy has seen no checkpoint of the source at that size; leave size out, or ask the source"
            ),
        ));
    };
    Signed::of(&found.note).map(Arc::new).map_err(Problem::internal)
}
